"""One Chromium and one demonstration for all tests of the folder."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.chromium import PATIENCE_MS, launched
from tests.browser.complaints import listened
from tests.browser.demonstration import Demonstration, demonstrating
from tests.browser.security_key_page import SecurityKeyPage, VirtualKey

DESKTOP: ViewportSize = {"width": 1024, "height": 768}


@pytest.fixture(scope="package")
def demonstration() -> Iterator[Demonstration]:
    """A demonstration."""
    with demonstrating() as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all."""
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def window(browser: Browser) -> Page:
    """The one window: another for each test would take longer than the tests."""
    window = browser.new_page()
    window.set_default_timeout(PATIENCE_MS)
    return window


@pytest.fixture(scope="package")
def complaints(window: Page) -> list[str]:
    """What the browser finds wrong with pages."""
    return listened(window)


@pytest.fixture
def protocol() -> str:
    """What the key in the machine knows."""
    return "ctap2"


@pytest.fixture
def tab(window: Page, complaints: list[str], protocol: str) -> Iterator[SecurityKeyPage]:
    """The window without a page; a key that holds nothing is in the machine."""
    window.goto("about:blank")
    window.set_viewport_size(DESKTOP)
    complaints.clear()
    key = VirtualKey.plugged_in(window, protocol)
    yield SecurityKeyPage(window, key, complaints)
    key.unplug()
    window.unroute_all()


@pytest.fixture
def page(tab: SecurityKeyPage, demonstration: Demonstration) -> SecurityKeyPage:
    """The page for a user of its own, who has no key yet."""
    tab.open(demonstration.page, User=demonstration.new_user())
    return tab
