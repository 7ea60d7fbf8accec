"""What shares a commit: its members, and the tickets by which they learn how it ended."""

from collections.abc import Callable, Sequence
from threading import Lock

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.core.errors import UnavailableError
from validate_service.storage.audit_lanes import AuditLanes
from validate_service.storage.sessions import Row, Session, Statement
from validate_service.storage.transactions import HeldLane, Transaction

FORGOTTEN_S = 1
"""After this time without an end, a member looks itself whether anybody is left to commit."""


class Ticket:
    """Where a member waits for the end of its commit, or for the news that it must lead one.

    Only whoever holds the lock of the arrivals gives news.
    """

    def __init__(self) -> None:
        """Wait for the first news."""
        self.is_over = False
        self._failure: Exception | None = None
        self._news = Lock()
        self._news.acquire()

    def tell(self) -> None:
        """Wake the member."""
        if self._news.locked():
            self._news.release()

    def end(self, failure: Exception | None) -> None:
        """Tell the member how its commit ended."""
        self._failure = failure
        self.is_over = True
        self.tell()

    def wait(self) -> None:
        """Wait for news, or until it is time to look oneself."""
        self._news.acquire(timeout=FORGOTTEN_S)

    def require_success(self) -> None:
        """Return if the commit was made.

        Raises:
            UnavailableError: nothing of it was committed, or nobody knows.
        """
        if self._failure is not None:
            raise UnavailableError(f"the commit failed: {type(self._failure).__name__}") from self._failure


class Commit(Session):
    """One commit on its way.

    Attributes:
        lane: The lane of all events.
        contents: The events of all members.
        tickets: Who is told how it ends.
        members: How many have joined.
    """

    def __init__(self, engine: Engine, connection: PoolProxiedConnection, lanes: AuditLanes) -> None:
        """Begin without members."""
        super().__init__(engine, connection)
        self.lane = HeldLane(lanes)
        self.contents: list[Row] = []
        self.tickets: list[Ticket] = []
        self.members = 0

    def take_in(self, contents: Sequence[Row], ticket: Ticket) -> None:
        """Write a member's events too, and tell it how the commit ends."""
        self.contents += contents
        self.tickets.append(ticket)


class Member(Transaction):
    """A transaction among others: it joins a commit when it first runs a statement.

    Whoever only records events never does, and so need not wait for those who do.

    Attributes:
        commit: The commit that it joined; ``None`` as long as it ran nothing.
    """

    def __init__(self, engine: Engine, join: Callable[[], Commit]) -> None:
        """Join by calling *join*."""
        super().__init__(engine, None)
        self.commit: Commit | None = None
        self._join = join

    def _run(self, statement: Statement, parameters: dict[str, object]) -> None:
        if self.commit is None:
            self.commit = self._join()
            self.work_on(self.commit)
            if self.commit.members > 1:
                self.say("SAVEPOINT member")
        super()._run(statement, parameters)
