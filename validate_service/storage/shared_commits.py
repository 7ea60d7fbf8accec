"""Shared commits, for SQLite: transactions of one process that come together are committed together.

SQLite has one writer, and a commit that survives a power cut costs more than everything else in a call.  So the threads
of a process write through one connection, one after the other, each inside a savepoint; whoever finds nobody waiting
behind it commits for all, and nobody is answered before that.  A commit waits a moment for as many as met last time;
alone it waits for nobody.

Between processes a lock on a file decides whose turn it is: SQLite's own way is to sleep for milliseconds at a time,
far longer than a commit takes.  The system gives the lock back when its holder dies.  Only one thread of a process ever
waits for it; the others give up after the busy time-out.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Lock

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.core.errors import UnavailableError, ValidateError
from validate_service.storage.audit_lanes import AuditLanes
from validate_service.storage.engines import BUSY_TIMEOUT_S, identity
from validate_service.storage.sessions import Statement
from validate_service.storage.transactions import HeldLane, Transaction

MOST_MEMBERS = 16
GATHER_S = 0.002
"""How long a commit waits for as many members as the last one met: less than an fsync takes on most disks."""

LOOK_AGAIN_S = 0.0005
"""How often the lock between processes is tried: waiting for it inside the system has no time limit."""

FORGOTTEN_S = 1
"""After this time without an end, a member looks itself whether anybody is left to commit."""


class MembersTransaction(Transaction):
    """The transaction of all members of a commit, in which each can be undone.

    A savepoint is set before a member's first statement; one who only records events needs none.
    """

    _savepoint_is_due = False
    _savepoint_is_set = False
    _first_content = 0

    def begin_member(self, *, first: bool) -> None:
        """Let the next member in; the first needs no savepoint, for what is before it is nothing."""
        self._savepoint_is_due, self._savepoint_is_set = not first, False
        self._first_content = len(self.contents)

    def end_member(self) -> None:
        """Keep what the member did."""
        if self._savepoint_is_set:
            self.say("RELEASE member")

    def undo_member(self) -> None:
        """Undo what the member did; the others are not concerned."""
        del self.contents[self._first_content :]
        if self._savepoint_is_set:
            self.say("ROLLBACK TO member")
            self.say("RELEASE member")

    def _run(self, statement: Statement, parameters: dict[str, object]) -> None:
        if self._savepoint_is_due:
            self.say("SAVEPOINT member")
            self._savepoint_is_due, self._savepoint_is_set = False, True
        super()._run(statement, parameters)


class Commit:
    """One commit on its way, with one or more members.

    Attributes:
        transaction: The transaction of all members.
        lane: The lane of all their events.
        members: How many have joined.
    """

    def __init__(self, engine: Engine, connection: PoolProxiedConnection, lanes: AuditLanes) -> None:
        """Begin without members."""
        self.lane = HeldLane(lanes)
        self.transaction = MembersTransaction(engine, connection)
        self.members = 0
        self._over = Lock()
        self._over.acquire()
        self._failure: Exception | None = None

    def end(self, failure: Exception | None = None) -> None:
        """Tell all members how it ended."""
        self._failure = failure
        self._over.release()

    def is_over(self, wait_s: float) -> bool:
        """Wait for the end; tell whether it came in time.

        Raises:
            UnavailableError: nothing of it was committed, or nobody knows.
        """
        if not self._over.acquire(timeout=wait_s):
            return False
        self._over.release()
        if self._failure is not None:
            raise UnavailableError(f"the commit failed: {type(self._failure).__name__}") from self._failure
        return True


class SharedCommits:
    """The one writer of a process on one SQLite database."""

    def __init__(
        self, engine: Engine, path: Path, lanes: AuditLanes, connect: Callable[[], PoolProxiedConnection]
    ) -> None:
        """Write the database at *path* through a connection that *connect* opens when it is first needed."""
        self._engine = engine
        self._path = path
        self._lanes = lanes
        self._connect = connect
        self._writing = Lock()
        self._arrivals = Condition()
        self._waiting = 0
        self._expected = 1
        self._current: Commit | None = None
        self._connection: PoolProxiedConnection | None = None
        self._file: tuple[int, int] | None = None
        self._turn: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Run a member of a commit; return when it is committed, roll back if the block raises.

        Raises:
            UnavailableError: the turn did not come in time, or the commit failed.
        """
        self._wait_in_line()
        try:
            commit = self._current or self._begun()
            yield from self._member(commit)
        finally:
            self._writing.release()
        while not commit.is_over(FORGOTTEN_S):
            self._end_forgotten(commit)

    def _member(self, commit: Commit) -> Iterator[Transaction]:
        """Run the block of one member."""
        commit.members += 1
        first = commit.members == 1
        commit.transaction.begin_member(first=first)
        try:
            yield commit.transaction
            commit.transaction.end_member()
        except ValidateError as error:
            if first:
                commit.transaction.say("ROLLBACK")
                self._over(commit, error)
            else:
                commit.transaction.undo_member()
                self._end_if_last(commit)
            raise
        except BaseException as error:
            self._broken(commit, error)
            raise
        self._end_if_last(commit)

    def close(self) -> None:
        """Close the connection."""
        self._wait_in_line()
        self._drop_connection()
        self._writing.release()

    def _wait_in_line(self) -> None:
        """Wait for the other threads of this process."""
        with self._arrivals:
            self._waiting += 1
            self._arrivals.notify()
        mine = self._writing.acquire(timeout=BUSY_TIMEOUT_S)
        with self._arrivals:
            self._waiting -= 1
        if not mine:
            raise UnavailableError("the database is busy")

    def _begun(self) -> Commit:
        """Begin a commit, when the other processes let us."""
        if self._connection is None or self._file != identity(self._path):
            # A file that was moved or deleted: what would be committed to it, nobody would find again.
            self._drop_connection()
            self._connection = self._connect()
            self._file = identity(self._path)
        self._gather()
        self._take_turn()
        commit = Commit(self._engine, self._connection, self._lanes)
        try:
            commit.transaction.say("BEGIN IMMEDIATE")
        except BaseException as error:
            self._broken(commit, error)
            raise
        self._current = commit
        return commit

    def _gather(self) -> None:
        """Let those come who will come anyway, before the turn is taken: as many as met last time."""
        if self._expected > 1:
            with self._arrivals:
                self._arrivals.wait_for(lambda: self._waiting + 1 >= self._expected, GATHER_S)

    def _end_if_last(self, commit: Commit) -> None:
        """Commit for all, unless somebody waits who can do it later."""
        if not self._waiting or commit.members >= MOST_MEMBERS:
            self._end(commit)

    def _end_forgotten(self, commit: Commit) -> None:
        """Commit what was left to somebody who gave up waiting in that very moment."""
        self._wait_in_line()
        try:
            if self._current is commit:
                self._end(commit)
        finally:
            self._writing.release()

    def _end(self, commit: Commit) -> None:
        try:
            commit.lane.write(commit.transaction, commit.transaction.contents)
            commit.transaction.say("COMMIT")
            commit.lane.committed()
        except BaseException as error:
            commit.lane.lost()
            self._broken(commit, error)
            raise
        self._over(commit)

    def _over(self, commit: Commit, failure: Exception | None = None) -> None:
        self._current = None
        self._expected = min(commit.members + self._waiting, MOST_MEMBERS)
        self._give_turn_back()
        commit.transaction.close()
        commit.end(failure)

    def _broken(self, commit: Commit, error: BaseException) -> None:
        """Give everything up: closing the connection rolls back whatever was not committed."""
        self._current = None
        self._drop_connection()
        self._give_turn_back()
        commit.end(error if isinstance(error, Exception) else RuntimeError("interrupted"))

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _take_turn(self) -> None:
        if self._turn is None:
            path = self._path.with_name(self._path.name + "-turn")
            self._turn = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                fcntl.flock(self._turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise UnavailableError("the database is busy") from None
                time.sleep(LOOK_AGAIN_S)
            else:
                return

    def _give_turn_back(self) -> None:
        if self._turn is not None:
            fcntl.flock(self._turn, fcntl.LOCK_UN)
