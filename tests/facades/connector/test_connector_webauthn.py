"""Security keys over WebAuthn: the same four steps with ``FIDO2``, also for keys that were enrolled over U2F."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.facades.connector.client import ConnectorClient
from tests.facades.connector.security_keys import APP_ID, ORIGIN, Page, unwebsafe, websafe
from tests.primitives.software_passkey import CREATE, GET, SoftwarePasskey, said
from validate_service.core.model import Scope
from validate_service.facades.connector.return_codes import APIReturnCode as Code

RP_ID = "portal.example.org"


@dataclass
class ModernPage:
    """A page of today's, for alice with one key.

    Attributes:
        connector: Where it asks.
        key: The key.
        origin: Where the page comes from.
        rp_id: What the browser tells the key that the application is.
    """

    connector: ConnectorClient
    key: SoftwarePasskey
    origin: str = ORIGIN
    rp_id: str = RP_ID

    def ask(self, step: str) -> tuple[str, dict[str, Any]]:
        """Return the session and the options of the first of two steps."""
        members = self.connector.ask(step, appId=APP_ID, version="FIDO2")
        assert (members["type"], members["errorCode"], members["errorMessage"]) == (step, 0, ""), members
        return members["sessionId"], members["publicKey"]

    def created(self, options: dict[str, Any], **key: Any) -> dict[str, Any]:
        """Return what ``credential.toJSON()`` gives for a new key."""
        client_data = said(CREATE, unwebsafe(options["challenge"]), self.origin)
        attestation = self.key.register(self.rp_id, client_data, **key)
        response = {"clientDataJSON": websafe(client_data), "attestationObject": websafe(attestation)}
        return self.credential(response)

    def got(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return what ``credential.toJSON()`` gives for a signature."""
        client_data = said(GET, unwebsafe(options["challenge"]), self.origin)
        data, signature = self.key.sign(self.rp_id, client_data)
        response = {
            "clientDataJSON": websafe(client_data),
            "authenticatorData": websafe(data),
            "signature": websafe(signature),
            "userHandle": None,
        }
        return self.credential(response)

    def credential(self, response: dict[str, Any]) -> dict[str, Any]:
        """Return the whole credential."""
        handle = websafe(self.key.credential_id)
        return {"id": handle, "rawId": handle, "type": "public-key", "response": response, "clientExtensionResults": {}}

    def enroll(self, **key: Any) -> Code:
        """Enrol the key; return what became of it."""
        session, options = self.ask("pre_enroll")
        return self.second("enroll", session, self.created(options, **key))

    def sign(self) -> Code:
        """Sign in; return what became of it."""
        session, options = self.ask("pre_sign")
        return self.second("sign", session, self.got(options))

    def second(self, step: str, session: str, credential: object) -> Code:
        """Return what became of the second of two steps."""
        return self.connector.code(step, version="FIDO2", sessionId=session, credential=credential)


@pytest.fixture
def page(connector: ConnectorClient) -> ModernPage:
    """A page for alice, whose key is not enrolled yet."""
    return ModernPage(connector, SoftwarePasskey())


def test_a_key_is_enrolled_and_signs_in(page: ModernPage) -> None:
    """As often as it is asked."""
    assert page.enroll() is Code.Success
    assert page.sign() is page.sign() is Code.Success
    (device,) = page.connector.done("find_user")["Devices"]
    assert (device["deviceType"], device["otpType"]) == (12, 8)


def test_the_options_of_a_new_key_are_what_browsers_read(page: ModernPage) -> None:
    """The user is named to the key, and told to nobody else by the handle."""
    _, options = page.ask("pre_enroll")
    assert options["rp"] == {"id": RP_ID, "name": "ValidateService"}
    assert (options["user"]["name"], len(unwebsafe(options["user"]["id"]))) == ("alice", 32)
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-7, -257]
    assert (options["attestation"], options["excludeCredentials"]) == ("none", [])
    assert "extensions" not in options
    assert page.ask("pre_enroll")[1]["user"] == options["user"]


def test_the_options_of_a_new_key_name_the_known_ones(page: ModernPage) -> None:
    """So that none is enrolled twice; those of U2F the browser finds by an extension."""
    assert page.enroll() is Code.Success
    known = [{"type": "public-key", "id": websafe(b"credential")}]
    assert page.ask("pre_enroll")[1]["excludeCredentials"] == known
    known.append({"type": "public-key", "id": Page(page.connector).enroll()["keyHandle"]})
    _, options = page.ask("pre_enroll")
    assert (options["excludeCredentials"], options["extensions"]) == (known, {"appidExclude": APP_ID})


def test_the_options_of_a_sign_in_are_what_browsers_read(page: ModernPage) -> None:
    """The extension comes only where a key needs it."""
    assert page.enroll() is Code.Success
    _, options = page.ask("pre_sign")
    assert (options["rpId"], options["allowCredentials"][0]["id"]) == (RP_ID, websafe(b"credential"))
    assert "extensions" not in options
    assert Page(page.connector).enroll()["errorCode"] == 0
    assert page.ask("pre_sign")[1]["extensions"] == {"appid": APP_ID}


def test_a_key_that_was_enrolled_over_u2f_signs_in_a_current_browser(page: ModernPage) -> None:
    """By the extension ``appid``; over U2F it goes on signing, and both count on."""
    old = Page(page.connector)
    handle = unwebsafe(old.enroll()["keyHandle"])
    page.key = SoftwarePasskey(old.key.last_private_key, handle, counter=10)
    page.rp_id = APP_ID
    assert page.sign() is Code.Success
    old.key.counter = 20
    assert old.sign()["errorCode"] == 0
    page.key.counter = 19
    assert page.sign() is Code.UpdateDeviceCounterFailed


def test_a_key_of_webauthn_does_not_sign_over_u2f(page: ModernPage) -> None:
    """What it signs has another form."""
    assert page.enroll() is Code.Success
    assert page.connector.code("pre_sign", appId=APP_ID) is Code.PartnerUserFIDOU2FNoEnrolledDevices


def test_a_challenge_is_one_protocols(page: ModernPage) -> None:
    """Neither serves for the other."""
    session, options = page.ask("pre_enroll")
    old = Page(page.connector)
    asked = {"challenge": options["challenge"], "appId": APP_ID, "sessionId": session}
    assert page.connector.code("enroll", **old.registered(asked)) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    asked = old.pre_enroll()
    created = page.created({"challenge": asked["challenge"]})
    assert page.second("enroll", asked["sessionId"], created) is Code.PartnerUserFIDOU2FInvalidSessionIdData


REFUSED: dict[str, tuple[Code, dict[str, Any], dict[str, Any]]] = {
    "untouched": (Code.PartnerUserFIDOU2FNoUserPresence, {"flags": 0}, {}),
    "foreign origin": (Code.PartnerUserFIDOU2FInvalidAppID, {}, {"origin": "https://evil.example"}),
    "another application": (Code.BogusFIDOAppId, {}, {"rp_id": "evil.example"}),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_an_answer_with_one_thing_wrong_is_refused(page: ModernPage, attack: str) -> None:
    """At both steps, each with a code of its own."""
    code, key, browser = REFUSED[attack]
    for name, value in browser.items():
        setattr(page, name, value)
    for name, value in key.items():
        setattr(page.key, name, value)
    assert page.enroll() is code
    page.origin, page.rp_id, page.key.flags = ORIGIN, RP_ID, 1
    assert page.enroll() is Code.Success
    for name, value in browser.items():
        setattr(page, name, value)
    for name, value in key.items():
        setattr(page.key, name, value)
    page.connector.may_only(Scope.VALIDATE)
    assert page.sign() is code


def test_codes_of_an_enrolment(page: ModernPage) -> None:
    """An attestation that is not right, and a key off its curve."""
    assert page.enroll(fmt="homemade") is Code.PartnerUserFIDOU2FInvalidAttestationSig
    off_curve: dict[object, object] = {1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)}
    assert page.enroll(cose=off_curve) is Code.PartnerUserFIDOU2FInvalidPubKey


def test_a_counter_that_went_back_disables_the_device(page: ModernPage) -> None:
    """There is a copy of it; keys that do not count are let be."""
    assert page.enroll() is Code.Success
    page.key.counter = -1
    assert page.sign() is Code.Success
    page.key.counter = 5
    assert page.sign() is Code.Success
    page.key.counter = 2
    assert page.sign() is Code.UpdateDeviceCounterFailed
    assert page.connector.code("pre_sign", appId=APP_ID, version="FIDO2") is Code.DeviceDiabled


def test_a_credential_may_be_the_text_of_an_object(page: ModernPage) -> None:
    """As clients send it whose fields are all text."""
    session, options = page.ask("pre_enroll")
    assert page.second("enroll", session, json.dumps(page.created(options))) is Code.Success


@pytest.mark.parametrize(
    "credential",
    [
        None,
        {},
        {"response": []},
        {"response": {"clientDataJSON": 1}},
        {"response": {"clientDataJSON": "e30", "attestationObject": "?"}},
        {"response": {"clientDataJSON": "e30", "attestationObject": ""}},
    ],
)
def test_what_is_no_credential_is_refused(page: ModernPage, credential: object) -> None:
    """Before the challenge is looked at, which stays good."""
    session, options = page.ask("pre_enroll")
    assert page.second("enroll", session, credential) is Code.PartnerUserFIDOU2FInvalidRegData
    assert page.second("enroll", session, page.created(options)) is Code.Success
    session, options = page.ask("pre_sign")
    assert page.second("sign", session, credential) is Code.PartnerUserFIDOU2FInvalidSignData
    assert page.second("sign", session, page.got(options)) is Code.Success


@pytest.mark.parametrize("credential", [1, [], True, "", "[]", "{", '{"a":1,"A":2}'])
def test_a_credential_is_an_object(page: ModernPage, credential: object) -> None:
    """Or the text of one."""
    session, _ = page.ask("pre_enroll")
    assert page.second("enroll", session, credential) is Code.CreateTransactionFailed
