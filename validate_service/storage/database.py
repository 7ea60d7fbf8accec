"""The database: who opens sessions and transactions, and what a failure of the driver is called.

Connections are in autocommit mode.  A transaction says BEGIN and COMMIT itself; on SQLite BEGIN IMMEDIATE, so that it
waits for its turn instead of failing in the middle.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import local

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from validate_service.core.audit import AuditEvent
from validate_service.core.errors import UnavailableError
from validate_service.storage.audit_lanes import AuditLane, AuditLanes
from validate_service.storage.sessions import Session

BUSY_TIMEOUT_S = 5
"""How long a transaction on SQLite waits for its turn before the service answers that it is unavailable."""

CACHE_KIB = 512
"""Page cache of one SQLite connection; every thread has one."""

POOL_TIMEOUT_S = 1
"""How long a call waits for a free connection."""


class Transaction(Session):
    """A session whose changes, audit rows among them, are committed together or not at all."""

    def __init__(self, engine: Engine, connection: PoolProxiedConnection, lanes: AuditLanes) -> None:
        """Write audit rows to a lane of *lanes*."""
        super().__init__(engine, connection)
        self._lanes = lanes
        self._lane: AuditLane | None = None

    def record(self, event: AuditEvent) -> None:
        """Add *event* to the audit trail.

        Raises:
            UnavailableError: the folder of the lanes cannot be written.
        """
        if self._lane is None:
            self._lane = self._lanes.take(self)
        self._lane.append(self, event)

    def commit(self) -> None:
        """Commit, then note the lane's new end."""
        try:
            self.say("COMMIT")
            if self._lane is not None:
                self._lane.advance()
        except BaseException:
            # Nobody knows what was committed: whoever continues the lane must look its end up.
            if self._lane is not None:
                self._lane.close()
            raise
        self._give_lane_back()

    def roll_back(self) -> None:
        """Undo everything."""
        if self._lane is not None:
            self._lane.forget()
        self._give_lane_back()
        self.say("ROLLBACK")

    def _give_lane_back(self) -> None:
        if self._lane is not None:
            self._lanes.give_back(self._lane)
            self._lane = None


class Held(local):
    """What one thread keeps between its calls.

    Attributes:
        connection: Its connection.
        file: Which file the connection was opened on.
    """

    connection: PoolProxiedConnection | None = None
    file: tuple[int, int] | None = None


class Database:
    """Opens sessions on one database."""

    def __init__(self, url: str, lanes: AuditLanes, *, threads: int = 1) -> None:
        """Connect lazily to *url*, with as many connections as *threads* work at once."""
        self.engine = make_engine(url, threads=threads)
        self._lanes = lanes
        self._held = Held()
        self._file = sqlite_file(url)
        self._driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        self._begin = "BEGIN IMMEDIATE" if self.engine.dialect.name == "sqlite" else "BEGIN"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that reads what is committed.

        Raises:
            UnavailableError: the database does not answer.
        """
        with self._connection() as connection:
            session = Session(self.engine, connection)
            yield session
            session.close()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a transaction: committed at the end of the block, rolled back if the block raises.

        Raises:
            UnavailableError: the database does not answer; if that was while committing, the change is whole or
                nothing, and nobody was told that it was accepted.
        """
        self._require_same_file()
        with self._connection() as connection:
            transaction = Transaction(self.engine, connection, self._lanes)
            transaction.say(self._begin)
            try:
                yield transaction
            except BaseException:
                transaction.roll_back()
                raise
            transaction.commit()
            transaction.close()

    def close(self) -> None:
        """Close this thread's connection: a process that forks must not share it."""
        if self._held.connection is not None:
            self._let_go(self._held.connection)

    @contextmanager
    def _connection(self) -> Iterator[PoolProxiedConnection]:
        """Give the thread its connection; one whose driver failed is thrown away."""
        connection = self._held.connection or self._connected()
        try:
            yield connection
        except (self._driver_error, OSError) as error:
            self._let_go(connection)
            raise UnavailableError(f"the database failed: {type(error).__name__}") from error

    def _connected(self) -> PoolProxiedConnection:
        """Check out the connection that this thread keeps: to do so for each call would cost a tenth of it."""
        try:
            connection = self._held.connection = self.engine.raw_connection()
        except (SQLAlchemyError, self._driver_error) as error:
            raise UnavailableError(f"no connection: {type(error).__name__}") from error
        self._held.file = _identity(self._file)
        return connection

    def _let_go(self, connection: PoolProxiedConnection) -> None:
        self._held.connection = None
        connection.invalidate()
        connection.close()

    def _require_same_file(self) -> None:
        """Reconnect where the file was moved or deleted: what would be committed to it, nobody would find again."""
        connection = self._held.connection
        if connection is not None and self._held.file != _identity(self._file):
            self._let_go(connection)


def make_engine(url: str, *, threads: int = 1) -> Engine:
    """Return an engine for *url* whose connections are in autocommit mode and as durable as they can be."""
    pool = {"pool_size": threads, "max_overflow": 0, "pool_timeout": POOL_TIMEOUT_S}
    path = sqlite_file(url)
    if path is None:
        return create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, **pool)
    return create_engine("sqlite://", creator=lambda: _connect_sqlite(path), poolclass=QueuePool, **pool)


def sqlite_file(url: str) -> Path | None:
    """Return the file of the SQLite database that *url* names, or ``None`` if it names another kind."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def _connect_sqlite(path: Path) -> sqlite3.Connection:
    """Open an existing database, durable (an answered change survives a power cut) and strict."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _identity(path: Path | None) -> tuple[int, int] | None:
    try:
        found = os.stat(path) if path else None  # noqa: PTH116  # on every call: half the cost of Path.stat
    except OSError:
        found = None
    if found is None:
        return None
    return found.st_dev, found.st_ino
