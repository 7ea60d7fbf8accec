"""Transactions: changes and their audit rows, committed together or not at all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.core.audit import AuditEvent
from validate_service.storage.audit_lanes import AuditLane, AuditLanes, content_of
from validate_service.storage.sessions import Row, Session

Connections: TypeAlias = Callable[[], AbstractContextManager[PoolProxiedConnection]]


class Transaction(Session):
    """A session that may also record events.

    Events are written when all else is done, just before the commit: their rows need one statement, whoever recorded
    them.

    Attributes:
        contents: What the rows of the events recorded so far will say.
    """

    def __init__(self, engine: Engine, connection: PoolProxiedConnection | None) -> None:
        """Begin without events."""
        super().__init__(engine, connection)
        self.contents: list[Row] = []

    def record(self, event: AuditEvent) -> None:
        """Add *event* to the audit trail, as it is now."""
        self.contents.append(content_of(event))


class HeldLane:
    """The lane of one commit: taken when the events are written, given back when all is over."""

    def __init__(self, lanes: AuditLanes) -> None:
        """Take the lane from *lanes*."""
        self._lanes = lanes
        self._lane: AuditLane | None = None

    def write(self, session: Session, contents: Sequence[Row]) -> None:
        """Write rows with these contents.

        Raises:
            UnavailableError: the folder of the lanes cannot be written.
        """
        if contents:
            self._lane = self._lanes.take(session)
            self._lane.append(session, contents)

    def committed(self) -> None:
        """Note the lane's new end, and give it back.

        Raises:
            OSError: the end cannot be noted.
        """
        if self._lane is not None:
            self._lane.advance()
            self._lanes.give_back(self._lane)

    def lost(self) -> None:
        """Let the lane go: nobody knows what was committed, so whoever continues it must look its end up."""
        if self._lane is not None:
            self._lane.close()


class SeparateCommits:
    """Every transaction commits on its own: for databases with many writers."""

    def __init__(self, engine: Engine, connections: Connections, lanes: AuditLanes) -> None:
        """Work on the connections that *connections* hands out."""
        self._engine = engine
        self._connections = connections
        self._lanes = lanes

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Run a transaction; commit at the end of the block, roll back if the block raises."""
        with self._connections() as connection:
            lane, transaction = HeldLane(self._lanes), Transaction(self._engine, connection)
            transaction.say("BEGIN")
            try:
                yield transaction
            except BaseException:
                transaction.say("ROLLBACK")
                raise
            try:
                lane.write(transaction, transaction.contents)
                transaction.say("COMMIT")
                lane.committed()
            except BaseException:
                lane.lost()
                raise
            transaction.close()

    def close(self) -> None:
        """Close nothing: the connections are their threads'."""
