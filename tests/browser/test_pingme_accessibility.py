"""What everybody must be able to use: axe's rules on each page of the authenticator, in light and dark, with errors."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.phone import SCREEN, Phone
from tests.browser.site import Site, running_site

AXE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
"""WCAG 2.2 level AA, and what axe's authors find good besides."""

SMALLEST_BUTTON_PX, SMALLEST_GAP_PX = 48, 16


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service with two processes."""
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Phone]:
    """A phone, which likes its pages light or dark; its policies are bypassed by axe only."""
    phone = Phone.unpacked(browser, color_scheme=request.param, bypass_csp=True)
    yield phone
    phone.throw_away()


def violations(phone: Phone) -> list[str]:
    """Return what axe finds wrong with the page as it is."""
    phone.page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = phone.page.evaluate("(rules) => axe.run(document, rules)", RULES)
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


def test_no_page_of_the_way_in_breaks_a_rule(site: Site, phone: Phone) -> None:
    """From the link to the first sign-in, and what a bad link shows."""
    user = site.new_user()
    phone.open(f"{site.url}/pingme/")
    phone.shows("This phone is not set up")
    assert violations(phone) == []
    phone.open("about:blank")
    phone.open(site.link(user))
    phone.shows("Set up this phone")
    assert violations(phone) == []
    phone.set_up(site.link(user))
    phone.shows("Be told of sign-ins")
    assert violations(phone) == []
    phone.skip_notifications()
    phone.shows("Try it")
    assert violations(phone) == []
    phone.open("about:blank")
    phone.open(f"{site.url}/pingme/#enrol=AAAA")
    phone.shows("This link is not good any more")
    assert violations(phone) == []


def test_no_page_that_asks_breaks_a_rule(site: Site, phone: Phone) -> None:
    """The question, with a wrong number, after the denial, after the report, and with nothing to approve."""
    user = site.new_user()
    phone.enrol(site.link(user))
    assert violations(phone) == []
    asking = site.ask(user, "ValidatePushCustom", customMessage="Sign in? [[match:47]]", customTimeout="60")
    phone.says("Sign in?")
    assert violations(phone) == []
    phone.fill("Number that the sign-in page shows", "1")
    phone.approve()
    phone.says("That is not the number. You have one more try.")
    assert violations(phone) == []
    phone.deny()
    assert asking.said is False
    phone.shows("Denied")
    assert violations(phone) == []
    phone.tap("Report to security")
    phone.shows("Reported")
    assert violations(phone) == []


def test_no_page_of_the_account_breaks_a_rule(site: Site, phone: Phone) -> None:
    """As it is, with an error, and when the PIN must be changed."""
    user = site.new_user()
    phone.enrol(site.link(user))
    phone.open(f"{site.url}/pingme/account")
    assert violations(phone) == []
    phone.fill("New PIN", "1")
    phone.tap("Change the PIN")
    phone.says("The two new PINs differ.")
    assert violations(phone) == []
    site.product.core.pin_desk.set_pin(site.operator(user), site.product.tenant, "2580", must_change=True)
    phone.open(f"{site.url}/pingme/account")
    assert violations(phone) == []


def test_buttons_are_large_enough_for_gloves(site: Site, phone: Phone) -> None:
    """Approve and deny: equally large, 48 pixels high, 16 apart; the page is as wide as the phone."""
    user = site.new_user()
    phone.enrol(site.link(user))
    asking = site.ask(user)
    phone.shows("Are you signing in to Portal?")
    approve, deny = (phone.button(name).bounding_box() for name in ("Yes, approve", "No, not me"))
    assert approve is not None
    assert deny is not None
    assert min(approve["height"], deny["height"]) >= SMALLEST_BUTTON_PX
    assert (approve["width"], approve["height"]) == (deny["width"], deny["height"])
    beside, below = deny["x"] - approve["x"] - approve["width"], deny["y"] - approve["y"] - approve["height"]
    assert max(beside, below) >= SMALLEST_GAP_PX
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"]
    phone.deny()
    assert asking.said is False


def test_everything_can_be_done_with_the_keyboard(site: Site, phone: Phone) -> None:
    """A question takes the focus to its heading, and Tab leads to the answers."""
    user = site.new_user()
    phone.enrol(site.link(user))
    phone.open(f"{site.url}/pingme/")
    phone.shows("Nothing to approve")
    asking = site.ask(user)
    phone.shows("Are you signing in to Portal?")
    expect(phone.page.locator("#question h1")).to_be_focused()
    phone.page.keyboard.press("Tab")
    expect(phone.button("Yes, approve")).to_be_focused()
    phone.page.keyboard.press("Tab")
    expect(phone.button("No, not me")).to_be_focused()
    phone.page.keyboard.press("Enter")
    assert asking.said is False
