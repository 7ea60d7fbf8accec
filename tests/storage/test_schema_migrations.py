"""The schema that the migrations make is the one that the statements are written for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Insert, MetaData, Table, TextClause, inspect, make_url, text

from tests.product import Product
from validate_service.bootstrap import SystemClock, World, assemble, create_installation, open_installation
from validate_service.config import Settings
from validate_service.core.errors import ConflictError, NotFoundError, UnavailableError
from validate_service.storage import schema
from validate_service.storage.sessions import Statement
from validate_service.storage.tables import SCHEMA_REVISION, metadata


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation that is still to be made."""
    return Settings(data_dir=tmp_path / "data", database_url=database_url)


@pytest.fixture
def empty(settings: Settings) -> Iterator[Engine]:
    """An engine on an empty database."""
    schema.create_file(settings.database)
    engine = assemble(settings, World(SystemClock())).database.engine
    yield engine
    engine.dispose()


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_an_upgrade_from_nothing_makes_exactly_the_tables_that_the_code_knows(empty: Engine) -> None:
    """Tables, columns, types, indexes and constraints, as alembic compares them."""
    assert differences(empty) != []
    schema.upgrade(empty)
    assert differences(empty) == []


def test_a_downgrade_leaves_nothing_and_an_upgrade_brings_all_back(empty: Engine) -> None:
    """Every migration can be undone."""
    schema.upgrade(empty)
    with empty.begin() as connection:
        command.downgrade(schema.alembic_config(connection), "base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
    schema.upgrade(empty)
    assert differences(empty) == []


def test_the_code_needs_the_newest_migration(empty: Engine) -> None:
    """The constant that is checked at every start is alembic's head, and there is one head."""
    with empty.connect() as connection:
        heads = ScriptDirectory.from_config(schema.alembic_config(connection)).get_heads()
    assert heads == [SCHEMA_REVISION]


def test_an_upgrade_of_what_is_current_changes_nothing(product: Product) -> None:
    """It may be run at any time."""
    before = len(product.audit())
    schema.upgrade(product.installation.database.engine)
    assert len(product.audit()) == before
    assert product.core.tenant_register.get("default") == product.tenant


def test_another_schema_is_refused_with_what_to_do(product: Product) -> None:
    """Neither older nor newer tables are written to."""
    with product.installation.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConflictError, match=f"schema 9999, this version needs {SCHEMA_REVISION}: run"):
        open_installation(product.settings)


def test_a_schema_that_nobody_knows_is_not_upgraded(product: Product) -> None:
    """A database of a newer version is left as it is."""
    engine = product.installation.database.engine
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConflictError, match="9999"):
        schema.upgrade(engine)


def test_a_missing_database_is_unavailable_and_not_made(settings: Settings) -> None:
    """Only init makes one: a wrong path must not become an empty installation."""
    url = make_url(settings.database)
    settings = replace(settings, database_url=str(url.set(database=f"{url.database}_missing")))
    with pytest.raises(UnavailableError):
        open_installation(settings)
    engine = assemble(settings, World(SystemClock())).database.engine
    with pytest.raises(UnavailableError):
        schema.upgrade(engine)
    assert not settings.data_dir.exists()


def test_a_schema_without_an_installation_says_so(empty: Engine, settings: Settings) -> None:
    """Tables alone are not initialised."""
    schema.upgrade(empty)
    with pytest.raises(NotFoundError, match="run `validate-service init`"):
        open_installation(settings)


def test_an_installation_can_be_completed_again_and_again(settings: Settings) -> None:
    """Making it twice keeps ring and data."""
    first = create_installation(settings)
    ring = first.keys.current()
    second = create_installation(settings)
    assert second.keys.current().root == ring.root
    with second.database.read() as session:
        assert schema.remembered_ring(session) == ring.fingerprint
    first.database.close()
    second.database.close()


def test_a_statement_is_compiled_once_for_each_kind_of_database(empty: Engine) -> None:
    """Compiling costs more than running."""
    statement = Statement(metadata.tables["tenants"].select())
    assert statement.on(empty) is statement.on(empty)


RELEASED = ("0001", "0002", "0003", "0004", "0005")
"""Schemas of versions that somebody may have installed."""

Rows: TypeAlias = dict[str, list[tuple[object, ...]]]


def fill(connection: Connection) -> MetaData:
    """Put two rows into every table that there is; return the tables."""
    found = MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        if table.name != "alembic_version":
            connection.execute(table.insert(), [some_row(table, number) for number in (1, 2)])
    return found


def some_row(table: Table, number: int) -> dict[str, object]:
    """Return a row that differs from those with other numbers; it belongs to the rows of its number elsewhere."""
    return {
        column.name: column.type.python_type(number) if column.type.python_type is not bytes else bytes([number])
        for column in table.columns
    }


def rows_of(connection: Connection, tables: MetaData) -> Rows:
    """Return what stands in the columns of *tables*."""
    return {
        table.name: [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key.columns))]
        for table in tables.sorted_tables
        if table.name != "alembic_version"
    }


@pytest.mark.parametrize("revision", RELEASED)
def test_an_upgrade_keeps_every_row_of_every_table(empty: Engine, revision: str) -> None:
    """From whichever version, in every column that there was."""
    schema.upgrade(empty, revision)
    with empty.begin() as connection:
        tables = fill(connection)
        before = rows_of(connection, tables)
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert rows_of(connection, tables) == before
    assert all(len(rows) == 2 for rows in before.values())


FIRST_TENANT = text("INSERT INTO tenants (id, uid, name, settings, created_at) VALUES (1, 'u', 'default', '{}', 1)")


def first_key(uid: str) -> TextClause:
    """Return how the first release adds an API key."""
    columns, values = "tenant_id, uid, name, key_hash, created_at", "1, :uid, 'old', :hash, 1"
    return text(f"INSERT INTO api_keys ({columns}) VALUES ({values})").bindparams(uid=uid, hash=uid.encode())


def first_user(name: str) -> TextClause:
    """Return how the first release adds a user."""
    columns = "tenant_id, domain, username, domain_key, username_key, enabled, pin_must_change, failed_at, created_at"
    values = "1, '', :name, '', :name, true, false, 0, 1"
    return text(f"INSERT INTO users ({columns}) VALUES ({values})").bindparams(name=name)


def first_device(serial: str, user_id: int | None = 1) -> Insert:
    """Return how the release with the second schema adds a token."""
    # Not as text: some of these names are words of one SQL or another.
    return (
        metadata.tables["devices"]
        .insert()
        .values(tenant_id=1, user_id=user_id, serial=serial, serial_key=serial, kind="hotp", enabled=True)
        .values(sealed_seed=b"seal", key_id=7, digits=6, algorithm="sha1", period=30, window=10, last_spent=41)
        .values(drift=0, failures=3, failed_at=5, created_at=1, last_used_at=2)
    )


def test_an_upgrade_from_the_first_release_keeps_every_row_and_lets_the_old_version_write(empty: Engine) -> None:
    """Every new column has a default: keys may do what they could, users have no set, and both can still be added."""
    schema.upgrade(empty, "0001")
    with empty.begin() as connection:
        for statement in (FIRST_TENANT, first_key("01"), first_user("before")):
            connection.execute(statement)
    schema.upgrade(empty)
    with empty.begin() as connection:
        for statement in (first_key("02"), first_user("after")):
            connection.execute(statement)
        scopes = connection.exec_driver_sql("SELECT scopes, last_used_at FROM api_keys").fetchall()
        users = connection.exec_driver_sql("SELECT username, email, language, roles, auth_set_id FROM users").fetchall()
    assert [tuple(row) for row in scopes] == [("validate encrypt decrypt", None)] * 2
    assert [tuple(row) for row in users] == [("before", "", "en", "user", None), ("after", "", "en", "user", None)]


def test_an_upgrade_rebuilds_the_devices_and_loses_nothing_of_them(empty: Engine) -> None:
    """Counters, failures and seals stay; the version before goes on adding; what is nobody's goes on the way back."""
    schema.upgrade(empty, "0002")
    with empty.begin() as connection:
        for statement in (FIRST_TENANT, first_user("alice"), first_device("before")):
            connection.execute(statement)
        before = connection.exec_driver_sql("SELECT * FROM devices").mappings().one()
    schema.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(first_device("after"))
        connection.execute(first_device("stock", user_id=None))
        rows = connection.exec_driver_sql("SELECT * FROM devices ORDER BY id").mappings().all()
        assert {name: rows[0][name] for name in before} == dict(before)
        assert [(row["activated"], row["hardware"], row["holder_hash"]) for row in rows] == [(1, 0, None)] * 3
        command.downgrade(schema.alembic_config(connection), "0002")
        left = connection.exec_driver_sql("SELECT serial FROM devices ORDER BY id").fetchall()
    assert [tuple(row) for row in left] == [("before",), ("after",)]
    assert differences(empty) != []
