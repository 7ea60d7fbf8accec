"""The page of a phone without its browser: sends what the scripts send, over WSGI."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import html
from werkzeug.test import Client, TestResponse

from tests.primitives.software_phone import URL, SoftwarePhone
from tests.product import Product
from validate_service.core.enrolments import PATH
from validate_service.core.model import Approval, KeySignature, NewKey, PushQuestion, Signature
from validate_service.core.prompts import Prompt
from validate_service.primitives.phone_statements import sign_in_statement
from validate_service.server.application import create_application

OURS = {"Sec-Fetch-Site": "same-origin"}


def written(data: bytes) -> str:
    """Return *data* in Base64 for URLs, as the scripts write it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read(text: str) -> bytes:
    """Return what is written in Base64 for URLs."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed_members(signature: Signature) -> dict[str, str]:
    """Return what a phone signed as the scripts send it."""
    if isinstance(signature, KeySignature):
        return {"signature": written(signature.signature)}
    return {
        "client_data": written(signature.client_data),
        "authenticator_data": written(signature.authenticator_data),
        "signature": written(signature.signature),
    }


@dataclass
class PhonePage:
    """The page in one browser.

    Attributes:
        product: Whom it talks to.
        client: Its browser; keeps cookies.
        phone: The phone that it is, or is to be.
        form_token: What its calls must carry.
    """

    product: Product
    client: Client
    phone: SoftwarePhone = field(default_factory=SoftwarePhone)
    form_token: str = ""

    @classmethod
    def of(cls, product: Product, **fields: Any) -> "PhonePage":
        """Return the page in a new browser."""
        return cls(product, Client(create_application(product.installation, product.settings)), **fields)

    def link(self, user: str = "alice") -> str:
        """Return the token of a new enrolment link."""
        call = self.product.operator(user)
        return self.product.core.enrolment_desk.issue(call, self.product.tenant).split(PATH)[1]

    def get(self, path: str = "/", **headers: str) -> TestResponse:
        """Ask for a page."""
        return self.client.get(f"/pingme{path}", base_url=URL, headers=headers)

    def post(self, path: str, members: Any, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Send what a script sends; *headers* in place of those that it has."""
        given = OURS | {"X-Form-Token": self.form_token} if headers is None else headers
        return self.client.post(f"/pingme{path}", base_url=URL, json=members, headers=given)

    def submit(self, path: str, headers: Mapping[str, str] = OURS, **fields: Any) -> TestResponse:
        """Send a form of the account's page."""
        given = {"form_token": self.form_token} | fields
        return self.client.post(f"/pingme/account{path}", base_url=URL, data=given, headers=headers)

    def enrol(self, token: str, name: str = "My phone") -> TestResponse:
        """Open a link and enrol the phone."""
        invitation = self.post("/enrolment/open", {"token": token}).get_json()
        key = self.phone.new_key(read(invitation["challenge"]), name)
        if isinstance(key, NewKey):
            members = {"public_key": written(key.public_key), "signature": written(key.signature)}
        else:
            members = {"client_data": written(key.client_data), "attestation": written(key.attestation_object)}
        answer = self.post("/enrolment/finish", {"token": token, "name": name, "key": members})
        if answer.status_code == 200:
            self.phone.uid = answer.get_json()["device"]
            self._enter(answer)
        return answer

    def sign_in(self) -> TestResponse:
        """Let the phone sign a challenge."""
        challenge = self.post("/session/challenge", {"device": self.phone.uid}).get_json()["challenge"]
        signed = signed_members(self.phone.sign(sign_in_statement(self.phone.uid, read(challenge))))
        answer = self.post("/session", {"device": self.phone.uid, "signed": signed})
        if answer.status_code == 200:
            self._enter(answer)
        return answer

    def ask(self, number: str = "", **shown: Any) -> Approval:
        """Let the portal ask alice."""
        prompt = Prompt(**({"login_to": "Portal", "address": "192.0.2.1", "match_number": number} | shown))
        asked = self.product.core.approvals.ask(self.product.call("alice"), prompt)
        assert isinstance(asked, Approval)
        return asked

    def questions(self) -> list[PushQuestion]:
        """Return what the page is told to show."""
        told = self.events().text.split("data: ")[1]
        return [PushQuestion(**question) for question in json.loads(told)["questions"]]

    def events(self, seen: str = "", **environ: Any) -> TestResponse:
        """Ask for events after the one with the id *seen*."""
        headers = {"Last-Event-ID": seen} if seen else {}
        return self.client.get("/pingme/events", base_url=URL, headers=headers, environ_overrides=environ)

    def answer(self, question: PushQuestion, *, approve: bool = True, **fields: Any) -> TestResponse:
        """Answer a question, having *shown* or typed something else perhaps."""
        number, shown = fields.get("number", ""), fields.get("shown")
        signature = self.phone.signed_answer(question, approve=approve, number=number, shown=shown)
        members = {
            "approve": approve,
            "number": number,
            "pin": fields.get("pin", ""),
            "signed": signed_members(signature),
        }
        return self.post(f"/answers/{question.id}", members)

    def account(self, path: str = "") -> html.HtmlElement:
        """Return the account's page, which is there."""
        answer = self.get(f"/account{path}")
        assert answer.status_code == 200
        return html.fromstring(answer.text)

    def _enter(self, answer: TestResponse) -> None:
        self.form_token = answer.get_json()["form_token"]
        cookie = self.client.get_cookie("__Host-mfa_me", domain="mfa.example.org")
        self.phone.session = cookie.value if cookie else ""
