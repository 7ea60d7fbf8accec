"""Branding: what tenants show, and what they may not."""

from typing import Any

import pytest

from tests.product import Product
from tests.world import FakeClock
from validate_service.core.branding import UNBRANDED, BrandingChange
from validate_service.core.errors import NotFoundError, PolicyError
from validate_service.core.images import MOST_BYTES, Image
from validate_service.core.model import Branding

PNG, JPEG, GIF = b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0...", b"GIF89a..."
WHOLE = BrandingChange("#E80000", "#fffef8", "help@example.org", "+49 30 1234567", PNG, JPEG)


def set_branding(product: Product, change: BrandingChange) -> Branding:
    """Make a change as an operator."""
    return product.core.branding_desk.set(product.operator(), product.tenant, change)


def test_who_has_set_nothing_shows_our_colours(product: Product) -> None:
    """And neither contacts nor pictures."""
    assert product.core.branding_desk.of(product.tenant) == UNBRANDED
    assert (UNBRANDED.email, UNBRANDED.phone, UNBRANDED.logo, UNBRANDED.splash) == ("", "", None, None)


def test_what_was_set_is_shown(product: Product, clock: FakeClock) -> None:
    """With the instant, which tells a new version from an old one."""
    expected = Branding(
        *("#e80000", "#fffef8", "help@example.org", "+49 30 1234567"),
        Image(PNG, "image/png"),
        Image(JPEG, "image/jpeg"),
        clock.now(),
    )
    assert set_branding(product, WHOLE) == expected
    assert product.core.branding_desk.of(product.tenant) == expected


def test_what_a_change_does_not_name_stays(product: Product, clock: FakeClock) -> None:
    """Only the instant moves."""
    before = set_branding(product, WHOLE)
    clock.advance(60)
    after = set_branding(product, BrandingChange(phone="hello"))
    assert (after.phone, after.changed_at) == ("hello", before.changed_at + 60_000_000)
    assert (after.color, after.splash_color, after.email) == (before.color, before.splash_color, before.email)
    assert (after.logo, after.splash) == (before.logo, before.splash)


def test_what_is_set_to_nothing_is_gone(product: Product) -> None:
    """Contacts and pictures; a colour there always is."""
    set_branding(product, WHOLE)
    set_branding(product, BrandingChange(email="", phone="", logo=b"", splash=b""))
    found = product.core.branding_desk.of(product.tenant)
    assert (found.color, found.email, found.phone, found.logo, found.splash) == ("#e80000", "", "", None, None)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif"), (b"GIF87a...", "image/gif")],
)
def test_a_picture_is_known_by_its_first_bytes(product: Product, content: bytes, media_type: str) -> None:
    """Nobody's word is taken for what it is."""
    logo = set_branding(product, BrandingChange(logo=content)).logo
    assert logo is not None
    assert (logo.content, logo.media_type) == (content, media_type)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("color", "", "six hexadecimal digits"),
        ("color", "red", "six hexadecimal digits"),
        ("color", "#fff", "six hexadecimal digits"),
        ("color", "#1f5f8b;", "six hexadecimal digits"),
        ("color", "#1f5f8b\n", "six hexadecimal digits"),
        ("splash_color", "#gggggg", "splash color must be"),
        ("email", "nobody", "email is not"),
        ("email", "a@b.example\r\nBcc: c@d.example", "email is not"),
        ("phone", "x" * 65, "phone must be one line"),
        ("phone", "1\n2", "phone must be one line"),
        ("logo", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG is refused"),
        ("logo", b"<html>", "logo must be a PNG"),
        ("logo", b" " + PNG, "logo must be a PNG"),
        ("splash", PNG + bytes(MOST_BYTES), "splash must be at most 512 KiB"),
    ],
)
def test_what_breaks_a_rule_is_refused_as_a_whole(product: Product, field: str, value: Any, rule: str) -> None:
    """The error names the rule, not the value; nothing changes, and nothing is recorded."""
    changes: dict[str, Any] = {"phone": "new"} | {field: value}
    with pytest.raises(PolicyError, match=rule) as refusal:
        set_branding(product, BrandingChange(**changes))
    assert str(value) not in refusal.value.public or value == ""
    assert product.core.branding_desk.of(product.tenant) == UNBRANDED
    assert product.audit(event="branding:set") == []


def test_the_largest_picture_is_taken(product: Product) -> None:
    """512 KiB, and not one byte more."""
    logo = set_branding(product, BrandingChange(logo=PNG.ljust(MOST_BYTES, b"\0"))).logo
    assert logo is not None
    assert len(logo.content) == 512 * 1024


def test_each_change_and_each_callers_reading_leave_an_event(product: Product) -> None:
    """With the tenant; contacts are not in it."""
    set_branding(product, WHOLE)
    call = product.call()
    assert product.core.branding_desk.read(call, product.tenant) == product.core.branding_desk.of(product.tenant)
    changed, read = product.audit()[-2:]
    assert (changed["event"], read["event"]) == ("branding:set", "branding:read")
    assert changed["tenant_id"] == read["tenant_id"] == product.tenant.id
    assert "help@example.org" not in str([changed, read])


def test_tenants_have_brandings_of_their_own(product: Product) -> None:
    """Found by the tenant's unchangeable id."""
    other = product.of_tenant("other")
    set_branding(product, WHOLE)
    assert product.core.branding_desk.of(other.tenant) == UNBRANDED
    assert product.core.branding_desk.of_uid(product.tenant.uid).color == "#e80000"
    assert product.core.branding_desk.of_uid(other.tenant.uid) == UNBRANDED
    with pytest.raises(NotFoundError):
        product.core.branding_desk.of_uid("no such id")
