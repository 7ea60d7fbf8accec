"""A client of a fresh product."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.facades.rest.client import PUBLIC_URL, RestClient
from tests.product import Product, copied_product
from tests.world import FakeClock, FakeCourier, fake_world
from validate_service.core.messages import Channel


@pytest.fixture
def rest(new_product: Product, tmp_path: Path, clock: FakeClock) -> Iterator[RestClient]:
    """The restservice.svc of a product that knows its own address and whose messages are kept."""
    courier = FakeCourier({Channel.EMAIL})
    original = replace(new_product, settings=replace(new_product.settings, public_url=PUBLIC_URL))
    product = copied_product(original, tmp_path, fake_world(clock, courier))
    yield RestClient(product, courier)
    product.installation.database.close()
