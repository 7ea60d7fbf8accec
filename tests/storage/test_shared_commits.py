"""Transactions that share a commit: who writes waits in line, who only records events rides along."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Thread

import pytest

from tests.product import Product
from tests.server.service import Together, findings
from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.errors import ConflictError, UnavailableError
from validate_service.core.model import Profile
from validate_service.storage import shared_commits
from validate_service.storage.engines import sqlite_file
from validate_service.storage.users import UserTable

THREADS, ROUNDS = 12, 10


@pytest.fixture
def database() -> str:
    """Only on SQLite are commits shared."""
    return "sqlite"


def database_file(product: Product) -> Path:
    path = sqlite_file(product.settings.database)
    assert path is not None
    return path


def recorded(product: Product, name: str) -> None:
    """Record an event, and do nothing else."""
    with product.installation.database.write() as transaction:
        transaction.record(AuditEvent(EventName.USER_FIND, name, product.operator(), 1))


def added(product: Product, user: str) -> None:
    """Add a user, and record an event."""
    call = product.operator(user)
    with product.installation.database.write() as transaction:
        UserTable().add(transaction, product.tenant.id, call.user, Profile(), 1)
        transaction.record(AuditEvent(EventName.USER_ADD, "done", call, 1))


@contextmanager
def held_by_another_process(product: Product) -> Iterator[None]:
    """Keep the turn, as another process that writes does."""
    path = database_file(product)
    with path.with_name(path.name + "-turn").open("wb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def test_writers_and_recorders_at_once_lose_nothing(product: Product) -> None:
    """Every third fails in words and leaves nothing; all others are there once, in unbroken lanes."""
    product.add_user("taken")
    before = len(product.audit())
    barrier, refused = Barrier(THREADS), []

    def act(thread: int) -> None:
        for number in range(ROUNDS):
            barrier.wait()
            match thread % 3:
                case 0:
                    recorded(product, f"{thread}-{number}")
                case 1:
                    added(product, f"user-{thread}-{number}")
                case _:
                    try:
                        added(product, "TAKEN")
                    except ConflictError as error:
                        refused.append(error)

    threads = [Thread(target=act, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    third = THREADS // 3 * ROUNDS
    assert len(refused) == third
    assert len(product.core.user_register.listing(product.tenant)) == 1 + third
    assert len(product.audit()) == before + 2 * third
    assert len(product.audit(event="user:find")) == third
    assert findings(product) == []


def test_while_another_process_writes_too_long_nothing_is_recorded(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody is told, recorders and writers; what they were told did not happen does not happen later."""
    monkeypatch.setattr(shared_commits, "BUSY_TIMEOUT_S", 0.5)
    recorded(product, "first")
    with held_by_another_process(product):
        together: Together[None] = Together(lambda name: recorded(product, name), [f"late-{n}" for n in range(6)])
        assert [type(error) for error in together.errors] == [UnavailableError] * 6
        with pytest.raises(UnavailableError):
            added(product, "late")
    recorded(product, "afterwards")
    assert [event["reason"] for event in product.audit(event="user:find")] == ["first", "afterwards"]
    assert product.core.user_register.listing(product.tenant) == []
    assert findings(product) == []


def test_whoever_waits_for_the_turn_is_next(product: Product) -> None:
    """Another process that waits goes first, though the turn is free for the moment: nobody takes turn after turn."""
    recorded(product, "first")
    path = database_file(product)
    with path.with_name(path.name + "-next").open("wb") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        thread = Thread(target=recorded, args=(product, "behind"))
        thread.start()
        thread.join(0.2)
        assert [event["reason"] for event in product.audit(event="user:find")] == ["first"]
    thread.join()
    assert [event["reason"] for event in product.audit(event="user:find")] == ["first", "behind"]


def test_a_commit_that_fails_fails_for_all_its_members(product: Product) -> None:
    """Recorders too; the next commit is made on a new connection."""
    recorded(product, "first")
    with sqlite3.connect(database_file(product)) as other:
        other.execute("ALTER TABLE audit_events RENAME TO hidden")
    together: Together[None] = Together(lambda name: recorded(product, name), [f"lost-{n}" for n in range(6)])
    assert [type(error) for error in together.errors] == [UnavailableError] * 6
    with pytest.raises(UnavailableError):
        added(product, "lost")
    with sqlite3.connect(database_file(product)) as other:
        other.execute("ALTER TABLE hidden RENAME TO audit_events")
    other.close()
    recorded(product, "afterwards")
    assert [event["reason"] for event in product.audit(event="user:find")] == ["first", "afterwards"]
    assert product.core.user_register.listing(product.tenant) == []
    assert findings(product) == []
