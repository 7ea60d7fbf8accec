"""The site on a product, over WSGI."""

import pytest
from werkzeug.test import Client

from tests.product import Product
from validate_service.server.application import create_application


@pytest.fixture
def client(product: Product) -> Client:
    """A client of the whole service."""
    return Client(create_application(product.installation, product.settings))
