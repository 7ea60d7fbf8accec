"""The classes of the answers, as a DataContractSerializer publishes them.

The names are the vendor's as far as they are public; the others are made after their pattern.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from validate_service.facades.wcf.values import Kind

DATA_NAMESPACE = "http://schemas.datacontract.org/2004/07/AuthServerWCFService"


@dataclass(frozen=True)
class Member:
    """One member of a class.

    Attributes:
        name: Its name on the wire.
        key: Its name in the connector's JSON.
        kind: What it holds, if it is no array.
        items: The class of the items, if it is an array.
    """

    name: str
    key: str
    kind: Kind = Kind.STRING
    items: "DataContract | None" = None


@dataclass(frozen=True)
class DataContract:
    """One class.

    Attributes:
        name: Its name.
        members: Its members, in the order of their names: so a DataContractSerializer writes and expects them.
    """

    name: str
    members: tuple[Member, ...]

    @property
    def array(self) -> str:
        """The name of the array of such objects."""
        return f"ArrayOf{self.name}"


def _class(name: str, *members: Member) -> DataContract:
    return DataContract(name, tuple(sorted(members, key=lambda member: member.name)))


def _answer(name: str, *members: Member) -> DataContract:
    return _class(name, Member("ErrorCode", "errorCode", Kind.INT), Member("ErrorMsg", "errorMessage"), *members)


_DEVICE_MEMBERS = (
    Member("DeviceType", "deviceType", Kind.INT),
    Member("OtpType", "otpType", Kind.INT),
    Member("DeviceStatus", "deviceStatus", Kind.INT),
)
_PERSON_MEMBERS = (
    Member("UserStatus", "userStatus", Kind.INT),
    Member("FirstName", "firstName"),
    Member("LastName", "lastName"),
    Member("Mobile", "mobile"),
    Member("Email", "email"),
)
_CHALLENGE_MEMBERS = (
    Member("Challenge", "challenge"),
    Member("AppId", "appId"),
    Member("SessionId", "sessionId"),
    Member("Version", "version"),
)

_DEVICE_ID = Member("DeviceId", "deviceId")
_KEY_HANDLE = Member("KeyHandle", "keyHandle")
_SEED = Member("SecretKeyHex", "secretKeyHex")

_DEVICE = _class("AuthServerDevice", Member("Psn", "psn"), *_DEVICE_MEMBERS)
_USER = _class("AuthServerUser", Member("Username", "username"), *_PERSON_MEMBERS)
_REGISTER_REQUEST = _class("U2FRegisterRequest", *_CHALLENGE_MEMBERS)
_SIGN_REQUEST = _class("U2FSignRequest", _KEY_HANDLE, Member("Psn", "psn"), *_CHALLENGE_MEMBERS)

_DEVICES = Member("Devices", "Devices", items=_DEVICE)
_SIGN_REQUESTS = Member("SignRequest", "SignRequest", items=_SIGN_REQUEST)
_REGISTER_REQUESTS = Member("RegisterRequest", "RegisterRequest", items=_REGISTER_REQUEST)

PLAIN = _answer("AuthServerResponse")
ENROLLED = _answer("AuthServerResponseEnrollUser", _DEVICE_ID, _SEED)
VALIDATED = _answer("AuthServerResponseValidateUser", _DEVICES, *_PERSON_MEMBERS)
USER = _answer("AuthServerResponseUserInfo", _DEVICES, *_PERSON_MEMBERS)
USERS = _answer(
    "AuthServerResponseUsers", Member("Users", "Users", items=_USER), Member("TotalRows", "totalRows", Kind.INT)
)
DEVICE = _answer("AuthServerResponseDeviceInfo", *_DEVICE_MEMBERS, Member("Assigned", "assigned", Kind.INT))
QR_CODE = _answer(
    "AuthServerResponseProvisionQRCode", Member("QRCodeURL", "QRCodeURL"), Member("OtpauthURL", "otpauthURL")
)
PROVISIONED = _answer(
    "AuthServerResponseProvisionDevice",
    Member("DeviceType", "deviceType", Kind.INT),
    Member("OtpType", "otpType", Kind.INT),
    Member("OtpLength", "OtpLength", Kind.INT),
    Member("WindowSize", "windowSize", Kind.INT),
    _SEED,
)
U2F = _answer("AuthServerU2FResponse")
PUSH = _answer("AuthServerU2FResponseSendPush", Member("AuthnUserReqId", "authnUserReqId"))
PUSH_STATUS = _answer("AuthServerU2FResponsePushStatus", Member("PushStatus", "pushStatus"))
KEY_ENROLMENT = _answer("AuthServerU2FResponseEnrollInit", _REGISTER_REQUESTS, _SIGN_REQUESTS)
ENROLLED_KEY = _answer("AuthServerU2FResponseEnroll", _DEVICE_ID, _KEY_HANDLE)
KEY_SIGNING = _answer("AuthServerU2FResponseSignInit", _SIGN_REQUESTS)
SIGNED = _answer("AuthServerU2FResponseSign", _DEVICE_ID)
SESSION = _answer("AuthServerSessionTokensResponse")
NEW_SESSION = _answer("AuthServerSessionTokensResponseCreate", Member("SessionTokenId", "sessionTokenId"))


def classes_of(answers: list[DataContract]) -> list[DataContract]:
    """Return the *answers* and the classes of their items, each once, in the order of their names."""
    found = {one.name: one for answer in answers for one in _with_items(answer)}
    return [found[name] for name in sorted(found)]


def _with_items(answer: DataContract) -> Iterator[DataContract]:
    yield answer
    for member in answer.members:
        if member.items is not None:
            yield from _with_items(member.items)
