"""Retention: old rows go from the start of their lane only, and nobody but the service can make that look so."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, insert, select, update

from tests.product import Product
from tests.server.service import findings
from tests.world import FakeClock, fake_world
from validate_service.bootstrap import open_installation
from validate_service.core import retention
from validate_service.core.audit import AuditEvent, BrokenLaneError, EventName
from validate_service.core.errors import MalformedRequestError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.ports import Ended, LanePrefix, Session
from validate_service.core.retention import EVENTS, RetentionDesk
from validate_service.storage import tables
from validate_service.storage.audit_lanes import LaneEnd, as_kept
from validate_service.storage.audit_retention import RetentionTable
from validate_service.storage.tables import audit_events, audit_lane_starts

DAY_S = 24 * 3600
OLD = 14
"""How many events of ``aged`` are old, those of its making included; they are the first of its lane."""

PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)


def record(product: Product, count: int) -> None:
    """Record so many events at once, which all go into one lane."""
    at = product.core.retention_desk.clock.now()
    with product.installation.database.write() as transaction:
        for _ in range(count):
            transaction.record(AuditEvent(EventName.USER_FIND, "done", product.operator("alice"), at))


def prune(product: Product, days: int = 30) -> Counter[str]:
    """Delete what is older; return how many rows of each kind were deleted, and how many findings there were."""
    rows = Counter[str]()
    for batch in product.core.retention_desk.prune(product.operator(), days):
        rows[batch.kind] += batch.rows
        rows["findings"] += bool(batch.finding)
    return +rows


def another_process(product: Product, clock: FakeClock) -> Product:
    """Return the same installation, as a second process has it open."""
    installation = open_installation(product.settings, fake_world(clock))
    return Product(product.settings, installation, product.api_key, product.tenant)


def tamper(product: Product, statement: Any, **parameters: object) -> None:
    with product.installation.database.engine.begin() as connection:
        connection.execute(statement, parameters)


def all_rows(product: Product, table: Table) -> list[dict[str, Any]]:
    with product.installation.database.engine.begin() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


@pytest.fixture
def aged(product: Product, clock: FakeClock) -> Product:
    """A product with ten old events and ten new ones in one lane."""
    product.add_user("alice")
    record(product, 10)
    clock.advance(40 * DAY_S)
    record(product, 10)
    return product


def test_what_is_old_goes_and_what_is_left_verifies(aged: Product) -> None:
    """The pruning is an event of its own; done again, it finds nothing."""
    events = len(aged.audit())
    assert prune(aged) == {EVENTS: OLD}
    assert len(aged.audit()) == events - OLD + 1
    assert aged.last_event()["event"] == "audit:prune"
    assert aged.last_event()["device"] == "older than 30 days"
    assert findings(aged) == []
    assert prune(aged) == {}
    record(aged, 1)
    assert findings(aged) == []


def test_nothing_younger_than_a_day_is_asked_for(product: Product) -> None:
    """Zero days, or fewer, are refused before anything is recorded."""
    before = len(product.audit())
    for days in (0, -1):
        with pytest.raises(MalformedRequestError):
            prune(product, days)
    assert len(product.audit()) == before


def test_a_lane_is_cut_at_its_first_young_row(aged: Product, clock: FakeClock) -> None:
    """An old row behind a young one stays until that is old, too."""
    now = clock.instant
    clock.instant = now - 40 * DAY_S * MICROSECONDS
    record(aged, 5)
    clock.instant = now
    assert prune(aged) == {EVENTS: OLD}
    assert findings(aged) == []
    clock.advance(31 * DAY_S)
    assert prune(aged) == {EVENTS: 16}


@pytest.fixture
def emptied(aged: Product, clock: FakeClock) -> Iterator[tuple[Product, Product]]:
    """The same, and a second process of it, whose lane has no row left."""
    with aged.installation.database.read() as session:
        held = aged.installation.lanes.take(session)
        second = another_process(aged, clock)
        record(second, 5)
        aged.installation.lanes.give_back(held)
    clock.advance(20 * DAY_S)
    record(aged, 1)
    clock.advance(20 * DAY_S)
    assert prune(aged) == {EVENTS: OLD + 15}
    yield aged, second
    second.installation.database.close()


def empty_lane(product: Product) -> str:
    """Return the name of the one lane that has no row left."""
    started, left = ({row["lane"] for row in all_rows(product, table)} for table in (audit_lane_starts, audit_events))
    (lane,) = started - left
    return str(lane)


def let_go(product: Product) -> None:
    """Let others have the lane of this process."""
    with product.installation.database.read() as session:
        product.installation.lanes.take(session).close()


def test_a_lane_without_rows_verifies_and_its_process_writes_on(emptied: tuple[Product, Product]) -> None:
    """It was not noticed by the one who holds the lane."""
    aged, second = emptied
    assert findings(aged) == []
    record(second, 2)
    assert findings(aged) == []
    assert len(aged.installation.lanes.ends()) == 2


@pytest.mark.parametrize("note", ["whole", "older", "empty"])
def test_a_lane_without_rows_is_taken_over(emptied: tuple[Product, Product], clock: FakeClock, note: str) -> None:
    """Also where its last process died before it noted the rows that were pruned since: there is no third lane."""
    aged, second = emptied
    let_go(second)
    path = aged.settings.data_dir / "audit-lanes" / empty_lane(aged)
    path.write_bytes({"whole": path.read_bytes(), "older": (2).to_bytes(8, "big") + bytes(32), "empty": b""}[note])
    third = another_process(aged, clock)
    record(third, 2)
    third.installation.database.close()
    assert len(aged.installation.lanes.ends()) == 2
    assert findings(aged) == []


def test_rows_that_are_missing_behind_the_start_show(emptied: tuple[Product, Product], clock: FakeClock) -> None:
    """A note that tells of more rows than were pruned: somebody else deleted those, and nobody goes on there."""
    aged, second = emptied
    let_go(second)
    lane = empty_lane(aged)
    (aged.settings.data_dir / "audit-lanes" / lane).write_bytes((6).to_bytes(8, "big") + bytes(32))
    (found,) = findings(aged)
    assert lane in found
    third = another_process(aged, clock)
    record(third, 1)
    third.installation.database.close()
    assert findings(aged) == [found]
    assert len(aged.installation.lanes.ends()) == 3


def test_a_deleted_prefix_shows_without_a_start(aged: Product) -> None:
    """Whoever deletes the oldest rows cannot say that the service did."""
    tamper(aged, delete(audit_events).where(audit_events.c.seq <= 3))
    assert "deleted" in findings(aged)[0]


FORGERIES: dict[str, dict[str, Any]] = {
    "moved on": {"seq": audit_lane_starts.c.seq + 1},
    "moved back": {"seq": audit_lane_starts.c.seq - 1},
    "another mac": {"mac": b"m" * 32},
    "another proof": {"proof": b"p" * 32},
    "an empty proof": {"proof": b""},
    "another lane": {"lane": "0" * 32},
}


def test_a_forged_start_shows_whatever_was_changed(aged: Product) -> None:
    """Number, MAC, proof or lane: the true one proves that rows were pruned, and nothing else does."""
    prune(aged)
    (true,) = all_rows(aged, audit_lane_starts)
    for name, forged in FORGERIES.items():
        tamper(aged, update(audit_lane_starts).values(forged))
        assert findings(aged), name
        tamper(aged, update(audit_lane_starts).values(true))
        assert findings(aged) == []


def test_behind_a_forged_start_nothing_is_pruned(aged: Product, clock: FakeClock) -> None:
    """Who wants to hide what was deleted does not get it tidied up."""
    prune(aged)
    tamper(aged, update(audit_lane_starts).values(proof=b"p" * 32))
    before = len(all_rows(aged, audit_events))
    clock.advance(31 * DAY_S)
    assert prune(aged)["findings"] == 1
    assert len(all_rows(aged, audit_events)) > before


def test_a_start_that_is_deleted_or_put_back_shows(aged: Product, clock: FakeClock) -> None:
    """An older start was once true, and is not any more."""
    prune(aged)
    (older,) = all_rows(aged, audit_lane_starts)
    clock.advance(31 * DAY_S)
    prune(aged)
    (newer,) = all_rows(aged, audit_lane_starts)
    assert newer["seq"] > older["seq"]
    tamper(aged, delete(audit_lane_starts))
    assert findings(aged)
    tamper(aged, insert(audit_lane_starts).values(older))
    assert findings(aged)
    tamper(aged, update(audit_lane_starts).values(newer))
    assert findings(aged) == []


def test_a_row_at_or_below_the_start_shows_and_is_not_tidied_away(aged: Product) -> None:
    """It was inserted: what was there is gone."""
    prune(aged)
    (row, *_) = all_rows(aged, audit_events)
    for seq in (0, 5, OLD):
        tamper(aged, insert(audit_events).values(row | {"seq": seq, "id": row["id"] + 1000}))
        assert "outside its chain" in findings(aged)[0]
        prune(aged)
        assert "outside its chain" in findings(aged)[0]
        tamper(aged, delete(audit_events).where(audit_events.c.seq == seq))
        assert findings(aged) == []


CHANGES: dict[str, Any] = {
    "edited": update(audit_events).where(audit_events.c.seq == 7).values(reason="forged"),
    "deleted": delete(audit_events).where(audit_events.c.seq == 7),
    "dated back": update(audit_events).where(audit_events.c.seq == OLD + 1).values(at=1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_not_pruned(aged: Product, change: str) -> None:
    """The evidence stays, with all that follows it, and the pruning says which lane it is."""
    tamper(aged, CHANGES[change])
    (before,) = findings(aged)
    assert prune(aged)["findings"] == 1
    assert findings(aged) == [before]


def test_what_was_changed_behind_what_is_pruned_still_shows(aged: Product) -> None:
    """Pruning makes nothing good."""
    tamper(aged, update(audit_events).where(audit_events.c.seq == OLD + 1).values(reason="forged"))
    assert prune(aged) == {EVENTS: OLD}
    assert f"row {OLD + 1}:" in findings(aged)[0]


def test_a_pruning_that_stops_in_the_middle_is_gone_on_with(aged: Product) -> None:
    """Each batch is whole."""
    batches = aged.core.retention_desk.prune(aged.operator(), 30)
    assert next(batches).rows == retention.BATCH
    del batches
    assert findings(aged) == []
    assert prune(aged) == {EVENTS: OLD - retention.BATCH}
    assert findings(aged) == []


class Overtaken(RetentionTable):
    """Another pruning, of a batch, comes between each look and its deletion, so many times."""

    def __init__(self, product: Product, times: int) -> None:
        self._others = product.core.retention_desk.prune(product.operator(), 30)
        self._times = times

    def oldest(self, session: Session, audit_key: bytes, lane: str, before: int, most: int) -> LanePrefix:
        found = super().oldest(session, audit_key, lane, before, most)
        if self._times and found.rows:
            self._times -= 1
            next(self._others)
        return found


def test_a_pruning_that_is_overtaken_looks_again(aged: Product) -> None:
    """By another one that begins the lane's start, and by one that moves it: each row is deleted by one of them."""
    desk = aged.core.retention_desk
    overtaken = RetentionDesk(desk.database, Overtaken(aged, 2), desk.keys, desk.clock)
    rows = sum(batch.rows for batch in overtaken.prune(aged.operator(), 30) if batch.kind == EVENTS)
    assert rows == OLD - 2 * retention.BATCH
    assert findings(aged) == []


def test_prunings_at_once_share_the_work(aged: Product, clock: FakeClock) -> None:
    """While others write and verify: each row is deleted once, and nobody sees a broken lane."""
    processes = [another_process(aged, clock) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        prunings = [pool.submit(prune, process) for process in processes]
        writing = [pool.submit(record, aged, 1) for _ in range(20)]
        while not all(work.done() for work in prunings) or not all(work.done() for work in writing):
            assert findings(aged) == []
    assert sum((work.result() for work in prunings), Counter()) == {EVENTS: OLD}
    assert findings(aged) == []
    for process in processes:
        process.installation.database.close()


def test_a_verification_that_a_pruning_overtakes_looks_again(aged: Product) -> None:
    """A lane that is not as its start said is broken only if the start is still the same."""
    audit_key, (row, *_) = aged.installation.keys.current().audit_key, all_rows(aged, audit_events)
    starts = list[int]()

    def read(start: LaneEnd) -> int:
        starts.append(start.seq)
        if len(starts) == 1:
            prune(aged)
        if len(starts) < 4:
            raise BrokenLaneError(f"at {start.seq}")
        return start.seq

    with aged.installation.database.read() as session, pytest.raises(BrokenLaneError, match=f"at {OLD}"):
        as_kept(session, audit_key, row["lane"], read)
    assert starts == [0, OLD]


ENDED: dict[Ended, dict[str, Any]] = {
    Ended.APPROVALS: {
        **dict.fromkeys(("login_to", "address", "message", "match_number"), ""),
        "id": "a",
        "tenant_id": 1,
        "state": "pending",
        "asked_at": 1,
    },
    Ended.AUTH_CODES: {"code_hash": b"h", "issued_at": 1},
    Ended.AUTH_TOKENS: {"token_hash": b"h", "issued_at": 1},
    Ended.ENROLMENTS: {"token_hash": b"h", "issued_at": 1},
    Ended.FIDO_CHALLENGES: {"id": "c", "step": "s", "protocol": "p", "app_id": "a", "challenge": b"c"},
    Ended.PHONE_SESSIONS: {"token_hash": b"h", "device_id": 1, "began_at": 1, "seen_at": 1},
}


def enrol(product: Product) -> None:
    """Add whom things that end belong to."""
    product.add_user("alice")
    product.add_device("alice", "H1")


def end(product: Product, kind: Ended, expires_at: int, **other: object) -> Table:
    """Write a row that ends at an instant; return its table."""
    table = tables.metadata.tables[kind.value]
    row = {"expires_at": expires_at, "changed_at": expires_at, "user_id": 1, "device_id": 1} | ENDED[kind] | other
    tamper(product, insert(table).values({name: row[name] for name in row if name in table.c}))
    return table


@pytest.mark.parametrize(("days", "kept"), [(30, 7), (2, 2)])
def test_what_ended_is_kept_for_a_week_at_most(product: Product, clock: FakeClock, days: int, kept: int) -> None:
    """Or for as long as events, if that is shorter; every kind of it."""
    enrol(product)
    ends = [end(product, kind, clock.instant) for kind in Ended]
    clock.advance(kept * DAY_S)
    prune(product, days)
    assert [len(all_rows(product, table)) for table in ends] == [1] * len(ends)
    clock.advance(1)
    rows = prune(product, days)
    assert [rows[kind.value] for kind in Ended] == [1] * len(ends)
    assert [len(all_rows(product, table)) for table in ends] == [0] * len(ends)


def test_a_push_of_the_version_before_is_not_old(product: Product, clock: FakeClock) -> None:
    """It says nothing of its last change, and may still be answered."""
    enrol(product)
    table = end(product, Ended.APPROVALS, clock.instant + MICROSECONDS, changed_at=0)
    prune(product, 1)
    assert len(all_rows(product, table)) == 1


def test_what_ended_goes_batch_by_batch(product: Product, clock: FakeClock) -> None:
    """The oldest first, until nothing is left."""
    enrol(product)
    for number in range(8):
        end(product, Ended.AUTH_TOKENS, clock.instant - number, token_hash=b"%d" % number)
    clock.advance(8 * DAY_S)
    done = product.core.retention_desk.prune(product.operator(), 30)
    batches = [one.rows for one in done if one.kind == Ended.AUTH_TOKENS]
    assert batches == [3, 3, 2]


PRUNE = [sys.executable, "-m", "validate_service", "audit", "prune", "--older-than", "30"]


def test_a_pruning_that_is_killed_leaves_a_trail_that_verifies(
    product: Product, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a signal that nobody can catch, with thousands of rows to go; the next one deletes them."""
    clock.instant = 1
    record(product, 1_600)
    environment = {"DATA_DIR": str(product.settings.data_dir), "DATABASE_URL": product.settings.database}
    variables = os.environ | {f"VALIDATE_SERVICE_{name}": value for name, value in environment.items()}
    process = subprocess.Popen(PRUNE, env=variables, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while not all_rows(product, audit_lane_starts):
        assert process.poll() is None, process.returncode
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    with product.installation.database.engine.begin() as connection:
        left = connection.execute(select(func.count()).select_from(audit_events)).scalar_one()
    assert 20 < left < 1_600
    assert findings(product) == []
    monkeypatch.setattr(retention, "BATCH", 500)
    clock.instant = time.time_ns() // 1_000
    assert prune(product)[EVENTS] > 0
    assert len(all_rows(product, audit_events)) < 10
    assert findings(product) == []
