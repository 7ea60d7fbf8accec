"""Products on every kind of database that is served: another kind is one more entry."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.mariadb import MariaServer, mariadb_server
from tests.postgresql import PostgresServer, postgres_server
from tests.product import Product, copied_product, create_product
from tests.world import FakeClock, fake_world

Server: TypeAlias = MariaServer | PostgresServer

DATABASES = ("mariadb", "postgresql", "sqlite")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaServer]:
    """A MariaDB server that all tests share."""
    with mariadb_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server that all tests share."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    return str(request.param)


@pytest.fixture
def server(request: pytest.FixtureRequest, database: str) -> Server | None:
    """What serves the database; nothing serves SQLite."""
    found: Server | None = None if database == "sqlite" else request.getfixturevalue(database)
    return found


@pytest.fixture
def database_url(server: Server | None, tmp_path: Path) -> str:
    """The URL of an empty database."""
    return f"sqlite:///{tmp_path / 'tested.sqlite3'}" if server is None else server.new_database()


@pytest.fixture(scope="session")
def originals() -> dict[str, Product]:
    """A product as it is after its installation, on each kind of database that was asked for."""
    return {}


@pytest.fixture
def original(
    originals: dict[str, Product],
    database: str,
    server: Server | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Product:
    """A product on this kind of database, to be copied."""
    if database not in originals:
        url = "" if server is None else server.new_database()
        originals[database] = create_product(tmp_path_factory.mktemp("new"), fake_world(FakeClock()), database_url=url)
        originals[database].installation.database.close()
    return originals[database]


@pytest.fixture
def product(original: Product, server: Server | None, tmp_path: Path, clock: FakeClock) -> Iterator[Product]:
    """A product in process on each kind of database."""
    url = "" if server is None else server.copy_of(original.settings.database)
    product = copied_product(original, tmp_path, fake_world(clock), database_url=url)
    yield product
    product.installation.database.close()
