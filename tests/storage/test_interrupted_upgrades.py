"""An upgrade that is interrupted, or that others are in the way of, is whole when it is run again or they are gone."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import alembic.op
import pytest
from sqlalchemy import Engine, inspect, text

from tests.server.service import until
from validate_service.bootstrap import SystemClock, World, assemble
from validate_service.config import Settings
from validate_service.storage import schema
from validate_service.storage.tables import SCHEMA_REVISION

WHOLE = pytest.mark.parametrize("database", ["postgresql", "sqlite"], indirect=True)
"""Where a migration is whole or not at all."""

REVISION = text("SELECT version_num FROM alembic_version")


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database with an old schema."""
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url)
    schema.create_file(settings.database)
    engine = assemble(settings, World(SystemClock())).database.engine
    schema.upgrade(engine, "0003")
    yield engine
    engine.dispose()


def revision(engine: Engine) -> object:
    with engine.connect() as connection:
        return connection.execute(REVISION).scalar_one()


@WHOLE
def test_an_upgrade_that_is_interrupted_can_be_run_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a migration had done before it was interrupted is undone."""
    before = inspect(engine).get_columns("tenants")
    adding, added = alembic.op.add_column, list[str]()

    def add_some(table: str, *column: Any, **options: Any) -> None:
        if len(added) == 2:
            raise KeyboardInterrupt
        adding(table, *column, **options)
        added.append(table)

    with monkeypatch.context() as patch:
        patch.setattr(alembic.op, "add_column", add_some)
        with pytest.raises(KeyboardInterrupt):
            schema.upgrade(engine)
    assert added == ["tenants", "users"]
    assert [column["name"] for column in inspect(engine).get_columns("tenants")] == [one["name"] for one in before]
    assert revision(engine) == "0003"
    schema.upgrade(engine)
    assert revision(engine) == SCHEMA_REVISION


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_upgrade_waits_for_who_uses_a_table_and_lets_others_through(engine: Engine) -> None:
    """Calls are held up by a waiting migration for less than their time limit, again and again, until it comes in."""
    upgrading = Thread(target=schema.upgrade, args=(engine,))
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE%' AND wait_event_type = 'Lock'")
    with engine.connect() as other, other.execution_options(isolation_level="READ COMMITTED").begin():
        other.execute(text("SELECT count(*) FROM users"))
        upgrading.start()
        with engine.connect() as call:
            until(lambda: call.execute(waiting).scalar_one() == 1)
            # It would wait for ever behind a migration that does.
            call.execute(text("SET statement_timeout = '20s'"))
            assert call.execute(text("SELECT count(*) FROM users")).scalar_one() == 0
    upgrading.join()
    assert revision(engine) == SCHEMA_REVISION
