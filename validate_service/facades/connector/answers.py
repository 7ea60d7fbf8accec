"""Answers in JSON, and the tables that make return codes of the core's errors and outcomes."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from validate_service.core import errors
from validate_service.core.calls import Call
from validate_service.core.model import Scope
from validate_service.core.outcomes import Outcome
from validate_service.facades.connector.return_codes import MESSAGES, APIReturnCode
from validate_service.facades.http.defects import report_defect
from validate_service.facades.http.requests import MAX_BODY_BYTES, RefusedBodyError
from validate_service.facades.http.responses import Response

logger = logging.getLogger(__name__)

_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_HEADERS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))

ERROR_CODES: Mapping[type[errors.ValidateError], APIReturnCode] = {
    errors.MalformedRequestError: APIReturnCode.CreateTransactionFailed,
    errors.PolicyError: APIReturnCode.CreateTransactionFailed,
    errors.CallerNotAuthorizedError: APIReturnCode.PartnerLoginFailed,
    errors.AddressNotAllowedError: APIReturnCode.PartnerLoginFailed,
    errors.ScopeMissingError: APIReturnCode.PartnerUserLoginFailedNotAdmin,
    errors.NotFoundError: APIReturnCode.InvalidPartnerUserLogin,
    errors.DeviceNotFoundError: APIReturnCode.DeviceNotFound,
    errors.ConflictError: APIReturnCode.EnrollUserFailed,
    errors.RateLimitedError: APIReturnCode.MaximumLoginPartnerUserAttempsExceeded,
    errors.DeliveryError: APIReturnCode.SMSSendError,
    errors.DecryptionError: APIReturnCode.SystemTrace,
    errors.UnavailableError: APIReturnCode.DatabaseError,
}
"""The code of each error, where a type says nothing else of it."""

OUTCOME_CODES: Mapping[Outcome, APIReturnCode] = {
    Outcome.ACCEPTED: APIReturnCode.Success,
    Outcome.WRONG_CODE: APIReturnCode.OTPInvalid,
    Outcome.REPLAYED: APIReturnCode.OTPAlreadyUsed,
    Outcome.EXPIRED: APIReturnCode.SendOTPExpired,
    Outcome.LOCKED: APIReturnCode.MaximumFailedOTPRequestsExceeded,
    Outcome.DISABLED: APIReturnCode.PartnerUserLoginDisabled,
    Outcome.DEVICE_DISABLED: APIReturnCode.DeviceDiabled,
    Outcome.NOT_ACTIVATED: APIReturnCode.DeviceInvalid,
    Outcome.NOT_ALLOWED: APIReturnCode.DeviceInvalid,
    Outcome.BLOCKED: APIReturnCode.MaximumFailedOTPRequestsExceeded,
    Outcome.DENIED: APIReturnCode.PartnerUserLoginFailed,
    Outcome.TIMED_OUT: APIReturnCode.SendOTPExpired,
    Outcome.STOPPED: APIReturnCode.SendOTPExpired,
    Outcome.PACED: APIReturnCode.MaximumLoginPartnerUserAttempsExceeded,
    Outcome.MUTED: APIReturnCode.MaximumLoginPartnerUserAttempsExceeded,
    Outcome.NUMBER_MISSING: APIReturnCode.UpdateTransactionApprovalCodeMissmatch,
    Outcome.WRONG_NUMBER: APIReturnCode.UpdateTransactionApprovalCodeMissmatch,
    Outcome.CALLER_GONE: APIReturnCode.SendOTPExpired,
    Outcome.UNKNOWN_USER: APIReturnCode.InvalidPartnerUserLogin,
    Outcome.NOT_ENROLLED: APIReturnCode.NoDevicesDefined,
    Outcome.UNKNOWN_CHALLENGE: APIReturnCode.PartnerUserFIDOU2FInvalidSessionIdData,
    Outcome.MALFORMED_ANSWER: APIReturnCode.PartnerUserFIDOU2FInvalidSignData,
    Outcome.WRONG_TYP: APIReturnCode.PartnerUserFIDOU2FPrepareSignDataError,
    Outcome.WRONG_CHALLENGE: APIReturnCode.PartnerUserFIDOU2FInvalidChallenge,
    Outcome.FOREIGN_ORIGIN: APIReturnCode.PartnerUserFIDOU2FInvalidAppID,
    Outcome.FOREIGN_APPLICATION: APIReturnCode.BogusFIDOAppId,
    Outcome.BAD_PUBLIC_KEY: APIReturnCode.PartnerUserFIDOU2FInvalidPubKey,
    Outcome.BAD_CERTIFICATE: APIReturnCode.PartnerUserFIDOU2FInvalidAttestationError,
    Outcome.BAD_ATTESTATION: APIReturnCode.PartnerUserFIDOU2FInvalidAttestationSig,
    Outcome.BAD_SIGNATURE: APIReturnCode.PartnerUserFIDOU2FInvalidSignDataInvalid,
    Outcome.NO_USER_PRESENCE: APIReturnCode.PartnerUserFIDOU2FNoUserPresence,
    Outcome.COUNTER_NOT_GREATER: APIReturnCode.UpdateDeviceCounterFailed,
}

_OWN_WORDS = (errors.MalformedRequestError, errors.PolicyError, errors.AddressNotAllowedError)
"""Errors whose text names a rule and no value; others may name a user or a device."""

_REFUSED_BODIES: Mapping[HTTPStatus, str] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The body is larger than {MAX_BODY_BYTES} bytes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body must not have a content coding.",
    HTTPStatus.BAD_REQUEST: "The body is shorter than announced, or its length cannot be read.",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered.

    Attributes:
        code: What became of it.
        message: The same for people; empty for the text of *code*.
        extras: Members of the answer besides, or in place of the common ones.
    """

    code: APIReturnCode = APIReturnCode.Success
    message: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict, repr=False)


def reply_of(outcome: Outcome, call: Call, refusal: APIReturnCode = APIReturnCode.OTPInvalid) -> Reply:
    """Return the reply that tells *outcome*.

    Args:
        outcome: What was decided.
        call: The call.  An account that may only validate does not learn what would tell it who is a user.
        refusal: What such an account learns of every refusal, and any account of a wrong code.
    """
    hidden = Scope.ADMINISTER not in call.scopes and outcome not in {Outcome.ACCEPTED, Outcome.REPLAYED}
    return Reply(refusal if hidden or outcome is Outcome.WRONG_CODE else OUTCOME_CODES[outcome])


def reply_to_error(error: errors.ValidateError, code: APIReturnCode) -> Reply:
    """Return the reply that tells *error* as *code*; log it if an operator must look into it."""
    if isinstance(error, errors.UnavailableError | errors.DeliveryError):
        # The text is ours: it names the part that failed, and nothing that a caller sent.
        logger.warning("%s: %s", error.code, error)
    return Reply(code, error.public if isinstance(error, _OWN_WORDS) else "")


def response(type_name: str, reply: Reply, status: HTTPStatus = HTTPStatus.OK, *headers: tuple[str, str]) -> Response:
    """Return the answer to a request of the type *type_name*."""
    members = {
        "type": type_name,
        "errorCode": reply.code,
        "errorMessage": reply.message or MESSAGES[reply.code],
        **reply.extras,
    }
    return Response(status, "application/json", _WRITER.encode(members).encode(), (*_HEADERS, *headers))


def failure(status: HTTPStatus, text: str, *headers: tuple[str, str]) -> Response:
    """Return the answer to what is no request of any type."""
    return response("", Reply(APIReturnCode.CreateTransactionFailed, text), status, *headers)


def unreadable(error: RefusedBodyError | errors.MalformedRequestError) -> Response:
    """Return the answer to a body that cannot be read."""
    if isinstance(error, RefusedBodyError):
        return failure(error.status, _REFUSED_BODIES[error.status])
    return failure(HTTPStatus.BAD_REQUEST, error.public)


def defect(type_name: str, error: Exception) -> Response:
    """Return the answer to a request that met *error*, which nobody expected; log it."""
    report_defect(error)
    return response(type_name, Reply(APIReturnCode.SystemTrace), HTTPStatus.INTERNAL_SERVER_ERROR)
