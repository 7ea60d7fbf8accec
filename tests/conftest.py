"""Fixtures that several folders share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product import Product, create_product
from tests.world import FakeClock, fake_world


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until a test moves it."""
    return FakeClock()


@pytest.fixture
def product(tmp_path: Path, clock: FakeClock) -> Iterator[Product]:
    """A product in process, on SQLite, at a time that the test decides."""
    product = create_product(tmp_path, fake_world(clock))
    yield product
    product.installation.database.close()
