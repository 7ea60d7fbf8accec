"""Clients of a fresh product."""

import pytest

from tests.facades.connector.client import ConnectorClient
from tests.facades.wcf.client import WcfClient
from tests.product import Product
from tests.world import FakeCourier


@pytest.fixture
def connector(product: Product, courier: FakeCourier) -> ConnectorClient:
    """The connector of a product that has one user, alice."""
    product.add_user("alice")
    return ConnectorClient(product, courier)


@pytest.fixture
def wcf(connector: ConnectorClient) -> WcfClient:
    """A basicHttpBinding client of the same product."""
    return WcfClient(connector)


@pytest.fixture(params=[False, True], ids=["basic", "ws"])
def either(connector: ConnectorClient, request: pytest.FixtureRequest) -> WcfClient:
    """A client over each of the bindings."""
    return WcfClient(connector, by_ws=request.param)
