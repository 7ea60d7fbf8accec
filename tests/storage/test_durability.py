"""A database that may forget what it has committed is told of, by its settings."""

from collections.abc import Iterator

import pytest

from tests.mariadb import mariadb_server
from tests.postgresql import postgres_server
from tests.product import Product
from validate_service.storage.database import Database
from validate_service.storage.durability import careless_settings

CARELESS = {
    "mariadb": ["innodb_doublewrite = off", "innodb_flush_log_at_trx_commit = 0"],
    "postgresql": ["fsync = off", "full_page_writes = off"],
    "sqlite": [],
}
"""What the tests' own servers are told, to be quick; our own SQLite connections are always careful."""


def test_careless_settings_are_named(product: Product, database: str) -> None:
    """Each that could lose an answered call."""
    with product.installation.database.read() as session:
        assert careless_settings(session, database) == CARELESS[database]


@pytest.fixture(params=["mariadb", "postgresql"])
def durable(request: pytest.FixtureRequest, original: Product) -> Iterator[Database]:
    """A database on a server with the settings that it comes with."""
    begin = mariadb_server if request.param == "mariadb" else postgres_server
    with begin(durable=True) as server:
        database = Database(server.new_database(), original.installation.lanes)
        yield database
        database.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_servers_are_durable_as_they_come(durable: Database) -> None:
    """Nobody needs to change a setting, and nobody is warned for nothing."""
    with durable.read() as session:
        assert careless_settings(session, durable.kind) == []
