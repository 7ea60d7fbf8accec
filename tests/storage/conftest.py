"""Products on every kind of database that is served: another kind is one more entry."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import PostgresServer, postgres_server
from tests.product import Product, create_product
from tests.world import FakeClock, fake_world

DATABASES = ("postgresql", "sqlite")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server that all tests share."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tested.sqlite3'}"
    server: PostgresServer = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def product(database_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Product]:
    """A product in process on each kind of database."""
    product = create_product(tmp_path, fake_world(clock), database_url=database_url)
    yield product
    product.installation.database.close()
