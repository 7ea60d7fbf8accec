"""What the core needs of the world.  ``storage`` implements most of it; tests bring their own clock and randomness.

A port's method takes the session it works in first.  Reads see committed rows.  A write session is one transaction:
it commits when its ``with`` block ends and rolls back when the block raises.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from validate_service.core.audit import AuditEvent
from validate_service.core.key_ring import KeyRing
from validate_service.core.messages import Channel, Message, MessageKind, Text
from validate_service.core.model import (
    ApiKey,
    Approval,
    ApprovalState,
    AuthSet,
    Branding,
    Card,
    Device,
    DeviceKind,
    Factor,
    Instant,
    OathDevice,
    Profile,
    ProfileUpdate,
    Question,
    Scope,
    Subject,
    Tenant,
    User,
)
from validate_service.core.names import UserName

Randomness: TypeAlias = Callable[[int], bytes]
"""Returns so many bytes that nobody can predict, as ``os.urandom`` does."""

Sleep: TypeAlias = Callable[[float], None]
"""Waits for so many seconds, as ``time.sleep`` does."""


class Clock(Protocol):
    """The server's clock; never a caller's."""

    def now(self) -> Instant:
        """Return the present instant in microseconds."""


class Courier(Protocol):
    """Carries messages out of the house."""

    def carries(self, channel: Channel) -> bool:
        """Tell whether the installation has a way for *channel*."""

    def deliver(self, message: Message) -> None:
        """Hand *message* over to the mail server or gateway, within the time limit of its channel.

        Raises:
            DeliveryError: it was refused, or not taken in time; it was tried twice, unless it was refused for good.
            UnavailableError: as many messages are on their way as this process has places for.
        """


class KeyRingSource(Protocol):
    """Where the key ring comes from."""

    def current(self) -> KeyRing:
        """Return the ring as it is now.

        Raises:
            UnavailableError: it is missing, damaged, or not the one that the database was written under.
        """


class KeyRingStore(KeyRingSource, Protocol):
    """Where the key ring is kept."""

    def store(self, ring: KeyRing) -> None:
        """Replace the ring, as a whole and durably."""


class Session(Protocol):
    """A view of the database.  Opaque to the core."""


class Transaction(Session, Protocol):
    """A change of the database that happens as a whole or not at all."""

    def record(self, event: AuditEvent) -> None:
        """Add *event* to the audit trail, as part of this transaction."""


class Database(Protocol):
    """Opens sessions.  Both methods raise ``UnavailableError`` when the database does not answer."""

    def read(self) -> AbstractContextManager[Session]:
        """Open a session that only reads."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Open a transaction."""


class Subjects(Protocol):
    """Finds who calls about whom."""

    def find_caller(self, session: Session, key_hash: bytes) -> Subject | None:
        """Return the subject of a call that is about no user, or ``None`` if no valid API key has this hash."""

    def find(self, session: Session, key_hash: bytes, user: UserName) -> Subject | None:
        """Return the subject, or ``None`` if no valid API key has this hash."""

    def find_with_devices(self, session: Session, key_hash: bytes, user: UserName) -> Subject | None:
        """Return the subject with the user's OATH devices, in one statement."""


class Tenants(Protocol):
    """Keeps tenants."""

    def add(self, transaction: Transaction, *, uid: str, name: str, at: Instant) -> int:
        """Add a tenant with default settings; return its number.

        Raises:
            ConflictError: the name is taken.
        """

    def get(self, session: Session, name: str) -> Tenant:
        """Return the tenant called *name*.

        Raises:
            NotFoundError: there is none.
        """

    def get_by_uid(self, session: Session, uid: str) -> Tenant:
        """Return the tenant with this unique id.

        Raises:
            NotFoundError: there is none.
        """

    def settings_text(self, session: Session, tenant_id: int) -> str:
        """Return the settings as stored."""

    def set_settings(self, transaction: Transaction, tenant_id: int, text: str) -> None:
        """Store the settings."""


class ApiKeys(Protocol):
    """Keeps the keyed hashes of API keys and account keys."""

    def add(
        self,
        transaction: Transaction,
        tenant_id: int,
        *,
        uid: str,
        name: str,
        key_hash: bytes,
        scopes: frozenset[Scope],
        at: Instant,
    ) -> None:
        """Add a key.

        Raises:
            ConflictError: this very key exists.
        """

    def listing(self, session: Session, tenant_id: int) -> Sequence[ApiKey]:
        """Return all keys, oldest first."""

    def revoke(self, transaction: Transaction, tenant_id: int, uid: str, at: Instant) -> bool:
        """Revoke a key; tell whether there was one to revoke."""

    def set_scopes(self, transaction: Transaction, tenant_id: int, uid: str, scopes: frozenset[Scope]) -> bool:
        """Replace the scopes of a key; tell whether there is one that is good."""

    def mark_used(self, transaction: Transaction, key_id: int, at: Instant) -> None:
        """Note that the key was used, if no later use is noted."""


class AuthSets(Protocol):
    """Keeps authentication sets.  Names match without case."""

    def add(
        self, transaction: Transaction, tenant_id: int, *, name: str, factors: frozenset[Factor], at: Instant
    ) -> None:
        """Add a set.

        Raises:
            ConflictError: the tenant has one of this name.
        """

    def listing(self, session: Session, tenant_id: int) -> Sequence[AuthSet]:
        """Return the tenant's sets, by name."""

    def find(self, session: Session, tenant_id: int, name: str) -> int | None:
        """Return the number of the set called *name*, or ``None``."""

    def set_factors(self, transaction: Transaction, tenant_id: int, name: str, factors: frozenset[Factor]) -> bool:
        """Replace the factors of a set; tell whether there is one."""

    def delete(self, transaction: Transaction, tenant_id: int, name: str) -> bool:
        """Delete a set that no user has; tell whether there was one."""


class Users(Protocol):
    """Keeps users, their PINs and their failure counts."""

    def add(self, transaction: Transaction, tenant_id: int, name: UserName, profile: Profile, at: Instant) -> int:
        """Add a user; return the number.

        Raises:
            ConflictError: the user exists.
        """

    def update(self, transaction: Transaction, user_id: int, name: UserName | None, update: ProfileUpdate) -> bool:
        """Change the user's name, unless it is ``None``, and profile; tell whether there is such a user.

        Raises:
            ConflictError: the name is another user's.
        """

    def lift_auth_set(self, transaction: Transaction, user_id: int) -> None:
        """Let every factor verify the user."""

    def find_profile(self, session: Session, tenant_id: int, user_id: int) -> tuple[UserName, Profile] | None:
        """Return name and profile of the user with this number, or ``None`` if the tenant has none."""

    def set_password(self, transaction: Transaction, user_id: int, password_hash: str) -> None:
        """Store a password's hash."""

    def pace_issue(self, transaction: Transaction, user_id: int, at: Instant, *, every: int, burst: int) -> Instant:
        """Count one more code or link that is issued for the user, if the pace allows it.

        Args:
            transaction: Where.
            user_id: The user.
            at: Now.
            every: Microseconds after which one more may be issued.
            burst: How many may be issued at once.

        Returns:
            0, or the instant from which the next may be issued: then nothing was counted.
        """

    def find(self, session: Session, tenant_id: int, name: UserName) -> User | None:
        """Return the user, or ``None``."""

    def listing(self, session: Session, tenant_id: int) -> Sequence[User]:
        """Return all users of the tenant, by name."""

    def delete(self, transaction: Transaction, user_id: int) -> None:
        """Delete the user with everything enrolled."""

    def set_enabled(self, transaction: Transaction, user_id: int, *, enabled: bool) -> None:
        """Enable or disable the user."""

    def set_pin(self, transaction: Transaction, user_id: int, pin_hash: str, *, must_change: bool) -> None:
        """Store a PIN's hash; its failure count starts anew."""

    def clear_failures(self, transaction: Transaction, user_id: int) -> None:
        """Set every failure count of the user to zero, the PIN's too."""

    def clear_pin_failures(self, transaction: Transaction, user_id: int) -> None:
        """Unblock the PIN."""

    def count_failure(self, transaction: Transaction, user_id: int, factor: Factor, at: Instant, *, pin: bool) -> None:
        """Add one failure of *factor*; with *pin*, one wrong PIN as well."""

    def accept(self, transaction: Transaction, user_id: int, factor: Factor, *, most_failures: int) -> bool:
        """Set the failures of *factor* to zero, if no more than *most_failures* are counted now.

        Returns:
            Whether the user still exists, is enabled, and had no more failures than that.
        """


class Devices(Protocol):
    """Keeps OATH devices and authenticators."""

    def add(
        self,
        transaction: Transaction,
        tenant_id: int,
        *,
        user_id: int,
        serial: str,
        kind: DeviceKind,
        sealed_seed: bytes | None,
        digits: int,
        algorithm: str,
        period: int,
        window: int,
        last_spent: int,
        at: Instant,
    ) -> None:
        """Add a device; it starts with the failures that the user's other devices have.

        Raises:
            ConflictError: the tenant has this serial.
        """

    def listing(self, session: Session, tenant_id: int, user: UserName | None) -> Sequence[Device]:
        """Return the tenant's devices, or those of one user."""

    def find(self, session: Session, tenant_id: int, serial: str) -> Device | None:
        """Return the device, or ``None``."""

    def find_oath(self, session: Session, tenant_id: int, serial: str) -> tuple[int, OathDevice] | None:
        """Return an OATH device and its user's number."""

    def spend(
        self, transaction: Transaction, device_id: int, *, spent: int, drift: int, most_failures: int, at: Instant
    ) -> bool:
        """Spend a counter or step once and for ever, and set the device's failures to zero.

        Returns:
            Whether this call spent it: the device and user are enabled, nothing as high was spent before, and no more
            than *most_failures* are counted now.  Of many calls at once exactly one is told ``True``.
        """

    def count_failure(self, transaction: Transaction, user_id: int, at: Instant) -> None:
        """Add one failure to every OATH device of the user."""

    def resynchronise(self, transaction: Transaction, device_id: int, *, spent: int, drift: int, at: Instant) -> bool:
        """Move the device to *spent*, if nothing as high was spent before."""

    def set_enabled(self, transaction: Transaction, tenant_id: int, serial: str, *, enabled: bool) -> bool:
        """Enable or disable the device; tell whether there is one."""

    def delete(self, transaction: Transaction, tenant_id: int, serial: str) -> bool:
        """Delete the device; tell whether there was one."""

    def has_authenticator(self, session: Session, user_id: int) -> bool:
        """Tell whether the user has an enabled authenticator for push approvals."""

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


class AuthTokens(Protocol):
    """Keeps session tokens by keyed hash."""

    def add(
        self, transaction: Transaction, user_id: int, *, token_hash: bytes, expires_at: Instant, at: Instant
    ) -> None:
        """Store a token."""

    def find_expiry(self, session: Session, user_id: int, token_hash: bytes) -> Instant | None:
        """Return when the user's token expires, or ``None`` if the user has no such token."""

    def find_owner(self, session: Session, tenant_id: int, token_hash: bytes) -> UserName | None:
        """Return whose token it is, or ``None`` if the tenant has no such token."""

    def expire(self, transaction: Transaction, user_id: int, token_hash: bytes, at: Instant) -> bool:
        """Let the user's token expire at *at*; tell whether it was good until then."""


class Approvals(Protocol):
    """Keeps push approvals."""

    def add(self, transaction: Transaction, tenant_id: int, user_id: int, approval: Approval) -> None:
        """Store a pending approval."""

    def find_state(self, session: Session, approval_id: str) -> ApprovalState | None:
        """Return where the approval stands, or ``None`` if it is gone."""

    def find(self, session: Session, tenant_id: int, approval_id: str) -> Approval | None:
        """Return the approval, or ``None``."""

    def list_pending(self, session: Session, tenant_id: int, at: Instant) -> Sequence[Approval]:
        """Return what waits for an answer, oldest first."""

    def answer(self, transaction: Transaction, approval_id: str, state: ApprovalState, at: Instant) -> bool:
        """Answer a pending approval that has not expired; of many answers only the first is told ``True``."""

    def expire(self, transaction: Transaction, approval_id: str) -> bool:
        """Close a pending approval; tell whether it was still pending."""


class Brandings(Protocol):
    """Keeps what tenants show to their users."""

    def find(self, session: Session, tenant_id: int) -> Branding | None:
        """Return the tenant's branding, or ``None`` if it has set none."""

    def replace(self, transaction: Transaction, tenant_id: int, branding: Branding) -> None:
        """Store the branding in place of any older one."""


class MessageTexts(Protocol):
    """Keeps the tenants' own wordings of messages."""

    def of_tenant(self, session: Session, tenant_id: int, kind: MessageKind, channel: Channel) -> Sequence[Text]:
        """Return the tenant's wordings of one message, at most one a language."""

    def listing(self, session: Session, tenant_id: int) -> Sequence[tuple[MessageKind, Channel, str]]:
        """Return kind, channel and language of every wording of the tenant."""

    def replace(
        self, transaction: Transaction, tenant_id: int, kind: MessageKind, channel: Channel, text: Text
    ) -> None:
        """Store *text* in place of any older one in its language."""

    def delete(
        self, transaction: Transaction, tenant_id: int, kind: MessageKind, channel: Channel, language: str
    ) -> bool:
        """Delete one wording; tell whether there was one."""
