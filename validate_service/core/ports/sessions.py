"""Sessions of the database.

A port's method takes the session it works in first.  Reads see committed rows.  A write session is one transaction:
it commits when its ``with`` block ends and rolls back when the block raises.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from validate_service.core.audit import AuditEvent


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
