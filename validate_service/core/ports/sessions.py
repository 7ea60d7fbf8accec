"""Sessions of the database.

A port's method takes the session it works in first.  Reads see committed rows.  A write session is one transaction:
it commits when its ``with`` block ends and rolls back when the block raises.  What consists of one change and its
event, as the hot path does, is committed in one go, for which some databases need one statement only.
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


class Change(Protocol):
    """A change that is still to be made.  Opaque to the core."""


class Database(Protocol):
    """Opens sessions.  All methods raise ``UnavailableError`` when the database does not answer."""

    def read(self) -> AbstractContextManager[Session]:
        """Open a session that only reads."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Open a transaction."""

    def commit(self, change: Change, event: AuditEvent) -> None:
        """Make *change* and record *event*, in a transaction of their own."""

    def commit_if_changed(self, change: Change, event: AuditEvent) -> bool:
        """Do the same, but nothing at all if *change* finds nothing to change; tell whether it did."""
