"""The requests of the connector, made from the declarations of its types."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.published.postman import Chapter, Request, described
from tests.published.scripts import NEW_USER, connector_checks, keep, next_otps
from tests.published.type_codes import common_codes, own_codes
from validate_service.facades.connector.contract import SERVICE_PATH, TYPES, TYPES_BY_NAME
from validate_service.facades.connector.return_codes import MESSAGES
from validate_service.facades.connector.return_codes import APIReturnCode as Code

NOT_TOLD = Code.EnrollUserSendNotoficationFailed
"""Where there is no mail server, or no gateway."""

PASSWORD = "correct horse battery staple"
WRONG_OTP = "00000000"
"""No device of the story shows eight digits."""

COMMON = {
    "username": r"CORP\{{user}}",
    "spAccountLoginName": "{{accountName}}",
    "spAccountLoginKey": "{{accountKey}}",
}
SECOND_USER = {"username": r"CORP\{{user}}-2"}
TOLD = SECOND_USER | {"psn": "", "notificationMethod": 1}
THIRD_USER = {"username": r"CORP\{{user}}-3"}
KEY_SESSION = THIRD_USER | {"psn": "", "sessionId": "{{session}}"}
TOKEN = {"psn": "{{serial}}"}
DEVICE_ID = {"deviceId": "{{serial}}"}
OTHER_PHONE = DEVICE_ID | {"physicalDeviceId": "another phone"}
OTP = TOKEN | {"otp": "{{otp}}"}
TWO_OTPS = TOKEN | {"otp1": "{{otp1}}", "otp2": "{{otp2}}"}
SESSION = {"sessionTokenId": "{{sessionToken}}"}
PUSHED = {"username": "{{pushUser}}"}
PUSH = PUSHED | {"authnUserReqId": "{{push}}"}


@dataclass(frozen=True)
class Step:
    """One request of a type.

    Attributes:
        type_name: The type.
        shows: What it shows, in a few words.
        fields: Values in place of those of the type's example.
        codes: The return codes that are right.
        before: Script that runs before it.
        keeps: Which member of the answer each variable takes over.
    """

    type_name: str
    shows: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    codes: tuple[Code, ...] = (Code.Success,)
    before: str = ""
    keeps: Mapping[str, str] = field(default_factory=dict)

    @property
    def request(self) -> Request:
        """The request."""
        one = TYPES_BY_NAME[self.type_name]
        return Request(
            f"{self.type_name}: {self.shows}",
            described(one.summary, one.declaration),
            SERVICE_PATH,
            json.dumps({"type": self.type_name, **one.declaration.example, **COMMON, **self.fields}, indent=2),
            connector_checks(str(self._answer["type"]), tuple(self._extras), self.codes) + keep(**self.keeps),
            before=self.before,
            example=json.dumps(self._answer, indent=2),
        )

    @property
    def _answer(self) -> Mapping[str, Any]:
        code = self.codes[0]
        return {"type": self.type_name, "errorCode": code, "errorMessage": MESSAGES[code], **self._extras}

    @property
    def _extras(self) -> Mapping[str, Any]:
        """What the answer tells besides, where nothing but a success is right."""
        return TYPES_BY_NAME[self.type_name].extras if self.codes == (Code.Success,) else {}


USERS = (
    Step("add_user", "a user of this run's own", before=NEW_USER),
    Step("add_user", "the same again", codes=(Code.EnrollUserFailed,)),
    Step("find_user", "what is known of the user"),
    Step("find_users", "all whose names hold a text", {"search": "{{user}}"}),
    Step("update_user", "another phone number, and a password", {"mobile": "+1 212 555 0199", "pw": PASSWORD}),
    Step("validate_user", "the password", {"pw": PASSWORD}),
    Step("validate_user", "a wrong one", {"pw": "wrong"}, (Code.PartnerUserLoginFailed,)),
)
DEVICES = (
    Step(
        "add_oath_device",
        "an HOTP token; serial and seed are made",
        {"OtpType": 0, "windowSize": 10, "psn": ""},
        keeps={"serial": "deviceId", "seed": "secretKeyHex"},
        before='pm.collectionVariables.set("counter", 0);\n',
    ),
    Step("add_oath_device", "the same serial again", TOKEN, (Code.DeviceInUse,)),
    Step("add_oath_account", "a second user with a TOTP token", SECOND_USER | {"psn": ""}),
    Step("add_oath_device", "another, and the user is told by e-mail", TOLD, (Code.Success, NOT_TOLD)),
    Step("find_device", "what the token is", TOKEN),
    Step("get_oath_device_qrcode", "the token for an app on a phone", DEVICE_ID),
    Step("provision_oath_device", "the token for one phone", DEVICE_ID),
    Step("provision_oath_device", "not for another", OTHER_PHONE, (Code.DeviceAlreadyProvisioned,)),
    Step("disable_device", "no password of it is good now", TOKEN),
    Step("enable_device", "it is good again", TOKEN),
    Step("unassign_device", "it is nobody's", TOKEN),
    Step("assign_device", "it is the user's again", TOKEN),
)
OTPS = (
    Step("active_oath_device", "two passwords, one after the other", TWO_OTPS, before=next_otps("otp1", "otp2")),
    Step("validate_oath_otp", "the token's next password", OTP, before=next_otps("otp")),
    Step("validate_oath_otp", "the same again", OTP, (Code.OTPAlreadyUsed,)),
    Step("validate_oath_otp", "a wrong one", TOKEN | {"otp": WRONG_OTP}, (Code.OTPInvalid,)),
    Step("validate_oath_otp", "none", TOKEN | {"otp": None}, (Code.BogusOTP,)),
    Step("sync_oath_device", "two passwords, one after the other", TWO_OTPS, before=next_otps("otp1", "otp2")),
    Step("send_oath_otp", "a code by SMS, if there is a gateway", codes=(Code.Success, Code.SMSSendError)),
)
SESSIONS = (
    Step("create_session_token", "for an hour", {"pw": ""}, keeps={"sessionToken": "sessionTokenId"}),
    Step("is_session_token_valid", "it is", SESSION),
    Step("expire_session_token", "now", SESSION),
    Step("is_session_token_valid", "not any more", SESSION, (Code.SessionTokenInvalid,)),
)
PUSHES = (
    Step("push_oath_otp", "to a user with an authenticator", PUSHED, keeps={"push": "authnUserReqId"}),
    Step("push_status", "not answered yet", PUSH, (Code.UpdateTransactionStatusInvalid,)),
    Step("receive_push_response", "yes", PUSH | {"response": "yes"}),
    Step("push_status", "approved", PUSH),
    Step("push_oath_otp", "once more", PUSHED, keeps={"push": "authnUserReqId"}),
    Step("tap_auth_response", "no", PUSH | {"response": "no"}),
    Step("push_status", "denied", PUSH, (Code.PartnerUserLoginFailed,)),
)
SECURITY_KEYS = (
    Step("add_u2f_account", "a third user, for security keys", THIRD_USER | {"psn": ""}),
    Step("add_u2f_device", "another device for keys", THIRD_USER | {"psn": ""}),
    Step("pre_enroll", "what a browser asks a new key", THIRD_USER, keeps={"session": "RegisterRequest[0].sessionId"}),
    Step("enroll", "what is no key's answer", KEY_SESSION, (Code.PartnerUserFIDOU2FInvalidRegData,)),
    Step("pre_sign", "a user without a key", THIRD_USER, (Code.PartnerUserFIDOU2FNoEnrolledDevices,)),
    Step("sign", "a session that is none", THIRD_USER, (Code.PartnerUserFIDOU2FInvalidSessionIdData,)),
    Step("delete_key", "a key that is none", THIRD_USER, (Code.PartnerUserFIDOU2FDeleteSecurityKeyFailed,)),
    Step("delete_all_keys", "of the user", THIRD_USER),
)
REFUSALS = (
    Step("find_user", "a wrong account key", {"spAccountLoginKey": "wrong"}, (Code.PartnerLoginFailed,)),
    Step("find_user", "nobody", {"username": "nobody"}, (Code.InvalidPartnerUserLogin,)),
    Step("find_device", "without a serial", {"psn": None}, (Code.SerialNumberNotSpecified,)),
)
LEAVING = (
    Step("delete_device", "the token and its seed", TOKEN),
    Step("delete_user", "the second user with everything enrolled", SECOND_USER),
    Step("delete_user", "the third user", THIRD_USER),
    Step("delete_user", "the first user"),
)
STEPS = (*USERS, *DEVICES, *OTPS, *SESSIONS, *PUSHES, *SECURITY_KEYS, *REFUSALS, *LEAVING)


def _more() -> tuple[Step, ...]:
    """Return a step for each type that has none: its example, which may be refused with any of the type's codes."""
    asked = {step.type_name for step in STEPS}
    missing = (one for one in TYPES if one.name not in asked)
    return tuple(Step(one.name, "the example", codes=tuple(sorted(common_codes() | own_codes(one)))) for one in missing)


def _chapter(title: str, description: str, steps: tuple[Step, ...]) -> Chapter:
    return Chapter(title, description, tuple(step.request for step in steps))


CONNECTOR = Chapter(
    "SurePassID connector",
    "Every request goes to one address; its `type` says what is wanted. Only errorCode 0 is yes.",
    (
        _chapter("Users", "Add, find and change a user.", USERS),
        _chapter("Devices", "Enrol a token, disable it, enable it.", DEVICES),
        _chapter("One-time passwords", "The scripts compute them from the seed that the chapter before kept.", OTPS),
        _chapter("Session tokens", "Make one, verify it, end it.", SESSIONS),
        _chapter("Pushes", "Ask the authenticator of `pushUser`, and answer in the user's place.", PUSHES),
        _chapter("Security keys", "The questions; the answers take a browser and a key.", SECURITY_KEYS),
        _chapter("Refusals", "What is wrong with a request is told by its errorCode.", REFUSALS),
        _chapter("More types", "Types that the story does without, as their examples have them.", _more()),
    ),
)
CONNECTOR_LEAVING = tuple(step.request for step in LEAVING)
