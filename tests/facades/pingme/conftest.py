"""Alice, and the page of her phone without its browser."""

import pytest

from tests.facades.pingme.phone_page import PhonePage
from tests.product import Product


@pytest.fixture
def product(reachable_product: Product) -> Product:
    """A product in process that knows its address, with a user."""
    return reachable_product


@pytest.fixture
def stranger(product: Product) -> PhonePage:
    """The page in a browser that is no phone of anybody."""
    return PhonePage.of(product)


@pytest.fixture
def page(stranger: PhonePage) -> PhonePage:
    """The page of alice's phone, which was let in."""
    stranger.enrol(stranger.link())
    return stranger
