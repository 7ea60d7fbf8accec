"""The page for security keys as a person uses it, and the key that the browser makes for it."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page, expect


@dataclass(frozen=True)
class VirtualKey:
    """Chromium's own security key (the domain WebAuthn of its DevTools protocol).

    Attributes:
        devtools: The protocol.
        id: Which key.
    """

    devtools: CDPSession
    id: str

    @classmethod
    def plugged_in(cls, page: Page, protocol: str) -> "VirtualKey":
        """Return a key that knows *protocol*, ``ctap2`` or ``u2f``, and that somebody touches whenever it waits."""
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        return cls._made(devtools, protocol=protocol, transport="usb")

    @classmethod
    def built_in(cls, page: Page) -> "VirtualKey":
        """Return the key of a phone, which knows by finger, face or PIN that its user is there."""
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        verifies = dict.fromkeys(("hasResidentKey", "hasUserVerification", "isUserVerified"), True)
        return cls._made(devtools, protocol="ctap2", transport="internal", **verifies)

    @classmethod
    def _made(cls, devtools: CDPSession, **options: Any) -> "VirtualKey":
        options["automaticPresenceSimulation"] = True
        return cls(devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"])

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """What it holds, with private keys and counters."""
        found: list[dict[str, Any]] = self._send("getCredentials")["credentials"]
        return found

    def hold(self, **credential: Any) -> None:
        """Put in what another key held; bytes come as they are."""
        spelled = {
            name: b64encode(value).decode() if isinstance(value, bytes) else value for name, value in credential.items()
        }
        self._send("addCredential", credential={"isResidentCredential": False, **spelled})

    def set_back(self, counter: int) -> None:
        """Let what it holds count from *counter* again."""
        (credential,) = self.credentials
        self.forget()
        self.hold(**credential | {"signCount": counter})

    def forget(self) -> None:
        """Forget everything."""
        self._send("clearCredentials")

    def leave_untouched(self) -> None:
        """Let nobody touch it any more."""
        self._send("setAutomaticPresenceSimulation", enabled=False)

    def lie(self, **bits: bool) -> None:
        """Spoil the next answers: ``isBogusSignature``, ``isBadUP``."""
        self._send("setResponseOverrideBits", **bits)

    def unplug(self) -> None:
        """Take it out of the machine."""
        self._send("removeVirtualAuthenticator")
        self.devtools.detach()

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.devtools.send(f"WebAuthn.{method}", {"authenticatorId": self.id, **parameters})
        return answer


@dataclass(frozen=True)
class SecurityKeyPage:
    """The page, in front of somebody.

    Attributes:
        page: The browser's.
        key: The key in the machine.
        complaints: What the browser wrote to its console as errors.
    """

    page: Page
    key: VirtualKey
    complaints: list[str]

    def open(self, address: str, **fields: str) -> None:
        """Go to *address*, and type into the fields with these labels."""
        self.page.goto(address)
        for label, value in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(value)

    def enrol(self) -> str:
        """Press the button; return how it ended."""
        self.press("Enrol a key")
        return self.verdict()

    def sign(self) -> str:
        """Press the button; return how it ended."""
        self.press("Sign in with a key")
        return self.verdict()

    def press(self, button: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=button, exact=True).click()

    def verdict(self) -> str:
        """Return how the steps ended, when they have."""
        expect(self.page.get_by_role("button", name="Enrol a key")).to_be_enabled()
        return self.page.get_by_role("status").inner_text()

    @property
    def steps(self) -> list[str]:
        """What was asked and answered, a line each."""
        return [" ".join(step.split()) for step in self.page.get_by_role("listitem").all_inner_texts()]
