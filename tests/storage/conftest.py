"""Products on every kind of database that is tested: another kind is one more entry."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.product import Product, create_product
from tests.world import FakeClock, fake_world

DATABASES: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite:///{folder / 'tested.sqlite3'}"}


@pytest.fixture(params=sorted(DATABASES))
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    return DATABASES[request.param](tmp_path)


@pytest.fixture
def product(database_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Product]:
    """A product in process on each kind of database."""
    product = create_product(tmp_path, fake_world(clock), database_url=database_url)
    yield product
    product.installation.database.close()
