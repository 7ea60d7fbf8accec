"""The start page: what it links to, whose colours it wears, and the rules that keep it safe and legible."""

import re
from dataclasses import replace

import pytest
from lxml import html
from werkzeug.test import Client

from tests.interference import SilentDatabase
from tests.product import Product
from validate_service.core.branding import BrandingChange
from validate_service.facades.pages.colors import contrast
from validate_service.facades.site.routes import create_site

PNG = b"\x89PNG\r\n\x1a\n..."


def page(client: Client) -> html.HtmlElement:
    """Return the start page, which is there."""
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return html.fromstring(answer.text)


@pytest.fixture
def branded(product: Product) -> Product:
    """A product whose first tenant has branding."""
    change = BrandingChange(color="#e80000", email="help+1@example.org", phone="<b>0</b>", logo=PNG)
    product.core.branding_desk.set(product.operator(), product.tenant, change)
    return product


def test_the_start_page_leads_to_the_services(client: Client) -> None:
    """And says what this server is."""
    root = page(client)
    assert root.xpath("//li/a/@href") == [
        "/ValidateService.asmx",
        "/ValidateService.asmx?wsdl",
        "/openapi.json",
        "/healthz",
    ]
    assert "verifies people" in root.findtext(".//header//p")
    for address in ("/ValidateService.asmx", "/ValidateService.asmx?wsdl", "/healthz"):
        assert client.get(address).status_code == 200


def test_without_branding_there_is_neither_a_logo_nor_a_contact(client: Client) -> None:
    """Nothing empty is shown."""
    root = page(client)
    assert root.xpath("//img") == []
    assert [heading.text for heading in root.xpath("//h2")] == ["For developers and operators"]


def test_the_page_wears_the_branding(client: Client, branded: Product) -> None:
    """Logo and colours under the addresses of their version; what an operator typed stays text."""
    root = page(client)
    version = branded.core.branding_desk.of(branded.tenant).changed_at
    at = f"/branding/{branded.tenant.uid}"
    assert root.xpath("//img/@src") == [f"{at}/logo?v={version}"]
    assert f"{at}/colors.css?v={version}" in root.xpath("//link[@rel='stylesheet']/@href")
    assert root.xpath("//dd/a/@href") == ["mailto:help%2B1@example.org"]
    assert root.xpath("//dd[last()]/text()") == ["<b>0</b>"]


def test_everything_that_the_page_loads_is_there(client: Client, branded: Product) -> None:
    """And allowed by the page's own policy: nothing inline, nothing from elsewhere."""
    root = page(client)
    loaded = root.xpath("//link[@rel='stylesheet']/@href | //img/@src")
    assert len(loaded) == 4
    for address in loaded:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] in {"text/css; charset=utf-8", "image/png"}
    assert root.xpath("//script | //style | //iframe | //@style | //@*[starts-with(name(), 'on')]") == []
    assert all(address.startswith("/") for address in loaded)


def test_security_headers(client: Client) -> None:
    """A page that nobody may frame, and that may load from here only."""
    headers = client.get("/").headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_landmarks_and_headings(client: Client, branded: Product) -> None:
    """For those who do not see the page."""
    root = page(client)
    assert root.xpath("//html/@lang") == ["en"]
    assert len(root.xpath("//h1")) == len(root.xpath("//main")) == 1
    assert root.xpath("//body/*[1]/@href") == ["#content"]
    assert all(root.xpath("//img/@alt"))
    labels = root.xpath("//section/@aria-labelledby")
    assert labels == root.xpath("//h2/@id")


def test_contrast_in_light_and_dark(client: Client) -> None:
    """WCAG 2.2, 1.4.3."""
    (address, *_) = page(client).xpath("//link[@rel='stylesheet']/@href")
    style = client.get(address).text
    light, dark = [
        dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    for palette in (light, light | dark):
        for surface in (palette["paper"], palette["sheet"]):
            assert all(contrast(palette[text], surface) >= 4.5 for text in ("ink", "quiet", "link"))
        assert contrast(palette["on-brand"], palette["brand"]) >= 4.5


def test_the_style_sheet_is_not_sent_twice(client: Client) -> None:
    """Its address changes with it."""
    (address, *_) = page(client).xpath("//link[@rel='stylesheet']/@href")
    first = client.get(address)
    assert re.fullmatch(r"/pages/[0-9a-f]{12}/style\.css", address)
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_without_a_database_the_page_still_tells_where_everything_is(product: Product) -> None:
    """In our own colours: whoever looks for the cause begins here."""
    register = replace(product.core.tenant_register, database=SilentDatabase())
    root = page(Client(create_site(lambda: False, product.core.branding_desk, register)))
    assert len(root.xpath("//li/a")) == 4
    assert len(root.xpath("//link[@rel='stylesheet']")) == 2


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
def test_probes_tell_alive_from_ready(product: Product, ready: bool, status: int) -> None:
    """Who cannot decide is taken out of the rotation, not restarted."""
    client = Client(create_site(lambda: ready, product.core.branding_desk, product.core.tenant_register))
    assert client.get("/readyz").status_code == status
    assert client.get("/healthz").status_code == 200
