"""Who calls, for which tenant, with which key."""

from collections.abc import Sequence
from typing import Protocol

from validate_service.core.model import ApiKey, Instant, Scope, Subject, Tenant
from validate_service.core.names import UserName
from validate_service.core.ports.sessions import Session, Transaction


class Subjects(Protocol):
    """Finds who calls about whom."""

    def find_caller(self, session: Session, key_hash: bytes) -> Subject | None:
        """Return the subject of a call that is about no user, or ``None`` if no valid API key has this hash."""

    def find(self, session: Session, key_hash: bytes, user: UserName) -> Subject | None:
        """Return the subject, or ``None`` if no valid API key has this hash."""

    def find_with_devices(self, session: Session, key_hash: bytes, user: UserName) -> Subject | None:
        """Return the subject with the user's OATH devices, in one statement."""

    def find_with_authenticator(self, session: Session, key_hash: bytes, user: UserName) -> Subject | None:
        """Return the subject, and whether the user has an enabled authenticator, in one statement."""


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
