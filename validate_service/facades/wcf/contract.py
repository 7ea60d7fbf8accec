"""The operations: one table, of which the service, its WSDL and its page are made.

An operation is a type of the connector under another name, with the same fields under other names.  Names,
misspellings and order of the parameters are the vendor's as far as they are public; the others follow the JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from validate_service.facades.wcf import data_contracts as answers
from validate_service.facades.wcf.data_contracts import DataContract
from validate_service.facades.wcf.values import Kind, Value

SERVICE_NAME = "SurePassAuthServerWCFService"
INTERFACE = f"I{SERVICE_NAME}"
SERVICE_PATH = f"/AuthServerWCFService/{SERVICE_NAME}.svc"
NAMESPACE = "http://tempuri.org/"

FIDO_DEVICE = 12

Values: TypeAlias = Mapping[str, Value]
"""The values of an operation's parameters by their names."""


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes:
        name: Its name on the wire.
        meant: The connector's field, in lower case; empty if it only helps to choose the type.
        kind: What it holds.
        meanings: What a value is in the connector's field, where that is another; ``None`` for a field that is
            missing.
        optional: Whether the connector's field is missing where the parameter is; otherwise it has its kind's default.
    """

    name: str
    meant: str
    kind: Kind = Kind.STRING
    meanings: Mapping[Value, object] = field(default_factory=dict)
    optional: bool = False

    @property
    def default(self) -> Value:
        """What the value is if the parameter is missing."""
        return None if self.optional else self.kind.default


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        name: Its name.
        summary: What it does, in one line.
        type_of: Tells from the values of the parameters which type of the connector is asked.
        parameters: Its parameters, in wire order.
        answer: The class of its result.
    """

    name: str
    summary: str
    type_of: Callable[[Values], str]
    parameters: tuple[Parameter, ...]
    answer: DataContract = answers.PLAIN

    @property
    def action(self) -> str:
        """The action of a request."""
        return f"{NAMESPACE}{INTERFACE}/{self.name}"

    @property
    def reply_action(self) -> str:
        """The action of an answer."""
        return f"{self.action}Response"

    def request(self, values: Sequence[Value]) -> tuple[str, dict[str, object]]:
        """Return the name of the connector's type, and its fields by their names in lower case.

        Args:
            values: The values of the parameters, in wire order.
        """
        told = list(zip(self.parameters, values, strict=True))
        type_name = self.type_of({one.name: value for one, value in told})
        return type_name, {one.meant: one.meanings.get(value, value) for one, value in told if one.meant}


def _always(type_name: str) -> Callable[[Values], str]:
    return lambda _values: type_name


def _enrolment_type(values: Values) -> str:
    """Return which of the four enrolments EnrollUser is."""
    family = "u2f" if values["deviceType"] == FIDO_DEVICE else "oath"
    return f"add_{family}_device" if values["addDeviceOnly"] else f"add_{family}_account"


def _text(name: str, field_name: str = "") -> Parameter:
    return Parameter(name, field_name or name.lower())


# A proxy of .NET always sends its numbers: 0, where it cannot be meant, is the connector's default.
_ZERO_IS_DEFAULT: Mapping[Value, object] = {0: None}

ACCOUNT = (
    _text("authServerPartnerLoginName", "spaccountloginname"),
    _text("authServerPartnerLoginPassword", "spaccountloginkey"),
)
USER = _text("authServerPartnerUserLoginName", "username")
COMMON = (*ACCOUNT, USER)

_PSN = _text("psn")
_SERIAL = _text("printedSerialNumber", "psn")
_DEVICE_ID = _text("deviceID")
_APP_ID = _text("appId")
_PASSWORD = _text("pw")
_PUSH_ID = _text("authnUserReqId")
_SESSION_TOKEN = _text("sessionTokenId")
_CODES = (_text("otp1"), _text("otp2"), _PSN)
_PUSH_ANSWER = (_text("mobile"), _text("response"), _PUSH_ID)
_CLIENT_DATA = (_text("b64SessionId", "sessionid"), _text("b64ClientData", "clientdata"))
_PROFILE = (
    *(_text("firstName"), _text("lastName"), _text("mobile"), _text("email")),
    # Missing is not 0 here: whoever does not name it does not mean to enable a disabled user.
    Parameter("userStatus", "userstatus", Kind.SHORT, optional=True),
    _PASSWORD,
)
_ENROLMENT = (
    *(_text("firstName"), _text("lastName"), _text("loginName", "username"), _text("loginPassword", "pw")),
    *(_text("email"), _text("mobilePhone", "mobile")),
    Parameter("deviceType", "devicetype", Kind.SHORT, _ZERO_IS_DEFAULT),
    Parameter("otpType", "otptype", Kind.SHORT),
    Parameter("otpLength", "otplength", Kind.SHORT, _ZERO_IS_DEFAULT),
    Parameter("otpWindow", "windowsize", Kind.SHORT, _ZERO_IS_DEFAULT),
    *(_text("otpPin"), _text("deviceId", "psn")),
    Parameter("addDeviceOnly", "", Kind.BOOLEAN),
    Parameter("notificationMethod", "notificationmethod", Kind.SHORT),
)
_CODE_CHANNEL = Parameter("deliveryMethod", "deliverymethod", Kind.SHORT, {0: "sms", 1: "email", 2: "voice"})
_PUSH_CHANNEL = Parameter(
    "deliveryMethod", "deliverymethod", Kind.SHORT, {0: "pushsmsquestion", 1: "pushapp", 2: "pushappu2f"}
)
_PUSH_TEXTS = (_text("appName"), _text("accountName"), _text("reason"), _text("relyingParty"))


def _operation(
    name: str, type_name: str, summary: str, *parameters: Parameter, answer: DataContract = answers.PLAIN
) -> Operation:
    return Operation(name, summary, _always(type_name), (*COMMON, *parameters), answer)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "EnrollUser",
        "Add a user with a device; with addDeviceOnly, give a user a device.",
        _enrolment_type,
        (*ACCOUNT, *_ENROLMENT),
        answers.ENROLLED,
    ),
    _operation(
        "ValidateUser",
        "validate_user",
        "Verify a user's password, and show the user; with noAuth, show the user only.",
        _PASSWORD,
        Parameter("noAuth", "noauth", Kind.BOOLEAN),
        answer=answers.VALIDATED,
    ),
    _operation("FindUser", "find_user", "Show a user's status, addresses and devices.", answer=answers.USER),
    _operation(
        "FindUsers",
        "find_users",
        "List users whose names or addresses hold a text.",
        _text("search"),
        Parameter("firstRow", "firstrow", Kind.INT),
        Parameter("maxRows", "maxrows", Kind.INT, _ZERO_IS_DEFAULT),
        answer=answers.USERS,
    ),
    _operation("AddUser", "add_user", "Add a user.", *_PROFILE),
    _operation("UpdateUser", "update_user", "Change a user; what is missing stays.", *_PROFILE),
    _operation(
        "DeleteUser",
        "delete_user",
        "Delete a user; with removeRelated, the user's tokens too.",
        Parameter("removeRelated", "removerelated", Kind.BOOLEAN, optional=True),
    ),
    _operation("FindDevice", "find_device", "Show what a device is.", _SERIAL, answer=answers.DEVICE),
    _operation(
        "AssginDevice",
        "assign_device",
        "Give a device to a user; with force, take it away from another.",
        _PSN,
        Parameter("force", "force", Kind.BOOLEAN),
    ),
    _operation("UnassignDevice", "unassign_device", "Take a device away from its user.", _PSN),
    _operation("EnableDevice", "enable_device", "Enable a device.", _PSN),
    _operation("DisableDevice", "disable_device", "Disable a device.", _PSN),
    _operation("DeleteDevice", "delete_device", "Delete a device and its seed.", _PSN),
    _operation("ActiveDevice", "active_oath_device", "Activate a new device, by two consecutive passwords.", *_CODES),
    _operation(
        "SynchronizeDevice", "sync_oath_device", "Find a device that ran away, by two consecutive passwords.", *_CODES
    ),
    _operation(
        "ProvisionQRCode",
        "get_oath_device_qrcode",
        "Make a QR code that an authenticator app reads.",
        _DEVICE_ID,
        _text("accountName"),
        answer=answers.QR_CODE,
    ),
    _operation(
        "ProvisionDevice",
        "provision_oath_device",
        "Hand out a device to an app.",
        _DEVICE_ID,
        _text("physicalDeviceId"),
        answer=answers.PROVISIONED,
    ),
    _operation(
        "ValidateOTP",
        "validate_oath_otp",
        "Verify a one-time password, or a code that was sent.",
        _text("authOtp", "otp"),
        _SERIAL,
    ),
    _operation(
        "SendOTP",
        "send_oath_otp",
        "Send the user a code for ValidateOTP: 0 by text message, 1 by mail, 2 by voice.",
        _PSN,
        _CODE_CHANNEL,
        answer=answers.U2F,
    ),
    _operation(
        "SendPushMessage",
        "push_oath_otp",
        "Ask the user's authenticator (1 or 2), and do not wait.",
        _PUSH_CHANNEL,
        *_PUSH_TEXTS,
        answer=answers.PUSH,
    ),
    _operation(
        "PushStatus",
        "push_status",
        "Tell where a push stands; only an approval is a success.",
        _PUSH_ID,
        answer=answers.PUSH_STATUS,
    ),
    _operation(
        "ReceivePushResponse",
        "receive_push_response",
        "Answer a push in the user's place.",
        *_PUSH_ANSWER,
        answer=answers.U2F,
    ),
    _operation(
        "TapAuthResponse", "tap_auth_response", "Answer a push in the user's place.", *_PUSH_ANSWER, answer=answers.U2F
    ),
    _operation(
        "EnrollAppU2FInit",
        "pre_enroll",
        "Begin to enrol a security key.",
        _APP_ID,
        answer=answers.KEY_ENROLMENT,
    ),
    _operation(
        "EnrollAppU2F",
        "enroll",
        "Enrol a security key.",
        *(_PSN, _text("securityKeyName"), _text("b64RegistrationData", "registrationdata")),
        *(*_CLIENT_DATA, _text("version")),
        answer=answers.ENROLLED_KEY,
    ),
    Operation(
        "SignAppU2FInit",
        "Begin to sign with a security key.",
        _always("pre_sign"),
        # The vendor's own order.
        (*ACCOUNT, _APP_ID, USER, _PSN),
        answers.KEY_SIGNING,
    ),
    _operation(
        "SignAppU2F",
        "sign",
        "Verify what a security key signed.",
        *(_PSN, *_CLIENT_DATA, _text("b64SignData", "signaturedata")),
        answer=answers.SIGNED,
    ),
    _operation(
        "DeleteSecurityKey",
        "delete_key",
        "Delete a security key: by its handle (0) or its name (1).",
        _APP_ID,
        _text("keyIdentifier", "securitykeyname"),
        Parameter("keyIdentifierType", "securitykeytype", Kind.SHORT),
        answer=answers.U2F,
    ),
    _operation(
        "DeleteAllSecurityKeys", "delete_all_keys", "Delete all security keys of a user.", _APP_ID, answer=answers.U2F
    ),
    _operation(
        "CreateSessionToken",
        "create_session_token",
        "Make a session token for a user.",
        _PASSWORD,
        Parameter("durationMinutes", "sessiontokendurationminutes", Kind.SHORT, _ZERO_IS_DEFAULT),
        Parameter("tokenType", "sessiontokentype", Kind.INT),
        answer=answers.NEW_SESSION,
    ),
    _operation(
        "IsSessionTokenValid",
        "is_session_token_valid",
        "Verify a session token.",
        _SESSION_TOKEN,
        answer=answers.SESSION,
    ),
    _operation(
        "ExpireSessionToken",
        "expire_session_token",
        "Let a session token expire now.",
        _SESSION_TOKEN,
        answer=answers.SESSION,
    ),
)
