"""Somebody else at the worst moment, and an outside that fails: wrapped around what a service stands on."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import NoReturn

from validate_service.core.audit import AuditEvent
from validate_service.core.errors import UnavailableError
from validate_service.core.ports import Change, Database, Session, Transaction
from validate_service.storage.sessions import Session as StoredSession
from validate_service.storage.sessions import Statement, own, own_change


@dataclass
class InterruptedDatabase:
    """A database on which somebody else commits between what a call has read and what it writes.

    Attributes:
        database: The database.
        between: What somebody else does, as often as *times* says.
        times: Transactions before which it is done.
    """

    database: Database
    between: Callable[[], object]
    times: int = 1

    def read(self) -> AbstractContextManager[Session]:
        return self.database.read()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self._interrupt()
        with self.database.write() as transaction:
            yield transaction

    def commit(self, change: Change, event: AuditEvent) -> None:
        self._interrupt()
        self.database.commit(change, event)

    def commit_if_changed(self, change: Change, event: AuditEvent) -> bool:
        self._interrupt()
        return self.database.commit_if_changed(change, event)

    def _interrupt(self) -> None:
        if self.times:
            self.times -= 1
            self.between()


@dataclass
class UnauditableDatabase:
    """A database whose audit trail cannot be written."""

    database: Database

    def read(self) -> AbstractContextManager[Session]:
        return self.database.read()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with self.database.write() as transaction:
            transaction.record = _refuse  # type: ignore[method-assign]
            yield transaction

    def commit(self, change: Change, event: AuditEvent) -> NoReturn:
        with self.write() as transaction:
            own(transaction).make(own_change(change))
            transaction.record(event)
        raise AssertionError("the event was not refused")

    def commit_if_changed(self, change: Change, event: AuditEvent) -> NoReturn:
        self.commit(change, event)


class SilentDatabase:
    """A database that does not answer."""

    def read(self) -> NoReturn:
        raise UnavailableError("the database does not answer")

    def write(self) -> NoReturn:
        raise UnavailableError("the database does not answer")

    def commit(self, change: Change, event: AuditEvent) -> NoReturn:
        raise UnavailableError("the database does not answer")

    def commit_if_changed(self, change: Change, event: AuditEvent) -> NoReturn:
        raise UnavailableError("the database does not answer")


def _refuse(event: AuditEvent) -> NoReturn:
    raise UnavailableError(f"no audit lane for {event.name}")


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """Collect the SQL of every statement that runs inside the block."""
    texts: list[str] = []
    run = StoredSession._run

    def recorded(session: StoredSession, statement: Statement, parameters: dict[str, object]) -> None:
        texts.append(str(statement.core))
        run(session, statement, parameters)

    StoredSession._run = recorded  # type: ignore[assignment,method-assign]
    try:
        yield texts
    finally:
        StoredSession._run = run  # type: ignore[method-assign]
