"""A client of a fresh product."""

import pytest

from tests.facades.connector.client import ConnectorClient
from tests.product import Product
from tests.world import FakeCourier


@pytest.fixture
def connector(product: Product, courier: FakeCourier) -> ConnectorClient:
    """The connector of a product that has one user, alice."""
    product.add_user("alice")
    return ConnectorClient(product, courier)
