"""pre_enroll, enroll, pre_sign, sign, delete_key, delete_all_keys, add_u2f_account, add_u2f_device."""

from collections.abc import Mapping

from validate_service.core.calls import Call
from validate_service.core.devices import Enrolment
from validate_service.core.errors import ConflictError, MalformedRequestError, PolicyError
from validate_service.core.model import (
    Assertion,
    DeviceKind,
    FidoProtocol,
    FidoRequest,
    Registration,
    Tenant,
    U2fSignature,
)
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.services import Core
from validate_service.facades.connector.answers import OUTCOME_CODES, Reply, reply_of
from validate_service.facades.connector.devices import NOTIFICATION_METHOD, enrolled
from validate_service.facades.connector.fields import ANY_DEVICE, NAME
from validate_service.facades.connector.kinds import ApplicationId, Members, OneOf, Websafe, bytes_of, websafe
from validate_service.facades.connector.request_types import Codes, RequestType, administered
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.connector.users import PROFILE, REFUSED_ENROLMENT, added_user
from validate_service.facades.connector.webauthn import (
    assertion_of,
    creation_options,
    registration_of,
    request_options,
)
from validate_service.facades.declarations.fields import Field, Values

U2F, WEBAUTHN = "U2F_V2", "FIDO2"
LONGEST_ANSWER = 16_384
QUIET: Mapping[str, str] = {"errorMessage": ""}
"""Successes of this family come without a message, unlike all others."""

APP_ID = Field("appId", ApplicationId(), "The application, a URL.", "https://portal.example.org", required=True)
ANY_APP_ID = Field(
    "appId",
    ApplicationId(may_be_empty=True),
    "The application, a URL; empty for all.",
    "https://portal.example.org",
    default="",
)
VERSION = Field(
    "version",
    OneOf({U2F: FidoProtocol.U2F, WEBAUTHN: FidoProtocol.WEBAUTHN}),
    f"`{U2F}` for raw messages of U2F, `{WEBAUTHN}` for WebAuthn; missing: `{U2F}`.",
    U2F,
)
SESSION = Field("sessionId", NAME, "The session of the step before.", "0123456789abcdef0123456789abcdef", required=True)
KEY_NAME = Field("securityKeyName", NAME, "What the user calls the key.", "blue key", default="")
REGISTRATION_DATA = Field("registrationData", Websafe(LONGEST_ANSWER), f"What the key says, with `{U2F}`.", "BQQ")
CLIENT_DATA = Field("clientData", Websafe(LONGEST_ANSWER), f"What the browser says, with `{U2F}`.", "eyJ9")
SIGNATURE_DATA = Field("signatureData", Websafe(LONGEST_ANSWER), f"What the key says, with `{U2F}`.", "AQAAAAE")
KEY_HANDLE = Field("keyHandle", Websafe(LONGEST_ANSWER), f"Which key has signed, with `{U2F}`; empty for any.", "")
CREDENTIAL = Field(
    "credential",
    Members(2 * LONGEST_ANSWER),
    f"What the browser's `credential.toJSON()` gave, with `{WEBAUTHN}`.",
    "{}",
)
CHOSEN_KEY = Field("securityKeyName", NAME, "The key's name, or its handle.", "blue key", required=True)
CHOSEN_BY = Field(
    "securityKeyType",
    OneOf({"0": "handle", "1": "name"}),
    "0 if `securityKeyName` is a key handle, 1 if it is the name; missing: 0.",
    1,
)

ENROL_CODES: Mapping[Outcome, APIReturnCode] = {
    Outcome.MALFORMED_ANSWER: APIReturnCode.PartnerUserFIDOU2FInvalidRegData,
    Outcome.DEVICE_DISABLED: APIReturnCode.NoDevicesAvailable,
    Outcome.EXPIRED: APIReturnCode.PartnerUserFIDOU2FInvalidSessionIdData,
    Outcome.REPLAYED: APIReturnCode.PartnerUserFIDOU2FInvalidSessionIdData,
}
SIGN_CODES: Mapping[Outcome, APIReturnCode] = {
    Outcome.NOT_ENROLLED: APIReturnCode.PartnerUserFIDOU2FNoEnrolledDevices,
    Outcome.EXPIRED: APIReturnCode.PartnerUserFIDOU2FInvalidSessionIdData,
    Outcome.REPLAYED: APIReturnCode.PartnerUserFIDOU2FInvalidSessionIdData,
}
"""What outcomes are told as where FIDO has a code of its own for them."""

_OF_THE_USER = frozenset({Outcome.UNKNOWN_USER, Outcome.LOCKED, Outcome.DISABLED, Outcome.NOT_ALLOWED})
"""Outcomes that say something of the user; all others say something of an answer, which only a known user can give."""


@administered
def pre_enroll(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Return what a browser is to ask of a new key."""
    protocol = _protocol(values)
    request = core.fido_enrolment_desk.ask(call, tenant, protocol, values[APP_ID])
    if protocol is FidoProtocol.WEBAUTHN:
        options = creation_options(request, call, tenant)
        return Reply(extras={**QUIET, "sessionId": request.challenge.id, "publicKey": options})
    return Reply(
        extras={
            **QUIET,
            # What the U2F JavaScript API calls this message; here alone the type is no echo.
            "type": "u2f_register_request",
            "SignRequest": _sign_requests(request),
            "RegisterRequest": [_asked(request)],
        }
    )


@administered
def enroll(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Keep a new key."""
    protocol = _protocol(values)
    if protocol is FidoProtocol.WEBAUTHN:
        registration = registration_of(values.get(CREDENTIAL) or {})
    else:
        registration = Registration(_bytes(values, CLIENT_DATA), _bytes(values, REGISTRATION_DATA))
    enrolled = core.fido_enrolment_desk.enrol(
        call, tenant, protocol, values[SESSION], registration, name=values[KEY_NAME], serial=values[ANY_DEVICE]
    )
    if isinstance(enrolled, Decision):
        return Reply({**OUTCOME_CODES, **ENROL_CODES}[enrolled.outcome])
    return Reply(extras={**QUIET, "deviceId": enrolled.device, "keyHandle": websafe(enrolled.handle)})


def pre_sign(core: Core, call: Call, values: Values) -> Reply:
    """Return what a browser is to ask of the user's keys."""
    protocol = _protocol(values)
    request = core.fido.ask(call, protocol, values[APP_ID], serial=values[ANY_DEVICE])
    if isinstance(request, Decision):
        return _refusal(request.outcome, call, APIReturnCode.PartnerUserFIDOU2FNoEnrolledDevices)
    if protocol is FidoProtocol.WEBAUTHN:
        return Reply(extras={**QUIET, "sessionId": request.challenge.id, "publicKey": request_options(request)})
    return Reply(extras={**QUIET, "SignRequest": _sign_requests(request)})


def sign(core: Core, call: Call, values: Values) -> Reply:
    """Verify what a key of the user has signed."""
    answer: U2fSignature | Assertion
    if _protocol(values) is FidoProtocol.WEBAUTHN:
        answer = assertion_of(values.get(CREDENTIAL) or {})
    else:
        answer = U2fSignature(_bytes(values, CLIENT_DATA), _bytes(values, SIGNATURE_DATA), _bytes(values, KEY_HANDLE))
    decision = core.fido.verify(call, values[SESSION], answer, serial=values[ANY_DEVICE])
    if not decision.accepted:
        return _refusal(decision.outcome, call, APIReturnCode.PartnerUserFIDOU2FInvalidSessionIdData)
    return Reply(extras={**QUIET, "deviceId": decision.device})


@administered
def delete_key(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Forget one key of the user."""
    if values.get(CHOSEN_BY) == "name":
        deleted = core.fido_enrolment_desk.delete(call, tenant, values[APP_ID], name=values[CHOSEN_KEY])
    else:
        deleted = core.fido_enrolment_desk.delete(call, tenant, values[APP_ID], handle=_handle(values[CHOSEN_KEY]))
    return Reply(extras=QUIET) if deleted else Reply(APIReturnCode.PartnerUserFIDOU2FDeleteSecurityKeyFailed)


@administered
def delete_all_keys(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Forget all keys of the user; there may be none."""
    core.fido_enrolment_desk.delete(call, tenant, values[ANY_APP_ID])
    return Reply(extras=QUIET)


@administered
def add_u2f_account(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Add a user with a device for security keys."""
    with added_user(core, call, tenant, values):
        return _added(core, call, tenant, values)


@administered
def add_u2f_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Give the user a device for security keys."""
    return _added(core, call, tenant, values)


def _protocol(values: Values) -> FidoProtocol:
    return values.get(VERSION) or FidoProtocol.U2F


def _bytes(values: Values, field: Field[bytes]) -> bytes:
    """Return what was given for *field*; what is missing is empty, and so no answer of any key."""
    return values.get(field) or b""


def _added(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    serial = values[ANY_DEVICE] or core.device_register.free_serial()
    core.device_register.add(call, tenant, Enrolment(serial, DeviceKind.FIDO))
    return enrolled(core, call, tenant, values, {"deviceId": serial})


def _asked(request: FidoRequest) -> dict[str, str]:
    challenge = request.challenge
    return {
        "challenge": websafe(challenge.challenge),
        "appId": challenge.app_id,
        "sessionId": challenge.id,
        "version": U2F,
    }


def _sign_requests(request: FidoRequest) -> list[dict[str, str]]:
    """Return what is asked of each key that U2F knows."""
    keys = [key for key in request.keys if key.protocol is FidoProtocol.U2F]
    return [{**_asked(request), "keyHandle": websafe(key.handle), "psn": key.device} for key in keys]


def _refusal(outcome: Outcome, call: Call, hidden: APIReturnCode) -> Reply:
    """Return the reply that tells *outcome*; an account that may only validate learns nothing of the user."""
    if outcome in _OF_THE_USER:
        return reply_of(outcome, call, hidden)
    return Reply({**OUTCOME_CODES, **SIGN_CODES}[outcome])


def _handle(text: str) -> bytes:
    """Return the key handle that *text* spells."""
    return bytes_of(text) or b""


_NO_FACTOR: Codes = {PolicyError: APIReturnCode.DeviceInvalid}
_U2F_ASKED = {
    "challenge": "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY",
    "appId": "https://portal.example.org",
    "sessionId": "0123456789abcdef0123456789abcdef",
    "version": U2F,
}
FIDO_TYPES = (
    RequestType(
        "pre_enroll",
        "Ask a new security key: the first of two steps.",
        (APP_ID, VERSION),
        pre_enroll,
        extras={"type": "u2f_register_request", **QUIET, "SignRequest": [], "RegisterRequest": [_U2F_ASKED]},
        codes=_NO_FACTOR,
    ),
    RequestType(
        "enroll",
        "Keep a new security key: the second of two steps.",
        (SESSION, VERSION, KEY_NAME, ANY_DEVICE, REGISTRATION_DATA, CLIENT_DATA, CREDENTIAL),
        enroll,
        extras={**QUIET, "deviceId": "VS-482913507716", "keyHandle": "b25lIGtleQ"},
        codes={
            **_NO_FACTOR,
            MalformedRequestError: APIReturnCode.PartnerUserFIDOU2FInvalidRegData,
            ConflictError: APIReturnCode.DeviceInUse,
        },
    ),
    RequestType(
        "pre_sign",
        "Ask the user's security keys: the first of two steps.",
        (APP_ID, VERSION, ANY_DEVICE),
        pre_sign,
        extras={**QUIET, "SignRequest": [{**_U2F_ASKED, "keyHandle": "b25lIGtleQ", "psn": "VS-482913507716"}]},
    ),
    RequestType(
        "sign",
        "Verify what a security key has signed: the second of two steps.",
        (SESSION, VERSION, ANY_DEVICE, SIGNATURE_DATA, CLIENT_DATA, KEY_HANDLE, CREDENTIAL),
        sign,
        extras={**QUIET, "deviceId": "VS-482913507716"},
        codes={MalformedRequestError: APIReturnCode.PartnerUserFIDOU2FInvalidSignData},
    ),
    RequestType(
        "delete_key", "Forget one security key of the user.", (APP_ID, CHOSEN_KEY, CHOSEN_BY), delete_key, extras=QUIET
    ),
    RequestType(
        "delete_all_keys", "Forget all security keys of the user.", (ANY_APP_ID,), delete_all_keys, extras=QUIET
    ),
    RequestType(
        "add_u2f_account",
        "Add a user with a device for security keys.",
        (*PROFILE, ANY_DEVICE, NOTIFICATION_METHOD),
        add_u2f_account,
        extras={"deviceId": "VS-482913507716"},
        codes={**REFUSED_ENROLMENT},
    ),
    RequestType(
        "add_u2f_device",
        "Give a user a device for security keys.",
        (ANY_DEVICE, NOTIFICATION_METHOD),
        add_u2f_device,
        extras={"deviceId": "VS-482913507716"},
        codes={ConflictError: APIReturnCode.DeviceInUse},
    ),
)
