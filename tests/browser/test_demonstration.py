"""What ``deploy/run`` promises of the authenticator, done as it says."""

import subprocess

from playwright.sync_api import Browser

from tests.browser.demonstration import Demonstration
from tests.browser.phone import Phone


def test_the_printed_push_waits_until_the_page_is_tapped(demonstration: Demonstration, browser: Browser) -> None:
    """The printed link makes the browser bob's phone; the printed call is answered yes once it approves."""
    phone = Phone.unpacked(browser)
    phone.set_up(demonstration.link)
    phone.tap("Without a test")
    phone.shows("Nothing to approve")
    with subprocess.Popen(["bash", "-c", demonstration.push], stdout=subprocess.PIPE, text=True) as waiting:
        phone.says("Portal")
        assert waiting.poll() is None
        phone.approve()
        answer, _ = waiting.communicate(timeout=60)
    assert "<ValidatePushResult>true</ValidatePushResult>" in answer
    assert phone.complaints == []
    phone.throw_away()
