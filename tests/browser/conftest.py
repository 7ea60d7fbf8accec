"""One Chromium and one demonstration for all tests of the folder."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, expect, sync_playwright

from tests.browser.demonstration import Demonstration, demonstrating
from tests.browser.security_key_page import SecurityKeyPage, VirtualKey
from tests.clients.service import program

PATIENCE_MS = 30_000


@pytest.fixture(scope="package")
def demonstration() -> Iterator[Demonstration]:
    """A demonstration."""
    with demonstrating() as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; Playwright would bring one of its own."""
    expect.set_options(timeout=PATIENCE_MS)
    # Chromium's sandbox refuses to work for root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that remembers nothing of other tests."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def protocol() -> str:
    """What the key in the machine knows."""
    return "ctap2"


@pytest.fixture
def tab(context: BrowserContext, protocol: str) -> SecurityKeyPage:
    """An empty tab; a key that holds nothing is in the machine."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.extend(complaint_in(said)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return SecurityKeyPage(page, VirtualKey.plugged_in(page, protocol), complaints)


def complaint_in(said: ConsoleMessage) -> list[str]:
    """Return what the browser found wrong; that there is no icon is no fault of the page."""
    wrong = said.type == "error" and not said.location["url"].endswith("/favicon.ico")
    return [said.text] if wrong else []


@pytest.fixture
def page(tab: SecurityKeyPage, demonstration: Demonstration) -> SecurityKeyPage:
    """The page for a user of its own, who has no key yet."""
    tab.open(demonstration.page, User=demonstration.new_user())
    return tab
