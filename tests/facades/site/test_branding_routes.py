"""A tenant's pictures and colours over HTTP."""

import uuid
from dataclasses import replace

import pytest
from werkzeug.test import Client

from tests.interference import SilentDatabase
from tests.product import Product
from validate_service.core.branding import UNBRANDED, BrandingChange
from validate_service.core.model import Branding
from validate_service.facades.pages.colors import contrast, ink_on
from validate_service.facades.site.routes import create_site

PNG, GIF = b"\x89PNG\r\n\x1a\n...", b"GIF89a..."
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def branding(product: Product) -> Branding:
    """The branding of a tenant that has both pictures and a colour of its own."""
    change = BrandingChange(color="#e80000", logo=PNG, splash=GIF)
    return product.core.branding_desk.set(product.operator(), product.tenant, change)


@pytest.mark.parametrize(("name", "content", "media_type"), [("logo", PNG, "image/png"), ("splash", GIF, "image/gif")])
def test_a_picture_is_served_as_what_it_is_and_as_nothing_else(
    client: Client, product: Product, branding: Branding, name: str, content: bytes, media_type: str
) -> None:
    """No browser may guess another type, or run what the picture may hold."""
    answer = client.get(f"/branding/{product.tenant.uid}/{name}")
    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, content, media_type)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("name", ["logo", "splash", "colors.css"])
def test_what_is_asked_for_by_its_version_is_kept_for_ever(
    client: Client, product: Product, branding: Branding, name: str
) -> None:
    """Under any other address it is asked for again, which costs no body while nothing changed."""
    path = f"/branding/{product.tenant.uid}/{name}"
    assert client.get(path, query_string={"v": branding.changed_at}).headers["Cache-Control"] == FOR_EVER
    first = client.get(path, query_string={"v": "1"})
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    product.core.branding_desk.set(
        product.operator(), product.tenant, BrandingChange(color="#000000", logo=GIF, splash=PNG)
    )
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("name", ["logo", "splash"])
def test_a_picture_that_is_not_there_is_not_found(client: Client, product: Product, name: str) -> None:
    """Nor is anything of a tenant that is not there, or under a name that is no id."""
    assert client.get(f"/branding/{product.tenant.uid}/{name}").status_code == 404
    assert client.get(f"/branding/{uuid.UUID(int=1)}/{name}").status_code == 404
    assert client.get(f"/branding/default%00/{name}").status_code == 404
    assert client.get(f"/branding/{product.tenant.uid}/{name}/..").status_code == 404


def test_the_colours_are_a_style_sheet(client: Client, product: Product, branding: Branding) -> None:
    """With ink that can be read; a tenant that has set none has ours."""
    answer = client.get(f"/branding/{product.tenant.uid}/colors.css")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.text == ":root {\n  --brand: #e80000;\n  --on-brand: #ffffff;\n}\n"
    other = product.of_tenant("other").tenant
    assert f"--brand: {UNBRANDED.color};" in client.get(f"/branding/{other.uid}/colors.css").text
    assert client.get(f"/branding/{uuid.UUID(int=1)}/colors.css").status_code == 404


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#808080", "#e80000", "#00a000", "#ffe08a", UNBRANDED.color])
def test_ink_can_be_read_on_every_colour(color: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 where any colour allows it; in between there are colours that allow no more than 4."""
    assert contrast(ink_on(color), color) >= 4


def test_without_a_database_pictures_are_unavailable(product: Product) -> None:
    """Not missing: whoever keeps a copy goes on with it."""
    desk = replace(product.core.branding_desk, database=SilentDatabase())
    site = create_site(lambda: False, desk, product.core.tenant_register)
    answer = Client(site).get(f"/branding/{product.tenant.uid}/logo")
    assert (answer.status_code, answer.text) == (503, "The service is temporarily unavailable.")
    assert int(answer.headers["Retry-After"]) > 0
