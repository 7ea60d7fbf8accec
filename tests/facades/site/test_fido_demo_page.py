"""The page for security keys over HTTP: where it is, where it is not, and what it may load; tests/browser uses it."""

import re

import pytest
from lxml import html
from werkzeug.test import Client

from tests.product import Product
from validate_service.facades.connector.contract import SERVICE_PATH
from validate_service.server.application import create_application


@pytest.fixture
def demonstration(product: Product) -> Client:
    """A client of the whole service as a demonstration serves it."""
    return Client(create_application(product.installation, product.settings, demonstrating=True))


@pytest.mark.parametrize("path", ["/fido-demo", "/fido-demo/any/fido-demo.js", "/fido-demo/any/fido-demo.css"])
def test_only_a_demonstration_has_the_page(client: Client, demonstration: Client, path: str) -> None:
    """Where real users are, nobody types the key of an account into a page."""
    assert client.get(path).status_code == 404
    assert demonstration.get(path).status_code == 200


def test_everything_that_the_page_loads_is_there(demonstration: Client) -> None:
    """From here, as files of their own, under addresses that change with them."""
    root = html.fromstring(demonstration.get("/fido-demo").text)
    loaded = root.xpath("//link[@rel='stylesheet']/@href | //script/@src")
    types = {"text/css; charset=utf-8", "text/javascript; charset=utf-8"}
    assert len(loaded) == 4
    assert {demonstration.get(address).headers["Content-Type"] for address in loaded} == types
    assert all(re.fullmatch(r"/[\w./-]+(\?v=\w+)?", address) for address in loaded)
    assert root.xpath("//script[not(@src)] | //style | //iframe | //@style | //@*[starts-with(name(), 'on')]") == []
    assert root.xpath("//form/@data-connector") == [SERVICE_PATH]


def test_security_headers(demonstration: Client) -> None:
    """Scripts and requests of the page's own origin only, and no form that the browser sends itself."""
    headers = demonstration.get("/fido-demo").headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
