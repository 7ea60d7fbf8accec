"""The database: who opens sessions and transactions, and what a failure of the driver is called."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import local

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.core.errors import UnavailableError
from validate_service.storage.audit_lanes import AuditLanes
from validate_service.storage.engines import identity, make_engine, sqlite_file
from validate_service.storage.sessions import Session
from validate_service.storage.shared_commits import SharedCommits
from validate_service.storage.transactions import SeparateCommits, Transaction


class Held(local):
    """What each thread keeps between its calls.

    Attributes:
        connection: Its connection.
        file: Which file SQLite opened for it.
    """

    connection: PoolProxiedConnection | None = None
    file: tuple[int, int] | None = None


class Database:
    """Opens sessions on one database."""

    def __init__(self, url: str, lanes: AuditLanes, *, threads: int = 1) -> None:
        """Connect lazily to *url*, with as many connections as *threads* work at once."""
        self.engine = make_engine(url, threads=threads)
        self._held = Held()
        self._driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        self._path = sqlite_file(url)
        self._commits: SharedCommits | SeparateCommits = (
            SharedCommits(self.engine, self._path, lanes, self._connected)
            if self._path
            else SeparateCommits(self.engine, self._connection, lanes)
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that reads what is committed.

        Raises:
            UnavailableError: the database does not answer.
        """
        with self._failures_named(), self._connection() as connection:
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
        with self._failures_named(), self._commits.transaction() as transaction:
            yield transaction

    def leave(self) -> None:
        """Close this thread's connection: for threads that end before their process does."""
        self._let_go()

    def close(self) -> None:
        """Close this thread's connections: a process that forks must not share them."""
        self._let_go()
        self._commits.close()
        self.engine.dispose()

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, self._driver_error, OSError) as error:
            raise UnavailableError(f"the database failed: {type(error).__name__}") from error

    @contextmanager
    def _connection(self) -> Iterator[PoolProxiedConnection]:
        """Give the thread its connection; one whose driver failed, or whose file is gone, is thrown away."""
        file = identity(self._path)
        if self._held.file != file:
            # Moved, or replaced by a copy: what the old file says, of a revoked API key for instance, is history.
            self._let_go()
        if self._held.connection is None:
            # Kept by the thread: to check one out for each call would cost a tenth of it.
            self._held.connection, self._held.file = self._connected(), file
        try:
            yield self._held.connection
        except self._driver_error:
            self._let_go()
            raise

    def _connected(self) -> PoolProxiedConnection:
        return self.engine.raw_connection()

    def _let_go(self) -> None:
        connection, self._held.connection = self._held.connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
