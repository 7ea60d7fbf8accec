"""Transactions: changes and their audit rows, committed together or not at all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeAlias

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.core.audit import AuditEvent
from validate_service.storage.audit_lanes import APPEND, AuditLane, AuditLanes, content_of
from validate_service.storage.sessions import Change, Row, Session, Statement
from validate_service.storage.single_statements import event_parameters, with_event

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


class Commits(Protocol):
    """How one kind of database commits."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Run a transaction; commit at the end of the block, roll back if the block raises."""

    def commit(self, change: Change, event: AuditEvent, *, if_changed: bool) -> bool:
        """Make *change* and record *event*.

        Args:
            change: The change.
            event: What happened.
            if_changed: Whether to record nothing if nothing was changed.

        Returns:
            Whether anything was committed.
        """

    def close(self) -> None:
        """Close what belongs to no thread."""


def commit_as_transaction(commits: Commits, change: Change, event: AuditEvent, *, if_changed: bool) -> bool:
    """Commit one change and its event, on a database that needs a transaction for it."""
    with commits.transaction() as transaction:
        recorded = transaction.make(change) > 0 or not if_changed
        if recorded:
            transaction.record(event)
    return recorded


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
            session.change_many(APPEND, self.next_rows(session, contents))

    def next_rows(self, session: Session, contents: Sequence[Row]) -> list[dict[str, object]]:
        """Take the lane, and return what its next rows hold, with these contents.

        Raises:
            UnavailableError: the folder of the lanes cannot be written.
        """
        self._lane = self._lanes.take(session)
        return self._lane.next_rows(contents)

    def committed(self) -> None:
        """Note the lane's new end, and give it back.

        Raises:
            OSError: the end cannot be noted.
        """
        if self._lane is not None:
            self._lane.advance()
            self._lanes.give_back(self._lane)

    def unused(self) -> None:
        """Give the lane back as it was: nothing was written."""
        if self._lane is not None:
            self._lanes.give_back(self._lane)

    def lost(self) -> None:
        """Let the lane go: nobody knows what was committed, so whoever continues it must look its end up."""
        if self._lane is not None:
            self._lane.close()


class SeparateTransaction(Transaction):
    """A transaction that begins with its first statement: a lone row of the audit trail commits itself."""

    def __init__(self, engine: Engine, connection: PoolProxiedConnection) -> None:
        """Begin nothing yet."""
        super().__init__(engine, connection)
        self._has_begun = False

    def begin(self) -> None:
        """Begin, unless it has."""
        if not self._has_begun:
            self._has_begun = True
            self.say("BEGIN")

    def end(self, sql: str) -> None:
        """Say *sql*, COMMIT or ROLLBACK, if it has begun."""
        if self._has_begun:
            self.say(sql)

    def _run(self, statement: Statement, parameters: dict[str, object]) -> None:
        if statement is not APPEND:
            self.begin()
        super()._run(statement, parameters)


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
            lane, transaction = HeldLane(self._lanes), SeparateTransaction(self._engine, connection)
            try:
                yield transaction
            except BaseException:
                transaction.end("ROLLBACK")
                raise
            with _lost_on_error(lane):
                if len(transaction.contents) > 1:
                    transaction.begin()
                lane.write(transaction, transaction.contents)
                transaction.end("COMMIT")
                lane.committed()
            transaction.close()

    def commit(self, change: Change, event: AuditEvent, *, if_changed: bool) -> bool:
        """Make one change and record its event; tell whether anything was committed."""
        return commit_as_transaction(self, change, event, if_changed=if_changed)

    def close(self) -> None:
        """Close nothing: the connections are their threads'."""


class SingleStatementCommits(SeparateCommits):
    """The same where a statement can change and insert at once, as on PostgreSQL: one change needs one statement."""

    def commit(self, change: Change, event: AuditEvent, *, if_changed: bool) -> bool:
        """Make one change and record its event, in one statement; tell whether anything was committed."""
        with self._connections() as connection:
            lane, session = HeldLane(self._lanes), Session(self._engine, connection)
            with _lost_on_error(lane):
                (row,) = lane.next_rows(session, [content_of(event)])
                statement = with_event(change.statement, if_changed=if_changed)
                recorded = session.change(statement, **change.parameters, **event_parameters(row)) > 0
                if recorded:
                    lane.committed()
                else:
                    lane.unused()
            session.close()
        return recorded


@contextmanager
def _lost_on_error(lane: HeldLane) -> Iterator[None]:
    try:
        yield
    except BaseException:
        lane.lost()
        raise
