"""Security keys, and the challenges that are put to them."""

from collections.abc import Sequence
from typing import Protocol

from validate_service.core.model import Challenge, FidoDevice, FidoKey, FidoStep, Instant
from validate_service.core.ports.sessions import Session, Transaction


class FidoKeys(Protocol):
    """Keeps the keys that devices of the kind FIDO hold, one for each application."""

    def add(self, transaction: Transaction, tenant_id: int, device_id: int, key: FidoKey, at: Instant) -> None:
        """Keep a new key.

        Raises:
            ConflictError: the tenant has this key, or the device one for this application.
        """

    def of_user(self, session: Session, user_id: int, app_id: str) -> Sequence[FidoKey]:
        """Return the keys of the user's devices for one application, or, if that is empty, for all; oldest first."""

    def devices(self, session: Session, user_id: int, app_id: str) -> Sequence[FidoDevice]:
        """Return the user's devices of the kind FIDO, oldest first."""

    def raise_counter(self, transaction: Transaction, key_id: int, counter: int, at: Instant) -> bool:
        """Note that the key has signed.

        Returns:
            Whether its device is enabled and it had counted less far, or does not count at all.  Of many calls with one
            counter exactly one is told ``True``.
        """

    def disable_device(self, transaction: Transaction, key_id: int) -> None:
        """Disable the device that holds the key."""

    def delete(self, transaction: Transaction, key_id: int) -> None:
        """Forget the key; its device stays."""


class FidoChallenges(Protocol):
    """Keeps challenges until they are used."""

    def add(self, transaction: Transaction, user_id: int, step: FidoStep, challenge: Challenge, at: Instant) -> None:
        """Keep a challenge; those of the user that have expired are forgotten."""

    def find(self, session: Session, user_id: int, step: FidoStep, challenge_id: str) -> Challenge | None:
        """Return the user's challenge for this step, or ``None``."""

    def consume(self, transaction: Transaction, user_id: int, challenge_id: str) -> bool:
        """Use the user's challenge up; of many calls exactly one is told ``True``."""
