"""A service that tests share if they leave it as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product import Product, create_product
from tests.server.rounds import LONG_VARIABLE
from tests.server.service import Service, served


@pytest.fixture(autouse=True)
def without_test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server refuses settings that it does not know, the tests' own among them."""
    monkeypatch.delenv(LONG_VARIABLE, raising=False)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service for tests that only call it; every test brings its own users."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(LONG_VARIABLE, raising=False)
        product = create_product(tmp_path_factory.mktemp("service"))
        with served(product) as service:
            yield service
    product.installation.database.close()


@pytest.fixture
def own_product(tmp_path: Path) -> Iterator[Product]:
    """A product of the test's own, at the time of day."""
    product = create_product(tmp_path)
    yield product
    product.installation.database.close()
