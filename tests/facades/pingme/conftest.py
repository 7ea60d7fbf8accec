"""Alice, and the page of her phone without its browser."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.facades.pingme.phone_page import PhonePage
from tests.primitives.software_phone import URL
from tests.product import Product, copied_product
from tests.world import FakeClock, FakeCourier, fake_world


@pytest.fixture
def product(new_product: Product, tmp_path: Path, clock: FakeClock, courier: FakeCourier) -> Iterator[Product]:
    """A product in process that knows its address, with a user."""
    reachable = replace(new_product, settings=replace(new_product.settings, public_url=URL))
    product = copied_product(reachable, tmp_path, fake_world(clock, courier))
    product.add_user("alice")
    yield product
    product.installation.database.close()


@pytest.fixture
def stranger(product: Product) -> PhonePage:
    """The page in a browser that is no phone of anybody."""
    return PhonePage.of(product)


@pytest.fixture
def page(stranger: PhonePage) -> PhonePage:
    """The page of alice's phone, which was let in."""
    stranger.enrol(stranger.link())
    return stranger
