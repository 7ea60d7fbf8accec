"""Authenticators of our own, and their sessions."""

from collections.abc import Sequence
from typing import Protocol

from validate_service.core.model import Authenticator, Instant, KeyKind, Owner, PhoneSession, Subscription
from validate_service.core.ports.sessions import Session, Transaction


class Authenticators(Protocol):
    """Keeps the keys of authenticators; each belongs to one device of the kind AUTHENTICATOR."""

    def add(
        self,
        transaction: Transaction,
        tenant_id: int,
        serial: str,
        *,
        uid: str,
        name: str,
        kind: KeyKind,
        public_key: bytes,
        credential_id: bytes | None,
        counter: int,
    ) -> int:
        """Give the tenant's device *serial* a key; return the device's number.

        Raises:
            ConflictError: an authenticator has this key.
        """

    def find(self, session: Session, uid: str) -> tuple[Owner, Authenticator] | None:
        """Return the authenticator and whose it is, or ``None``."""

    def of_user(self, session: Session, user_id: int) -> Sequence[Authenticator]:
        """Return the user's authenticators that are enabled, oldest first."""

    def challenge(self, transaction: Transaction, device_id: int, challenge: bytes, expires_at: Instant) -> None:
        """Keep what the authenticator is to sign, in place of any older challenge."""

    def use_challenge(self, transaction: Transaction, device_id: int, at: Instant) -> bytes | None:
        """Return the challenge, unless it has expired, and forget it; of many calls at once one is told it."""

    def raise_counter(self, transaction: Transaction, device_id: int, counter: int) -> bool:
        """Note how often the key has signed.

        Returns:
            Whether its device is enabled, and that is more often than before, or it does not count.  Of many calls with
            one counter exactly one is told ``True``.
        """

    def subscribe(
        self, transaction: Transaction, device_id: int, subscription: Subscription, endpoint_hash: bytes
    ) -> None:
        """Keep where messages reach the authenticator.

        Raises:
            ConflictError: another authenticator is reached there.
        """

    def unsubscribe(self, transaction: Transaction, device_id: int, endpoint_hash: bytes) -> bool:
        """Forget where messages reach the authenticator, if it still is there; tell whether it was."""


class PhoneSessions(Protocol):
    """Keeps sessions of phones, by keyed hash of their token."""

    def begin(
        self, transaction: Transaction, token_hash: bytes, device_id: int, at: Instant, expires_at: Instant
    ) -> None:
        """Keep a new session, and note that the phone was seen; the phone's sessions that are over are forgotten."""

    def find(self, session: Session, token_hash: bytes, *, at: Instant, seen_since: Instant) -> PhoneSession | None:
        """Return the session, or ``None`` if it is over, or its device or user is disabled.

        Args:
            session: Where.
            token_hash: Keyed hash of the token.
            at: Now; the session must not have expired.
            seen_since: The session must have been used since.
        """

    def touch(self, transaction: Transaction, token_hash: bytes, at: Instant) -> None:
        """Note that the session was used."""

    def end(self, transaction: Transaction, token_hash: bytes) -> None:
        """End one session."""
