"""``python -m tests.browser.pictures``: pictures of the authenticator, phone size, light and dark, for docs/."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import launched
from tests.browser.phone import Phone
from tests.browser.site import Site, running_site

FOLDER = Path(__file__).parents[2] / "docs" / "pingme"
PHONE_NAME = "Alice's phone"


class Album:
    """Takes pictures of one phone."""

    def __init__(self, site: Site, phone: Phone, scheme: str) -> None:
        """Take them in the colour *scheme*."""
        self._site, self._phone, self._scheme = site, phone, scheme
        self._user = site.new_user()

    def take(self, name: str) -> None:
        """Keep what the phone shows as *name*."""
        self._phone.page.screenshot(path=FOLDER / f"{name}-{self._scheme}.png", full_page=True, animations="disabled")

    def way_in(self) -> None:
        """From the link to the first approval."""
        phone, site = self._phone, self._site
        phone.open(f"{site.url}/pingme/")
        phone.shows("This phone is not set up")
        self.take("not-set-up")
        phone.open("about:blank")
        phone.open(f"{site.url}/pingme/#enrol=AAAA")
        phone.shows("This link is not good any more")
        self.take("bad-link")
        phone.open("about:blank")
        phone.open(site.link(self._user))
        phone.shows("Set up this phone")
        phone.fill("Name of this phone", PHONE_NAME)
        self.take("set-up")
        phone.tap("Set up this phone")
        phone.shows("Be told of sign-ins")
        self.take("notifications")
        phone.tap("Not now")
        phone.tap("Send a test")
        phone.shows("This is a test. Does it work?")
        self.take("test")
        phone.approve()
        phone.says("The test was here after")
        self.take("test-worked")
        phone.tap("OK")
        phone.shows("Nothing to approve")
        self.take("idle")

    def questions(self) -> None:
        """Approved, with a number, denied, reported, too late."""
        phone, site = self._phone, self._site
        asking = site.ask(self._user, loginTo="Portal of St. Mary's Hospital", ipAddress="192.0.2.7")
        phone.says("Portal of St. Mary's Hospital")
        self.take("approve")
        phone.approve()
        assert asking.said
        phone.shows("Approved")
        self.take("approved")
        phone.tap("OK")
        site.switch("pushes_need_pin")
        site.product.core.pin_desk.set_pin(site.operator(self._user), site.product.tenant, "2580")
        text = {"customMessage": "Sign in to ePrescribe [[match:47]]", "customTimeout": "300"}
        asking = site.ask(self._user, "ValidatePushCustom", **text)
        phone.says("Sign in to ePrescribe")
        self.take("number")
        phone.fill("Number that the sign-in page shows", "74")
        phone.fill("Your PIN", "2580")
        phone.approve()
        phone.says("That is not the number.")
        self.take("wrong-number")
        site.switch("pushes_need_pin", on=False)
        phone.deny()
        assert not asking.said
        phone.shows("Denied")
        self.take("denied")
        phone.tap("Report to security")
        phone.shows("Reported")
        self.take("reported")
        phone.tap("OK")

    def account(self) -> None:
        """The pages on which users look after themselves."""
        phone = self._phone
        phone.open(f"{self._site.url}/pingme/account")
        phone.shows("Your account")
        self.take("account")
        phone.fill("New PIN", "1234")
        phone.tap("Change the PIN")
        phone.says("The two new PINs differ.")
        self.take("account-error")
        phone.context.set_offline(offline=True)
        phone.page.goto(f"{self._site.url}/pingme/")
        phone.says("No connection")
        self.take("offline")


def main() -> int:
    """Take all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as site, sync_playwright() as playwright:
        browser = launched(playwright)
        for scheme in ("light", "dark"):
            album = Album(site, Phone.unpacked(browser, color_scheme=scheme), scheme)
            album.way_in()
            album.questions()
            album.account()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
