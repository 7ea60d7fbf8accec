"""Transactions: changes and their audit rows, committed together or not at all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.core.audit import AuditEvent
from validate_service.storage.audit_lanes import AuditLane, AuditLanes, LaneEnd
from validate_service.storage.sessions import Session

LaneSource: TypeAlias = Callable[[Session], AuditLane]
Connections: TypeAlias = Callable[[], AbstractContextManager[PoolProxiedConnection]]


class Transaction(Session):
    """A session that may also record events."""

    def __init__(self, engine: Engine, connection: PoolProxiedConnection, lane_source: LaneSource) -> None:
        """Write audit rows to the lane that *lane_source* gives."""
        super().__init__(engine, connection)
        self._lane_source = lane_source

    def record(self, event: AuditEvent) -> None:
        """Add *event* to the audit trail.

        Raises:
            UnavailableError: the folder of the lanes cannot be written.
        """
        self._lane_source(self).append(self, event)


class HeldLane:
    """The lane of one commit: taken when the first event is recorded, given back when all is over."""

    def __init__(self, lanes: AuditLanes) -> None:
        """Take the lane from *lanes*."""
        self._lanes = lanes
        self._lane: AuditLane | None = None

    def get(self, session: Session) -> AuditLane:
        """Return the lane."""
        if self._lane is None:
            self._lane = self._lanes.take(session)
        return self._lane

    def mark(self) -> LaneEnd | None:
        """Return where the lane stands, for :meth:`rewind`."""
        return self._lane.mark() if self._lane else None

    def rewind(self, mark: LaneEnd | None) -> None:
        """Forget what was appended since *mark*: it was rolled back."""
        if self._lane is not None:
            self._lane.rewind(mark)

    def committed(self) -> None:
        """Note the lane's new end, and give it back.

        Raises:
            OSError: the end cannot be noted.
        """
        if self._lane is not None:
            self._lane.advance()
            self._lanes.give_back(self._lane)

    def rolled_back(self) -> None:
        """Give the lane back as it was taken."""
        if self._lane is not None:
            self._lane.rewind(None)
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
            lane = HeldLane(self._lanes)
            transaction = Transaction(self._engine, connection, lane.get)
            transaction.say("BEGIN")
            try:
                yield transaction
            except BaseException:
                lane.rolled_back()
                transaction.say("ROLLBACK")
                raise
            try:
                transaction.say("COMMIT")
                lane.committed()
            except BaseException:
                lane.lost()
                raise
            transaction.close()

    def close(self) -> None:
        """Close nothing: the connections are their threads'."""
