"""Whatever somebody does to the audit trail behind the service's back, the verification finds it and names the lane."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click.testing
import pytest

from tests.product import Product, create_product
from tests.world import FakeClock, fake_world
from validate_service.bootstrap import open_installation
from validate_service.cli.main import main
from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.errors import ConflictError, UnavailableError
from validate_service.storage.tables import audit_events

COLUMNS = [column.name for column in audit_events.columns if column.name != "id"]
"""All but the row's number, which carries nothing and only orders what a search shows."""

NEW_VALUES: list[object] = [0, -1, 2**62, "", "forged", b"", b"forged", b"\x00" * 32]


@pytest.fixture
def product(tmp_path: Path, clock: FakeClock) -> Iterator[Product]:
    """A product with two lanes of several events each."""
    product = create_product(tmp_path, fake_world(clock))
    another_process = create_again(product)
    product.add_user("alice")
    with product.installation.database.read() as session:
        held = product.installation.lanes.take(session)
    another_process.add_user("bob")
    another_process.add_device("bob", "H1")
    product.installation.lanes.give_back(held)
    product.add_device("alice", "H2")
    product.core.otp.verify(product.call("alice"), "000000")
    product.installation.database.close()
    another_process.installation.database.close()
    yield product
    product.installation.database.close()


def create_again(product: Product) -> Product:

    return Product(product.settings, open_installation(product.settings), product.api_key, product.tenant)


def database_file(product: Product) -> Path:
    return product.settings.data_dir / "validate_service.sqlite3"


def tamper(product: Product, sql: str, *parameters: object) -> None:
    product.installation.database.close()
    with sqlite3.connect(database_file(product)) as connection:
        connection.execute(sql, parameters)
    connection.close()


def lanes(product: Product) -> list[str]:
    with sqlite3.connect(database_file(product)) as connection:
        found = connection.execute("SELECT lane FROM audit_events GROUP BY lane ORDER BY count(*)").fetchall()
    connection.close()
    return [lane for (lane,) in found]


def verify(product: Product) -> click.testing.Result:
    """Run the operator's command."""
    environment = {"VALIDATE_SERVICE_DATA_DIR": str(product.settings.data_dir)}
    return click.testing.CliRunner(env=environment).invoke(main, ["audit", "verify"])


def assert_found(product: Product, *named: str) -> None:
    result = verify(product)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    for lane in named:
        assert lane in result.output


def test_an_untouched_trail_is_verified(product: Product) -> None:
    """Exit code 0, with the number of events and lanes."""
    result = verify(product)
    assert result.exit_code == 0
    assert result.output == f"{len(product.audit())} events in 2 lanes: unchanged.\n"


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("place", ["min", "max"])
def test_an_edit_of_any_column_is_found(product: Product, column: str, place: str) -> None:
    """Of the first and the last row of a lane, with values of every type that SQLite lets in."""
    lane = lanes(product)[-1]
    where = f"lane = ? AND seq = (SELECT {place}(seq) FROM audit_events WHERE lane = ?)"
    with sqlite3.connect(database_file(product)) as connection:
        ((row, before),) = connection.execute(f"SELECT id, {column} FROM audit_events WHERE {where}", (lane, lane))
    connection.close()
    for value in NEW_VALUES:
        tamper(product, f"UPDATE audit_events SET {column} = ? WHERE id = ?", value, row)
        with sqlite3.connect(database_file(product)) as connection:
            ((now,),) = connection.execute(f"SELECT {column} FROM audit_events WHERE id = ?", (row,))
        connection.close()
        if now == before:
            continue
        assert_found(product, lane)
    tamper(product, f"UPDATE audit_events SET {column} = ? WHERE id = ?", before, row)
    assert verify(product).exit_code == 0


@pytest.mark.parametrize("place", ["min(seq)", "max(seq)", "2"])
def test_a_deleted_row_is_found_wherever_it_stood(product: Product, place: str) -> None:
    """The first, the last, one in the middle."""
    for lane in lanes(product):
        chosen = f"SELECT {place} FROM audit_events WHERE lane = ?"
        tamper(product, f"DELETE FROM audit_events WHERE lane = ? AND seq = ({chosen})", lane, lane)
        assert_found(product, lane)


def test_a_deleted_lane_is_found(product: Product) -> None:
    """Its note remains, and names it."""
    lane = lanes(product)[0]
    tamper(product, "DELETE FROM audit_events WHERE lane = ?", lane)
    assert_found(product, lane)


def test_an_emptied_trail_is_found(product: Product) -> None:
    """Every lane is named."""
    both = lanes(product)
    tamper(product, "DELETE FROM audit_events")
    assert_found(product, *both)


@pytest.mark.parametrize("lane", ["own", "new", b"new"])
@pytest.mark.parametrize("seq", [0, 1, 999, -1])
def test_an_inserted_row_is_found(product: Product, lane: str | bytes, seq: int) -> None:
    """A copy of a good row, in its own lane, in a new lane, and in one that is no text."""
    target = lanes(product)[-1] if lane == "own" else lane
    others = ", ".join(column for column in COLUMNS if column not in {"lane", "seq"})
    if lane == "own" and seq == 1:
        seq = 1000
    sql = f"INSERT INTO audit_events (lane, seq, {others}) SELECT ?, ?, {others} FROM audit_events LIMIT 1"
    tamper(product, sql, target, seq)
    assert_found(product, target.decode() if isinstance(target, bytes) else target)


def test_swapped_rows_are_found(product: Product) -> None:
    """Two good rows in each other's place."""
    lane = lanes(product)[-1]
    for old, new in ((1, -1), (2, 1), (-1, 2)):
        tamper(product, "UPDATE audit_events SET seq = ? WHERE lane = ? AND seq = ?", new, lane, old)
    assert_found(product, lane)


def test_swapped_lanes_are_found(product: Product) -> None:
    """All rows of one lane under the name of the other."""
    first, second = lanes(product)
    for old, new in ((first, "x"), (second, first), ("x", second)):
        tamper(product, "UPDATE audit_events SET lane = ? WHERE lane = ?", new, old)
    assert_found(product, first, second)


def test_a_row_whose_text_is_no_text_is_not_verified(product: Product) -> None:
    """Bytes that are no UTF-8: whatever is said, it is not that all is well."""
    tamper(product, "UPDATE audit_events SET reason = CAST(X'FF' AS TEXT) WHERE seq = 2")
    assert verify(product).exit_code != 0


def notes(product: Product) -> list[Path]:
    return sorted((product.settings.data_dir / "audit-lanes").iterdir())


@pytest.mark.parametrize("damage", [b"x", b"x" * 39, b"x" * 41, b"x" * 40])
def test_a_damaged_note_is_found_and_not_continued(product: Product, damage: bytes) -> None:
    """The service goes on in another lane and leaves the evidence alone."""
    note = notes(product)[0]
    note.write_bytes(damage)
    assert_found(product, note.name)
    again = create_again(product)
    again.add_user("carol")
    assert note.read_bytes() == damage
    assert_found(product, note.name)
    again.installation.database.close()


@pytest.mark.parametrize("missing", [True, False])
def test_a_lane_whose_note_is_gone_is_told(product: Product, missing: bool) -> None:
    """Deleted or emptied: nobody can tell whether rows are missing at its end, and that is said."""
    note = notes(product)[0]
    if missing:
        note.unlink()
    else:
        note.write_bytes(b"")
    result = verify(product)
    assert result.exit_code == 0
    assert "The ends of 1 lanes are noted on other nodes" in result.stderr
    assert "unchanged" in result.stdout


def test_a_service_goes_on_in_lanes_that_nobody_holds(product: Product) -> None:
    """Two processes at once never share a lane; who comes later continues what was left."""
    first, second, third = [create_again(product) for _ in range(3)]
    with first.installation.database.read() as session:
        held = [one.installation.lanes.take(session) for one in (first, second)]
        count = len(notes(product))
        assert held[0].lane != held[1].lane
        for lane in held:
            lane.close()
        continued = [third.installation.lanes.take(session) for _ in held]
    assert {lane.lane for lane in continued} == {lane.lane for lane in held}
    assert len(notes(product)) == count
    for lane in continued:
        lane.close()
    for one in (first, second, third):
        one.installation.database.close()
    assert verify(product).exit_code == 0


def test_a_rolled_back_event_leaves_no_gap(product: Product) -> None:
    """What was not committed was never there."""
    for number in range(3):
        with pytest.raises(ConflictError):
            product.add_user("alice")
        product.add_user(f"user{number}")
        with pytest.raises(ConflictError):
            record_and_fail(product)
    assert verify(product).exit_code == 0


def record_and_fail(product: Product) -> None:
    with product.installation.database.write() as transaction:
        transaction.record(AuditEvent(EventName.USER_ADD, "done", product.operator("x"), 1))
        transaction.record(AuditEvent(EventName.USER_ADD, "done", product.operator("y"), 1))
        raise ConflictError("on purpose")


def test_a_commit_whose_note_was_not_written_is_continued(product: Product) -> None:
    """A process that dies between commit and note leaves rows behind the note: the next one walks to the end."""
    note = max(notes(product), key=lambda path: path.read_bytes()[:8])
    before = note.read_bytes()
    again = create_again(product)
    again.add_user("carol")
    again.add_user("dave")
    again.installation.database.close()
    changed = next(path for path in notes(product) if path.name == note.name or path.read_bytes() != before)
    assert changed
    note.write_bytes(before)
    assert verify(product).exit_code == 0
    third = create_again(product)
    third.add_user("erin")
    third.installation.database.close()
    assert verify(product).exit_code == 0


def test_without_the_table_of_events_nothing_is_accepted(product: Product) -> None:
    """A call that cannot be recorded is refused, and spends nothing."""
    code = product.next_code("H2")
    tamper(product, "ALTER TABLE audit_events RENAME TO elsewhere")
    with pytest.raises(UnavailableError):
        product.core.otp.verify(product.call("alice"), code)
    tamper(product, "ALTER TABLE elsewhere RENAME TO audit_events")
    assert product.core.otp.verify(product.call("alice"), code).accepted
    assert verify(product).exit_code == 0


def test_without_a_folder_for_the_notes_nothing_is_accepted(product: Product) -> None:
    """A file stands where the folder should be, also for root; when it is gone the same code is good."""
    folder, aside = product.settings.data_dir / "audit-lanes", product.settings.data_dir / "aside"
    code = product.next_code("H2")
    folder.rename(aside)
    folder.write_text("in the way")
    again = create_again(product)
    with pytest.raises(UnavailableError):
        again.core.otp.verify(product.call("alice"), code)
    folder.unlink()
    aside.rename(folder)
    assert again.core.otp.verify(product.call("alice"), code).accepted
    again.installation.database.close()
    assert verify(product).exit_code == 0
