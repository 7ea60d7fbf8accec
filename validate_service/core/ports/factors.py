"""What users are verified by."""

from collections.abc import Sequence
from typing import Protocol

from validate_service.core.model import (
    Card,
    Device,
    DeviceKind,
    Instant,
    OathDevice,
    Owner,
    Question,
    TokenPurpose,
)
from validate_service.core.names import UserName
from validate_service.core.ports.sessions import Change, Session, Transaction


class Devices(Protocol):
    """Keeps OATH devices and authenticators."""

    def add(
        self,
        transaction: Transaction,
        tenant_id: int,
        *,
        user_id: int | None,
        serial: str,
        kind: DeviceKind,
        sealed_seed: bytes | None,
        digits: int,
        algorithm: str,
        period: int,
        window: int,
        last_spent: int,
        at: Instant,
        activated: bool = True,
        hardware: bool = False,
    ) -> None:
        """Add a device; it starts with the failures that the user's other devices have.

        Without a user it is in stock, and has none.

        Raises:
            ConflictError: the tenant has this serial.
        """

    def listing(self, session: Session, tenant_id: int, user: UserName | None) -> Sequence[Device]:
        """Return the tenant's devices, or those of one user."""

    def find(self, session: Session, tenant_id: int, serial: str) -> Device | None:
        """Return the device, or ``None``."""

    def find_oath(self, session: Session, tenant_id: int, serial: str) -> tuple[int | None, OathDevice] | None:
        """Return an OATH device and its user's number, which is ``None`` if it is nobody's."""

    def spending(self, device_id: int, *, spent: int, drift: int, most_failures: int, at: Instant) -> Change:
        """Return the change that spends a counter or step once and for ever, and sets the device's failures to zero.

        It finds something to change if the device is activated, it and its user are enabled, nothing as high was spent
        before, and no more than *most_failures* are counted now.  Of many that are made at once one does.
        """

    def counting_failure(self, user_id: int, at: Instant) -> Change:
        """Return the change that adds one failure to every OATH device of the user."""

    def resynchronise(self, transaction: Transaction, device_id: int, *, spent: int, drift: int, at: Instant) -> bool:
        """Move the device to *spent*, if nothing as high was spent before."""

    def activate(self, transaction: Transaction, device_id: int, *, spent: int, drift: int, at: Instant) -> bool:
        """Move the device to *spent*, if nothing as high was spent before, and accept its codes from now on."""

    def assign(
        self, transaction: Transaction, tenant_id: int, serial: str, user_id: int, *, force: bool, activated: bool
    ) -> bool:
        """Make an OATH device the user's, if it is nobody's, or, with *force*, anybody else's.

        It starts with the failures that the user's other devices have.

        Returns:
            Whether it became the user's by this; of many calls at once without *force* exactly one is told ``True``.
        """

    def unassign(self, transaction: Transaction, tenant_id: int, serial: str) -> bool:
        """Make an OATH device nobody's; tell whether there is one."""

    def unassign_all(self, transaction: Transaction, user_id: int) -> None:
        """Make all OATH devices of the user nobody's."""

    def is_fetchable(self, session: Session, device_id: int) -> bool:
        """Tell whether the seed is one for an app, was never used, and was fetched by no phone."""

    def bind_holder(self, transaction: Transaction, device_id: int, holder_hash: bytes) -> bool:
        """Bind a seed that was never used to the phone that fetches it.

        Returns:
            Whether it is that phone's now; of many phones at once one is told ``True``, and that one again.
        """

    def set_enabled(self, transaction: Transaction, tenant_id: int, serial: str, *, enabled: bool) -> bool:
        """Enable or disable the device; tell whether there is one."""

    def delete(self, transaction: Transaction, tenant_id: int, serial: str) -> bool:
        """Delete the device; tell whether there was one."""

    def sealed_under_other(self, session: Session, key_id: int, limit: int) -> Sequence[tuple[int, int, str, bytes]]:
        """Return up to *limit* devices whose seed is not sealed under *key_id*: id, tenant, serial, sealed seed."""

    def reseal(self, transaction: Transaction, device_id: int, *, old: bytes, new: bytes) -> bool:
        """Replace the sealed seed, if it still is *old*."""

    def count_sealed_under(self, session: Session, key_id: int) -> int:
        """Return how many seeds are sealed under *key_id*."""


class Cards(Protocol):
    """Keeps cards by keyed hash."""

    def add(
        self, transaction: Transaction, tenant_id: int, *, user_id: int, card_hash: bytes, label: str, at: Instant
    ) -> None:
        """Add a card.

        Raises:
            ConflictError: the tenant has this card.
        """

    def find(self, session: Session, user_id: int, card_hash: bytes) -> Card | None:
        """Return the user's card with this hash, or ``None``."""

    def listing(self, session: Session, tenant_id: int) -> Sequence[Card]:
        """Return the tenant's cards."""

    def set_enabled(self, transaction: Transaction, tenant_id: int, card_id: int, *, enabled: bool) -> bool:
        """Enable or disable the card; tell whether there is one."""

    def delete(self, transaction: Transaction, tenant_id: int, card_id: int) -> bool:
        """Delete the card; tell whether there was one."""

    def mark_used(self, transaction: Transaction, card_id: int, at: Instant) -> bool:
        """Note that the card was used; tell whether it still exists and is enabled."""


class Questions(Protocol):
    """Keeps security questions."""

    def listing(self, session: Session, user_id: int) -> Sequence[Question]:
        """Return the user's questions in the order of enrolment."""

    def replace(self, transaction: Transaction, user_id: int, questions: Sequence[Question]) -> None:
        """Replace all questions of the user."""


class AuthCodes(Protocol):
    """Keeps the one code that a user may have been sent."""

    def replace(
        self, transaction: Transaction, user_id: int, *, code_hash: bytes, expires_at: Instant, at: Instant
    ) -> None:
        """Store a code in place of any older one."""

    def find(self, session: Session, user_id: int) -> tuple[bytes, Instant, bool] | None:
        """Return the code's hash, its expiry and whether it was used, or ``None``."""

    def redeem(self, transaction: Transaction, user_id: int, code_hash: bytes, at: Instant) -> bool:
        """Use the code up; of many calls at once exactly one is told ``True``, and none after its expiry."""

    def withdraw(self, transaction: Transaction, user_id: int, code_hash: bytes) -> None:
        """Forget the code, if it is still this one."""


class Enrolments(Protocol):
    """Keeps the one-time enrolment links of authenticators, by keyed hash of their token."""

    def replace(
        self, transaction: Transaction, user_id: int, *, token_hash: bytes, expires_at: Instant, at: Instant
    ) -> None:
        """Store an enrolment in place of any older one of the user that was not used."""

    def withdraw(self, transaction: Transaction, token_hash: bytes) -> None:
        """Forget the enrolment."""

    def find(self, session: Session, token_hash: bytes, at: Instant) -> tuple[Owner, Instant] | None:
        """Return whose an enrolment is that was not used and has not expired, and when it expires, or ``None``."""

    def use(self, transaction: Transaction, token_hash: bytes, at: Instant) -> bool:
        """Use the enrolment up; of many calls at once exactly one is told ``True``, and none after its expiry."""


class AuthTokens(Protocol):
    """Keeps session tokens by keyed hash."""

    def add(
        self,
        transaction: Transaction,
        user_id: int,
        *,
        token_hash: bytes,
        purpose: TokenPurpose,
        expires_at: Instant,
        at: Instant,
    ) -> None:
        """Store a token."""

    def find(self, session: Session, user_id: int, token_hash: bytes) -> tuple[TokenPurpose, Instant] | None:
        """Return the purpose of the user's token and when it expires, or ``None`` if the user has no such token."""

    def find_owner(self, session: Session, tenant_id: int, token_hash: bytes) -> UserName | None:
        """Return whose token it is, or ``None`` if the tenant has no such token."""

    def expire(self, transaction: Transaction, user_id: int, token_hash: bytes, at: Instant) -> bool:
        """Let the user's token expire at *at*; tell whether it was good until then."""
