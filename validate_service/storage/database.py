"""The database: who opens sessions and transactions, and what a failure of the driver is called."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.core.audit import AuditEvent
from validate_service.core.errors import UnavailableError, ValidateError
from validate_service.core.ports import Change as AnyChange
from validate_service.storage.audit_lanes import AuditLanes
from validate_service.storage.engines import identity, make_engine, sqlite_file
from validate_service.storage.reconnection import Attempts, hung_up
from validate_service.storage.sessions import Session, own_change
from validate_service.storage.shared_commits import SharedCommits
from validate_service.storage.transactions import Commits, SeparateCommits, SingleStatementCommits, Transaction


class Held(local):
    """What each thread keeps between its calls.

    Attributes:
        connection: Its connection.
        is_lost: Tells whether the database has closed it.
        file: Which file SQLite opened for it.
    """

    connection: PoolProxiedConnection | None = None
    is_lost: Callable[[], bool] = staticmethod(lambda: False)
    file: tuple[int, int] | None = None


class Database:
    """Opens sessions on one database.

    Attributes:
        engine: Makes the connections.
        admit: Looks at the database before anything is done with it; ``None`` once it was found to be the right one.
    """

    def __init__(self, url: str, lanes: AuditLanes, *, threads: int = 1, punctual: bool = False) -> None:
        """Connect lazily to *url*, with as many connections as *threads* work at once.

        What is *punctual* has the time limits of calls.
        """
        self.engine = make_engine(url, threads=threads, punctual=punctual)
        self.admit: Callable[[Session], None] | None = None
        self._held = Held()
        self._attempts = Attempts()
        self._driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        self._path = sqlite_file(url)
        self._commits = self._commits_with(lanes)

    @property
    def kind(self) -> str:
        """What kind of database it is: ``mariadb``, ``postgresql`` or ``sqlite``."""
        return self.engine.dialect.name

    @property
    def is_a_server(self) -> bool:
        """Whether the database is a program of its own, that comes and goes."""
        return self._path is None

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

    def commit(self, change: AnyChange, event: AuditEvent) -> None:
        """Make *change* and record *event*, in a transaction of their own.

        Raises:
            UnavailableError: as :meth:`write`.
        """
        with self._failures_named():
            self._commits.commit(own_change(change), event, if_changed=False)

    def commit_if_changed(self, change: AnyChange, event: AuditEvent) -> bool:
        """Do the same, but nothing at all if *change* finds nothing to change; tell whether it did.

        Raises:
            UnavailableError: as :meth:`write`.
        """
        with self._failures_named():
            return self._commits.commit(own_change(change), event, if_changed=True)

    def leave(self) -> None:
        """Close this thread's connection: for threads that end before their process does."""
        self._let_go()

    def close(self) -> None:
        """Close this thread's connections: a process that forks must not share them."""
        self._let_go()
        self._commits.close()
        self.engine.dispose()

    def _commits_with(self, lanes: AuditLanes) -> Commits:
        if self._path:
            return SharedCommits(self.engine, self._path, lanes, self._connected)
        separate = SingleStatementCommits if self.engine.dialect.name == "postgresql" else SeparateCommits
        return separate(self.engine, self._connection, lanes)

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
        if self._held.connection is not None and self._held.is_lost():
            # Restarted, or failed over: nothing was asked yet, so nothing is lost by asking on another connection.
            self._let_go()
        if self._held.connection is None:
            # Kept by the thread: to check one out for each call would cost a tenth of it.
            self._held.connection, self._held.file = self._connected(), file
            self._held.is_lost = hung_up(self.engine, self._held.connection)
        try:
            yield self._held.connection
        except self._driver_error:
            self._let_go()
            self._attempts.doubt()
            raise

    def _connected(self) -> PoolProxiedConnection:
        with self._attempts.attempt():
            connection = self.engine.raw_connection()
            try:
                self._require_admission(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    def _require_admission(self, connection: PoolProxiedConnection) -> None:
        """Return if the database is the right one.

        Raises:
            UnavailableError: it is not: whoever serves waits until it is.
        """
        if self.admit is None:
            return
        try:
            self.admit(Session(self.engine, connection))
        except ValidateError as error:
            raise UnavailableError(f"this database cannot be served: {error}") from error
        self.admit = None

    def _let_go(self) -> None:
        connection, self._held.connection = self._held.connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
