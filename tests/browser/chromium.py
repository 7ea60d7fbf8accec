"""Debian's Chromium; Playwright would bring one of its own."""

import os

from playwright.sync_api import Browser, Playwright, expect

from tests.clients.service import program

PATIENCE_MS = 30_000


def launched(playwright: Playwright) -> Browser:
    """Return a running Chromium."""
    expect.set_options(timeout=PATIENCE_MS)
    # Chromium's sandbox refuses to work for root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=program("chromium"), args=arguments)
