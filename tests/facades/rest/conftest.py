"""A client of a fresh product."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.facades.rest.client import PUBLIC_URL, Post, RestClient
from tests.product import Product, copied_product
from tests.world import FakeClock, fake_world


@pytest.fixture
def rest(new_product: Product, tmp_path: Path, clock: FakeClock) -> Iterator[RestClient]:
    """The restservice.svc of a product that knows its own address and whose messages are kept."""
    post = Post()
    original = replace(new_product, settings=replace(new_product.settings, public_url=PUBLIC_URL))
    product = copied_product(original, tmp_path, replace(fake_world(clock), courier=post))
    yield RestClient(product, post)
    product.installation.database.close()
