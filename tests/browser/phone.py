"""A phone, as a person uses it: the page of the authenticator in a browser of its own."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Locator, Page, ViewportSize, expect

from tests.browser.complaints import listened
from tests.delivery import push_service

SCREEN: ViewportSize = {"width": 390, "height": 844}
NAME = "Test phone"

_SUBSCRIBED = """
(subscriptions, key) => {
  const options = { applicationServerKey: new Uint8Array(key).buffer };
  const unsubscribe = async () => Boolean(subscriptions.shift());
  const made = (said) => ({ endpoint: said.endpoint, options, toJSON: () => said, unsubscribe });
  PushManager.prototype.getSubscription = PushManager.prototype.subscribe = async () => made(subscriptions[0]);
}
"""
"""Chromium subscribes with Google only.  What it would answer is answered here; the messages are real."""


@dataclass
class Phone:
    """One phone.

    Attributes:
        page: What it shows.
        complaints: What the browser found wrong with pages.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def unpacked(cls, browser: Browser, **context: Any) -> "Phone":
        """Return a new phone, which knows nothing yet; *context* is what Playwright says of browsers."""
        fresh = browser.new_context(viewport=SCREEN, **{"locale": "en-GB"} | context)
        page = fresh.new_page()
        return cls(page, listened(page))

    @property
    def context(self) -> BrowserContext:
        """Its browser."""
        return self.page.context

    def throw_away(self) -> None:
        """Be gone, with the key."""
        self.context.close()

    def open(self, address: str) -> None:
        """Open a page."""
        self.page.goto(address)

    def shows(self, heading: str) -> None:
        """Wait until the page is the one with this heading."""
        expect(self.page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()

    def says(self, text: str) -> None:
        """Wait until the page says something."""
        expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible()

    def button(self, name: str) -> Locator:
        """Return a button that can be seen."""
        return self.page.get_by_role("button", name=name, exact=True)

    def tap(self, name: str) -> float:
        """Tap a button; return when, by the monotonic clock."""
        button = self.button(name)
        expect(button).to_be_enabled()
        tapped = time.monotonic()
        button.click()
        return tapped

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label."""
        self.page.get_by_label(label, exact=True).fill(text)

    def enrol(self, link: str, *, name: str = NAME) -> None:
        """Open a link, set this phone up, and wait for what there is to approve."""
        self.set_up(link, name=name)
        self.skip_notifications()
        self.tap("Without a test")
        self.shows("Nothing to approve")

    def set_up(self, link: str, *, name: str = NAME) -> None:
        """Open a link, and make the key."""
        self.open(link)
        self.shows("Set up this phone")
        self.fill("Name of this phone", name)
        self.tap("Set up this phone")

    def skip_notifications(self) -> None:
        """Have no notifications."""
        self.shows("Be told of sign-ins")
        self.tap("Not now")

    def turn_notifications_on(self) -> None:
        """Want notifications, and allow them when the browser asks."""
        self.shows("Be told of sign-ins")
        self.context.grant_permissions(["notifications"])
        self.tap("Turn on notifications")

    def enrol_with_notifications(self, link: str, browser: push_service.Browser) -> None:
        """Open a link, set this phone up, and let messages reach it as *browser*."""
        self.subscribe_at(browser)
        self.set_up(link)
        self.turn_notifications_on()
        self.tap("Without a test")
        self.shows("Nothing to approve")

    def approve(self) -> float:
        """Approve what is asked; return when."""
        return self.tap("Yes, approve")

    def deny(self) -> float:
        """Deny what is asked; return when."""
        return self.tap("No, not me")

    def subscribe_at(self, *browsers: push_service.Browser) -> None:
        """From the next page on let the local push service be the phone's, where it is each of *browsers* in turn."""
        said, key = json.dumps([browser.to_json() for browser in browsers]), list(browsers[0].server_key)
        self.page.add_init_script(f"({_SUBSCRIBED})({said}, {key})")


@dataclass
class Worker:
    """The page's service worker, as Chromium's push service wakes it (its DevTools protocol).

    Attributes:
        devtools: The protocol.
        origin: Where the worker is from.
    """

    devtools: CDPSession
    origin: str
    registrations: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, phone: Phone, origin: str) -> "Worker":
        """Return the worker of a phone whose page has one."""
        worker = cls(phone.context.new_cdp_session(phone.page), origin)
        worker.devtools.on("ServiceWorker.workerRegistrationUpdated", worker._note)
        worker.devtools.send("ServiceWorker.enable")
        return worker

    def _note(self, event: dict[str, Any]) -> None:
        self.registrations += [one["registrationId"] for one in event["registrations"] if not one["isDeleted"]]

    def deliver(self, message: bytes) -> None:
        """Hand over a message, as it was decrypted."""
        told = {"origin": self.origin, "registrationId": self.registrations[-1], "data": message.decode()}
        self.devtools.send("ServiceWorker.deliverPushMessage", told)
