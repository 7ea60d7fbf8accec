"""A page with a security key in front of the connector: it asks, lets the key answer, and sends the answer."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from tests.facades.connector.client import ConnectorClient
from tests.primitives.software_key import REGISTRATION_TYP, SIGNATURE_TYP, Answer, SoftwareKey, client_data

APP_ID, ORIGIN = "https://portal.example.org/app-id.json", "https://portal.example.org"


def websafe(data: bytes) -> str:
    """Return *data* in the Base64 for URLs."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unwebsafe(text: str) -> bytes:
    """Return the bytes that *text* spells."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Page:
    """A page of one application, for one user with one key.

    Attributes:
        connector: Where it asks.
        user: The user.
        key: The user's key.
        app_id: The application.
        origin: Where the page comes from.
    """

    connector: ConnectorClient
    user: str = "alice"
    key: SoftwareKey = field(default_factory=SoftwareKey)
    app_id: str = APP_ID
    origin: str = ORIGIN

    def pre_enroll(self, **fields: Any) -> dict[str, Any]:
        """Return what is asked of a new key."""
        members = self.connector.ask("pre_enroll", self.user, appId=self.app_id, **fields)
        assert members["errorCode"] == 0, members
        (asked,) = members["RegisterRequest"]
        return asked  # type: ignore[no-any-return]

    def registered(self, asked: dict[str, Any], *, typ: str = REGISTRATION_TYP, **key: Any) -> dict[str, Any]:
        """Return the fields with which a page answers."""
        answer = self.key.register(asked["appId"], self.said(typ, asked), **key)
        return {
            "sessionId": asked["sessionId"],
            "clientData": websafe(answer.client_data),
            "registrationData": websafe(answer.message),
        }

    def enroll(self, **fields: Any) -> dict[str, Any]:
        """Enrol the key; return the answer."""
        answered = self.registered(self.pre_enroll())
        return self.connector.ask("enroll", self.user, **answered, **fields)

    def pre_sign(self, **fields: Any) -> list[dict[str, Any]]:
        """Return what is asked of each key."""
        members = self.connector.ask("pre_sign", self.user, appId=self.app_id, **fields)
        assert members["errorCode"] == 0, members
        return members["SignRequest"]  # type: ignore[no-any-return]

    def signed(self, asked: dict[str, Any], *, typ: str = SIGNATURE_TYP, **key: Any) -> dict[str, Any]:
        """Return the fields with which a page answers."""
        handle = unwebsafe(asked["keyHandle"])
        answer = self.key.sign(asked["appId"], self.said(typ, asked), key_handle=handle, **key)
        return self.fields_of(asked, answer)

    def fields_of(self, asked: dict[str, Any], answer: Answer) -> dict[str, Any]:
        """Return the fields of a key's answer."""
        return {
            "sessionId": asked["sessionId"],
            "clientData": websafe(answer.client_data),
            "signatureData": websafe(answer.message),
        }

    def sign(self, **fields: Any) -> dict[str, Any]:
        """Sign in; return the answer."""
        (asked,) = self.pre_sign()
        return self.connector.ask("sign", self.user, **self.signed(asked), **fields)

    def said(self, typ: str, asked: dict[str, Any]) -> bytes:
        """Return what the browser says."""
        return client_data(typ, unwebsafe(asked["challenge"]), self.origin)
