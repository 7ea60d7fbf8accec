"""Every return code that this server answers is reached; of every other there is a reason.

The scenarios stand in ``docs/connector.md``: their docstrings say how a caller gets the code.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.facades.connector.client import PATH, ConnectorClient
from tests.facades.connector.security_keys import APP_ID, Page, websafe
from tests.facades.soap.wire import call
from tests.primitives.software_key import SIGNATURE_TYP, SoftwareKey, certificate_for
from tests.world import FakeClock
from validate_service.core.errors import DeliveryError, UnavailableError
from validate_service.core.model import Approval, DeviceKind, Factor, Scope
from validate_service.core.profiles import ProfileChange
from validate_service.core.prompts import push_prompt
from validate_service.facades.connector.application import ConnectorApplication
from validate_service.facades.connector.return_codes import MESSAGES, NEVER_ANSWERED, APIReturnCode

Code = APIReturnCode


@dataclass(frozen=True)
class Scene:
    """What a scenario plays with: a product with one user, alice.

    Attributes:
        connector: A client of its connector.
        clock: Its clock.
    """

    connector: ConnectorClient
    clock: FakeClock

    def code(self, type_name: str, username: str = "alice", /, **fields: Any) -> Code:
        """Return what became of a request."""
        return self.connector.code(type_name, username, **fields)

    def done(self, type_name: str, username: str = "alice", /, **fields: Any) -> dict[str, Any]:
        """Return the extras of a request that must succeed."""
        return self.connector.done(type_name, username, **fields)

    def token(self, serial: str = "H1") -> str:
        """Give alice an HOTP token; return its first password."""
        self.connector.product.add_device("alice", serial)
        return self.connector.product.next_code(serial)

    def push(self) -> dict[str, Any]:
        """Give alice an authenticator and have it ask her; return what names the push."""
        self.connector.product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
        return self.done("push_oath_otp")

    def page(self) -> Page:
        """Return a page in front of which alice has a security key."""
        page = Page(self.connector)
        page.enroll()
        return page

    def sent_code(self) -> str:
        """Send alice a code, and return it."""
        self.done("update_user", mobile="+12125550100")
        self.done("send_oath_otp", deliveryMethod="sms")
        (code,) = re.findall(r"\b[0-9]{9}\b", self.connector.courier.sent[-1].body)
        return str(code)


Scenario: TypeAlias = Callable[[Scene], Code]

SCENARIOS: dict[Code, Scenario] = {}
"""How each code is reached."""


def reaches(code: Code) -> Callable[[Scenario], Scenario]:
    """Register the scenario that is answered *code*."""

    def register(scenario: Scenario) -> Scenario:
        SCENARIOS[code] = scenario
        return scenario

    return register


# The account


@reaches(Code.PartnerLoginFailed)
def a_wrong_account_key(scene: Scene) -> Code:
    """The account's key is wrong."""
    return scene.code("find_user", spAccountLoginKey="wrong")


@reaches(Code.PartnerUserLoginFailedNotAdmin)
def an_account_without_the_scope(scene: Scene) -> Code:
    """An account that may only validate administers."""
    scene.connector.may_only(Scope.VALIDATE)
    return scene.code("find_user")


# One-time passwords


@reaches(Code.Success)
def a_fresh_password(scene: Scene) -> Code:
    """The next password of the user's token."""
    return scene.code("validate_oath_otp", otp=scene.token())


@reaches(Code.OTPAlreadyUsed)
def a_used_password(scene: Scene) -> Code:
    """The same password a second time."""
    password = scene.token()
    scene.done("validate_oath_otp", otp=password)
    return scene.code("validate_oath_otp", otp=password)


@reaches(Code.OTPInvalid)
def a_wrong_password(scene: Scene) -> Code:
    """A password that no token of the user makes."""
    scene.token()
    return scene.code("validate_oath_otp", otp=scene.connector.product.wrong_code("H1"))


@reaches(Code.BogusOTP)
def no_password(scene: Scene) -> Code:
    """A request without the password to verify."""
    return scene.code("validate_oath_otp")


@reaches(Code.MaximumFailedOTPRequestsExceeded)
def a_locked_user(scene: Scene) -> Code:
    """The right password after ten wrong ones."""
    password = scene.token()
    for _ in range(10):
        scene.code("validate_oath_otp", otp="00000000")
    return scene.code("validate_oath_otp", otp=password)


@reaches(Code.DeviceDiabled)
def a_disabled_device(scene: Scene) -> Code:
    """The password of a token that is disabled."""
    password = scene.token()
    scene.done("disable_device", psn="H1")
    return scene.code("validate_oath_otp", otp=password)


@reaches(Code.PartnerUserLoginDisabled)
def a_disabled_user(scene: Scene) -> Code:
    """The password of a user who is disabled."""
    password = scene.token()
    scene.done("update_user", userStatus=1)
    return scene.code("validate_oath_otp", otp=password)


@reaches(Code.DeviceInvalid)
def a_factor_that_is_not_allowed(scene: Scene) -> Code:
    """The password of a user whose authentication set has no one-time passwords."""
    password, product = scene.token(), scene.connector.product
    product.core.auth_set_register.add(product.operator(), product.tenant, "Card", frozenset({Factor.CARD}))
    product.core.user_register.update(product.operator("alice"), product.tenant, ProfileChange(auth_set="Card"))
    return scene.code("validate_oath_otp", otp=password)


@reaches(Code.NoDevicesDefined)
def a_user_without_a_token(scene: Scene) -> Code:
    """A password for a user without a token."""
    return scene.code("validate_oath_otp", otp="123456")


# Codes that are sent


@reaches(Code.SendOTPExpired)
def an_old_code(scene: Scene) -> Code:
    """A code that was sent long ago."""
    code = scene.sent_code()
    scene.clock.advance(3600)
    return scene.code("validate_oath_otp", otp=code)


@reaches(Code.SendOTPInvalidDeliveryMethod)
def an_unknown_channel(scene: Scene) -> Code:
    """A code by a channel that there is not."""
    return scene.code("send_oath_otp", deliveryMethod="pigeon")


@reaches(Code.SMSSendError)
def an_sms_that_does_not_get_through(scene: Scene) -> Code:
    """A code by SMS that the gateway refuses."""
    scene.done("update_user", mobile="+12125550100")
    scene.connector.courier.failure = DeliveryError("refused")
    return scene.code("send_oath_otp", deliveryMethod="sms")


@reaches(Code.EmailSendError)
def a_mail_that_does_not_get_through(scene: Scene) -> Code:
    """A code by e-mail that the mail server refuses."""
    scene.done("update_user", email="alice@corp.example")
    scene.connector.courier.failure = DeliveryError("refused")
    return scene.code("send_oath_otp", deliveryMethod="email")


@reaches(Code.MaximumLoginPartnerUserAttempsExceeded)
def too_many_codes(scene: Scene) -> Code:
    """More codes at once than the pace allows."""
    for _ in range(5):
        scene.sent_code()
    return scene.code("send_oath_otp", deliveryMethod="sms")


# Users


@reaches(Code.InvalidPartnerUserLogin)
def an_unknown_user(scene: Scene) -> Code:
    """A user who is not there."""
    return scene.code("find_user", "nobody")


@reaches(Code.EnrollUserFailed)
def a_user_who_exists(scene: Scene) -> Code:
    """A new user by the name of another."""
    return scene.code("add_user", "ALICE")


# Devices


@reaches(Code.DeviceNotFound)
def an_unknown_device(scene: Scene) -> Code:
    """A serial that nobody has."""
    return scene.code("find_device", psn="none")


@reaches(Code.SerialNumberNotSpecified)
def no_serial(scene: Scene) -> Code:
    """A request without the serial of the device."""
    return scene.code("find_device")


@reaches(Code.BogusSerialNumber)
def a_serial_that_is_none(scene: Scene) -> Code:
    """A serial that is no text, or too long."""
    return scene.code("find_device", psn="1" * 65)


@reaches(Code.DeviceInUse)
def a_serial_that_is_taken(scene: Scene) -> Code:
    """A new device with the serial of another."""
    scene.token("H1")
    return scene.code("add_oath_device", psn="h1")


@reaches(Code.DeviceTypeInvalid)
def an_unknown_device_type(scene: Scene) -> Code:
    """A new device of a kind that there is not."""
    return scene.code("add_oath_device", deviceType=99)


@reaches(Code.OTPTypeInvalid)
def an_unknown_otp_type(scene: Scene) -> Code:
    """A new device with passwords of a kind that there is not."""
    return scene.code("add_oath_device", OtpType=99)


@reaches(Code.InvalidDeviceConfig)
def a_device_that_cannot_be(scene: Scene) -> Code:
    """A new device with passwords of five digits."""
    return scene.code("add_oath_device", OtpLength=5)


@reaches(Code.TimeDriftInvalid)
def a_drift(scene: Scene) -> Code:
    """A new device with a drift, which is learned."""
    return scene.code("add_oath_device", timeDrift=5)


@reaches(Code.EnrollUserSendNotoficationFailed)
def a_user_who_cannot_be_told(scene: Scene) -> Code:
    """A new device whose user is to be told by e-mail, and has no mail address."""
    return scene.code("add_oath_device", notificationMethod=1)


@reaches(Code.DeviceAlreadyProvisioned)
def a_second_phone(scene: Scene) -> Code:
    """A token that another phone has fetched."""
    scene.token("H1")
    scene.done("provision_oath_device", deviceId="H1", physicalDeviceId="the phone")
    return scene.code("provision_oath_device", deviceId="H1", physicalDeviceId="another phone")


@reaches(Code.BogusPhysicalDeviceId)
def no_phone(scene: Scene) -> Code:
    """A token for a phone that does not say which it is."""
    return scene.code("provision_oath_device", deviceId="H1")


@reaches(Code.DeviceNotSpecified)
def no_device_id(scene: Scene) -> Code:
    """A token for a phone, without saying which."""
    return scene.code("provision_oath_device", physicalDeviceId="the phone")


@reaches(Code.BogusUniqueDeviceId)
def a_device_id_that_is_none(scene: Scene) -> Code:
    """A token for a phone, with a deviceId that is too long."""
    return scene.code("provision_oath_device", deviceId="1" * 65, physicalDeviceId="the phone")


# Pushes


@reaches(Code.UpdateTransactionStatusInvalid)
def a_push_without_an_answer(scene: Scene) -> Code:
    """A push that the user has not answered yet."""
    return scene.code("push_status", **scene.push())


@reaches(Code.PartnerUserLoginFailed)
def a_denied_push(scene: Scene) -> Code:
    """A push that the user denied."""
    push = scene.push()
    scene.done("tap_auth_response", **push, response="no")
    return scene.code("push_status", **push)


@reaches(Code.UpdateTransactionStatusFailed)
def a_second_answer(scene: Scene) -> Code:
    """An answer to a push that was answered before."""
    push = scene.push()
    scene.done("receive_push_response", **push, response="yes")
    return scene.code("receive_push_response", **push, response="no")


@reaches(Code.UpdateTransactionApprovalCodeMissmatch)
def an_answer_without_the_number(scene: Scene) -> Code:
    """An approval of a push whose number the user must type, without the number."""
    scene.push()
    product = scene.connector.product
    asked = product.core.approvals.ask(product.call("alice"), replace(push_prompt("Portal", ""), match_number="47"))
    assert isinstance(asked, Approval)
    return scene.code("tap_auth_response", authnUserReqId=asked.id, response="yes")


@reaches(Code.UpdateTransactionReferenceCodeNotSpecified)
def no_push(scene: Scene) -> Code:
    """A request without the id of the push."""
    return scene.code("push_status")


@reaches(Code.UpdateTransactionReferenceCodeNotFound)
def an_unknown_push(scene: Scene) -> Code:
    """An id that no push of the user has."""
    return scene.code("push_status", authnUserReqId="0" * 32)


# Security keys


@reaches(Code.BogusFIDOAppId)
def an_application_without_tls(scene: Scene) -> Code:
    """An appId that does not begin with https."""
    return scene.code("pre_enroll", appId="http://portal.example.org")


@reaches(Code.PartnerUserFIDOU2FInvalidVersion)
def an_unknown_version(scene: Scene) -> Code:
    """A version that there is not."""
    return scene.code("pre_enroll", appId=APP_ID, version="U2F_V3")


@reaches(Code.PartnerUserFIDOU2FInvalidAppID)
def a_foreign_page(scene: Scene) -> Code:
    """An answer that another origin's page had the key give."""
    page = Page(scene.connector, origin="https://evil.example")
    return scene.code("enroll", **page.registered(page.pre_enroll()))


@reaches(Code.PartnerUserFIDOU2FInvalidChallenge)
def another_challenge(scene: Scene) -> Code:
    """An answer to another challenge than that of the session."""
    page = Page(scene.connector)
    asked = page.pre_enroll() | {"challenge": websafe(bytes(32))}
    return scene.code("enroll", **page.registered(asked))


@reaches(Code.PartnerUserFIDOU2FPrepareSignDataError)
def another_step(scene: Scene) -> Code:
    """A registration that says that it is a signature."""
    page = Page(scene.connector)
    return scene.code("enroll", **page.registered(page.pre_enroll(), typ=SIGNATURE_TYP))


@reaches(Code.PartnerUserFIDOU2FInvalidSessionIdData)
def a_used_session(scene: Scene) -> Code:
    """A second answer in the same session."""
    page = Page(scene.connector)
    answered = page.registered(page.pre_enroll())
    scene.code("enroll", **answered)
    return scene.code("enroll", **answered)


@reaches(Code.PartnerUserFIDOU2FInvalidRegData)
def a_registration_that_is_none(scene: Scene) -> Code:
    """Registration data that end too early."""
    page = Page(scene.connector)
    return scene.code("enroll", **page.registered(page.pre_enroll()) | {"registrationData": "BQ"})


@reaches(Code.PartnerUserFIDOU2FInvalidPubKey)
def a_point_off_the_curve(scene: Scene) -> Code:
    """A public key that is no point on P-256."""
    page = Page(scene.connector)
    return scene.code("enroll", **page.registered(page.pre_enroll(), public_key=b"\4" + bytes(64)))


@reaches(Code.PartnerUserFIDOU2FInvalidAttestationSig)
def a_registration_for_another_application(scene: Scene) -> Code:
    """Registration data that were signed for another application."""
    page = Page(scene.connector)
    asked = page.pre_enroll() | {"appId": "https://portal.example.org/another"}
    return scene.code("enroll", **page.registered(asked))


@reaches(Code.PartnerUserFIDOU2FInvalidAttestationError)
def a_certificate_of_another_kind(scene: Scene) -> Code:
    """An attestation whose certificate has no key on P-256."""
    certificate = certificate_for(Ed25519PrivateKey.generate().public_key())
    page = Page(scene.connector, key=SoftwareKey(certificate=certificate))
    return scene.code("enroll", **page.registered(page.pre_enroll()))


@reaches(Code.NoDevicesAvailable)
def a_key_for_a_disabled_device(scene: Scene) -> Code:
    """A new key for a device that is disabled."""
    scene.done("add_u2f_device", psn="K1")
    scene.done("disable_device", psn="K1")
    return Code(Page(scene.connector).enroll()["errorCode"])


@reaches(Code.PartnerUserFIDOU2FNoEnrolledDevices)
def a_user_without_a_key(scene: Scene) -> Code:
    """A question to the keys of a user who has none."""
    return scene.code("pre_sign", appId=APP_ID)


@reaches(Code.PartnerUserFIDOU2FInvalidSignData)
def a_signature_that_is_none(scene: Scene) -> Code:
    """Signature data that end too early."""
    page = scene.page()
    return scene.code("sign", **page.signed(page.pre_sign()[0]) | {"signatureData": "AQ"})


@reaches(Code.PartnerUserFIDOU2FInvalidSignDataInvalid)
def a_signature_of_something_else(scene: Scene) -> Code:
    """A signature over another application."""
    page = scene.page()
    asked = page.pre_sign()[0] | {"appId": "https://portal.example.org/another"}
    return scene.code("sign", **page.signed(asked))


@reaches(Code.PartnerUserFIDOU2FNoUserPresence)
def a_key_that_nobody_touched(scene: Scene) -> Code:
    """A signature without the user's touch."""
    page = scene.page()
    return scene.code("sign", **page.signed(page.pre_sign()[0], presence=0))


@reaches(Code.UpdateDeviceCounterFailed)
def a_copied_key(scene: Scene) -> Code:
    """A signature with a counter that was seen before."""
    page = scene.page()
    page.sign()
    page.key.counter = 0
    return Code(page.sign()["errorCode"])


@reaches(Code.PartnerUserFIDOU2FDeleteSecurityKeyFailed)
def an_unknown_key(scene: Scene) -> Code:
    """The end of a key that the user does not have."""
    return scene.code("delete_key", appId=APP_ID, securityKeyName="none", securityKeyType=1)


# Session tokens


@reaches(Code.SessionTokenInvalid)
def an_unknown_session_token(scene: Scene) -> Code:
    """A session token that the user does not have."""
    return scene.code("is_session_token_valid", sessionTokenId="none")


@reaches(Code.SessionTokenCreationFailed)
def a_session_token_for_ever(scene: Scene) -> Code:
    """A session token that is good for longer than 30 days."""
    return scene.code("create_session_token", sessionTokenDurationMinutes=43201)


@reaches(Code.SessionTokenDeleteFailed)
def a_session_token_that_is_gone(scene: Scene) -> Code:
    """The end of a session token that the user does not have."""
    return scene.code("expire_session_token", sessionTokenId="none")


# Whatever the type


@reaches(Code.CreateTransactionFailed)
def an_unknown_type(scene: Scene) -> Code:
    """A type that there is not."""
    return scene.code("validate_everything")


@reaches(Code.DatabaseError)
def an_unavailable_service(scene: Scene) -> Code:
    """Any request while the database or a gateway does not answer in time."""
    scene.done("update_user", mobile="+12125550100")
    scene.connector.courier.failure = UnavailableError("the gateway is on fire")
    return scene.code("send_oath_otp", deliveryMethod="sms")


@reaches(Code.SystemTrace)
def a_defect(scene: Scene) -> Code:
    """A defect of the server, with status 500."""

    class Broken:
        def verify(self, *_: object, **__: object) -> None:
            raise ZeroDivisionError

    core = replace(scene.connector.product.core, otp=Broken())  # type: ignore[arg-type]
    body = json.dumps({"type": "validate_oath_otp", "otp": "1"} | scene.connector.credentials()).encode()
    answer = call(ConnectorApplication(core), "POST", PATH, body=body)
    assert answer.status == 500
    return Code(answer.json["errorCode"])


@pytest.mark.parametrize("code", SCENARIOS, ids=lambda code: code.name)
def test_a_code_is_reached(connector: ConnectorClient, clock: FakeClock, code: Code) -> None:
    """By its scenario."""
    assert SCENARIOS[code](Scene(connector, clock)) is code


def test_every_code_is_answered_or_there_is_a_reason() -> None:
    """All 109, and none has both."""
    assert set(MESSAGES).isdisjoint(NEVER_ANSWERED)
    assert set(MESSAGES) | set(NEVER_ANSWERED) == set(Code)


def test_every_code_that_has_a_text_has_a_scenario() -> None:
    """A text that nobody gets is no use."""
    assert set(MESSAGES) == set(SCENARIOS)


def test_every_text_is_one_sentence() -> None:
    """So is every reason; only success is told with the vendor's word."""
    texts = [*MESSAGES.values(), *NEVER_ANSWERED.values()]
    assert [text for text in texts if not text.endswith(".")] == ["OK"]
