"""Shared commits, for SQLite: transactions of one process that come together are committed together.

SQLite has one writer, and a commit that survives a power cut costs more than everything else in a call.  So the threads
of a process write through one connection, one after the other, each inside a savepoint; whoever finds nobody waiting
behind it commits for all, and nobody is answered before that.  Whoever only records events leaves them in a queue,
which the next commit takes along.  A commit waits a moment for as many as met last time; alone it waits for nobody.

Between processes a lock on a file decides whose turn it is: SQLite's own way is to sleep for milliseconds at a time,
far longer than a commit takes.  Whoever waits for the turn holds a second lock, that on being next, so a busy process
cannot take turn after turn before the others.  The system gives locks back when their holder dies.  Only one thread of
a process ever waits for them; the others give up after the busy time-out.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition, Lock

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.core.audit import AuditEvent
from validate_service.core.errors import UnavailableError, ValidateError
from validate_service.storage.audit_lanes import AuditLanes
from validate_service.storage.commit_members import Commit, Member, Ticket
from validate_service.storage.engines import BUSY_TIMEOUT_S, identity
from validate_service.storage.sessions import Change, Row
from validate_service.storage.transactions import Transaction, commit_as_transaction

MOST_MEMBERS = 16
GATHER_S = 0.002
"""How long a commit waits for as many members as the last one met: less than an fsync takes on most disks."""

LOOK_AGAIN_S = 0.0005
"""How often the lock between processes is tried: waiting for it inside the system has no time limit."""


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
        self._queued: list[tuple[Sequence[Row], Ticket]] = []
        self._expected = 1
        self._current: Commit | None = None
        self._connection: PoolProxiedConnection | None = None
        self._file: tuple[int, int] | None = None
        self._turn: int | None = None
        self._next: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Run a member of a commit; return when it is committed, roll back if the block raises.

        Raises:
            UnavailableError: the turn did not come in time, or the commit failed.
        """
        member, ticket = Member(self._engine, self._joined), Ticket()
        try:
            yield member
        except BaseException as error:
            if member.commit is not None:
                self._give_up(member.commit, error)
            raise
        if member.commit is None:
            self._queue(member.contents, ticket)
        else:
            self._hand_in(member.commit, member.contents, ticket)
        while not ticket.is_over:
            ticket.wait()
            if not ticket.is_over and not self._lead(wait=True):
                self._leave(ticket)
        ticket.require_success()

    def commit(self, change: Change, event: AuditEvent, *, if_changed: bool) -> bool:
        """Make one change and record its event; tell whether anything was committed."""
        return commit_as_transaction(self, change, event, if_changed=if_changed)

    def close(self) -> None:
        """Close the connection."""
        self._wait_in_line()
        self._drop_connection()
        self._release()

    def _joined(self) -> Commit:
        """Let a member join, who from now on writes alone."""
        if not self._wait_in_line():
            raise UnavailableError("the database is busy")
        try:
            commit = self._current or self._begun(present=1)
        except BaseException:
            self._release()
            raise
        commit.members += 1
        return commit

    def _hand_in(self, commit: Commit, contents: Sequence[Row], ticket: Ticket) -> None:
        """Leave to the commit what a member wrote."""
        try:
            with self._broken_by_errors(commit):
                if commit.members > 1:
                    commit.say("RELEASE member")
                commit.take_in(contents, ticket)
                self._end_if_last(commit)
        finally:
            self._release()

    def _give_up(self, commit: Commit, error: BaseException) -> None:
        """Undo what a member wrote; if it failed in words, the others are not concerned."""
        try:
            with self._broken_by_errors(commit):
                if not isinstance(error, ValidateError):
                    self._broken(commit, error)
                elif commit.members == 1:
                    commit.say("ROLLBACK")
                    self._over(commit)
                else:
                    commit.say("ROLLBACK TO member")
                    commit.say("RELEASE member")
                    self._end_if_last(commit)
        finally:
            self._release()

    def _queue(self, contents: Sequence[Row], ticket: Ticket) -> None:
        """Leave events to the next commit; lead it, if nobody writes now."""
        with self._arrivals:
            self._queued.append((contents, ticket))
            self._arrivals.notify()
        self._lead(wait=False)

    def _lead(self, *, wait: bool) -> bool:
        """Commit what is queued or was left; tell whether nobody else was in the way."""
        if not (self._wait_in_line() if wait else self._writing.acquire(blocking=False)):
            return False
        try:
            if self._current is not None or self._queued:
                commit = self._current or self._begun(present=0)
                with self._broken_by_errors(commit):
                    self._end_if_last(commit)
        except Exception as error:  # noqa: BLE001  # every ticket tells its member
            self._end_queued(error)
        finally:
            self._release()
        return True

    def _leave(self, ticket: Ticket) -> None:
        """Wait no longer, unless a commit has the member's events already.

        Raises:
            UnavailableError: nothing was committed.
        """
        with self._arrivals:
            queued = [entry for entry in self._queued if entry[1] is not ticket]
            has_left, self._queued = len(queued) < len(self._queued), queued
        if has_left:
            raise UnavailableError("the database is busy")

    def _wait_in_line(self) -> bool:
        """Wait for the other threads of this process; tell whether it is this one's turn."""
        with self._arrivals:
            self._waiting += 1
            self._arrivals.notify()
        mine = self._writing.acquire(timeout=BUSY_TIMEOUT_S)
        with self._arrivals:
            self._waiting -= 1
        return mine

    def _release(self) -> None:
        """Let the next one write; if nobody waits to, whoever came first with events leads."""
        self._writing.release()
        if self._queued and not self._waiting:
            with self._arrivals:
                if self._queued:
                    self._queued[0][1].tell()

    def _begun(self, *, present: int) -> Commit:
        """Begin a commit, when the other processes let us; *present* counts a member that is not in the queue."""
        if self._connection is None or self._file != identity(self._path):
            # A file that was moved or deleted: what would be committed to it, nobody would find again.
            self._drop_connection()
            self._connection = self._connect()
            self._file = identity(self._path)
        self._gather(present)
        self._take_turn()
        commit = Commit(self._engine, self._connection, self._lanes)
        with self._broken_by_errors(commit):
            commit.say("BEGIN IMMEDIATE")
        self._current = commit
        return commit

    def _gather(self, present: int) -> None:
        """Let those come who will come anyway, before the turn is taken: as many as met last time."""
        if self._expected > 1:
            with self._arrivals:
                self._arrivals.wait_for(lambda: self._waiting + len(self._queued) + present >= self._expected, GATHER_S)

    def _end_if_last(self, commit: Commit) -> None:
        """Commit for all, unless somebody waits who can do it later."""
        if not self._waiting or commit.members >= MOST_MEMBERS:
            self._end(commit)

    def _end(self, commit: Commit) -> None:
        with self._arrivals:
            queued, self._queued = self._queued, []
        commit.members += len(queued)
        for contents, ticket in queued:
            commit.take_in(contents, ticket)
        commit.lane.write(commit, commit.contents)
        commit.say("COMMIT")
        commit.lane.committed()
        self._over(commit)

    def _over(self, commit: Commit, failure: Exception | None = None) -> None:
        """Let others begin a commit, and tell all members how this one ended."""
        commit.close()
        self._current = None
        self._give_turn_back()
        with self._arrivals:
            self._expected = min(commit.members + self._waiting + len(self._queued), MOST_MEMBERS)
            for ticket in commit.tickets:
                ticket.end(failure)

    def _end_queued(self, failure: Exception) -> None:
        """Tell all who wait for a commit that there will be none."""
        with self._arrivals:
            queued, self._queued = self._queued, []
            for _, ticket in queued:
                ticket.end(failure)

    @contextmanager
    def _broken_by_errors(self, commit: Commit) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self._broken(commit, error)
            raise

    def _broken(self, commit: Commit, error: BaseException) -> None:
        """Give everything up.  A connection that is only closed lives on while an error holds one of its cursors."""
        commit.lane.lost()
        with suppress(self._engine.dialect.loaded_dbapi.Error):
            commit.say("ROLLBACK")
        self._over(commit, error if isinstance(error, Exception) else RuntimeError("interrupted"))
        self._drop_connection()

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _take_turn(self) -> None:
        if self._turn is None or self._next is None:
            self._turn, self._next = self._lock_file("-turn"), self._lock_file("-next")
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        _lock(self._next, deadline)
        try:
            _lock(self._turn, deadline)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)

    def _lock_file(self, ending: str) -> int:
        path = self._path.with_name(self._path.name + ending)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _give_turn_back(self) -> None:
        if self._turn is not None:
            fcntl.flock(self._turn, fcntl.LOCK_UN)


def _lock(file: int, deadline: float) -> None:
    """Lock a file.

    Raises:
        UnavailableError: others had it until the deadline.
    """
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UnavailableError("the database is busy") from None
            time.sleep(LOOK_AGAIN_S)
        else:
            return
