"""Answers to the scripts, and the tables that make them of the core's errors and outcomes."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response

from validate_service.core import errors
from validate_service.core.outcomes import Decision, Outcome
from validate_service.facades.http.defects import report_defect
from validate_service.facades.http.requests import RefusedBodyError
from validate_service.facades.pages.forgery import ForgedRequestError
from validate_service.facades.pages.texts import Texts

logger = logging.getLogger(__name__)

_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """How something that was not done is told.

    Attributes:
        status: The status of the answer.
        text: What the user reads of it: a text of the catalogue's section ``refusal``.
    """

    status: HTTPStatus
    text: str


_FORBIDDEN_KEY = Refusal(HTTPStatus.FORBIDDEN, "key")
_NOT_NOW = Refusal(HTTPStatus.FORBIDDEN, "standing")
_LATE = Refusal(HTTPStatus.GONE, "late")
_UNEXPECTED = Refusal(HTTPStatus.FORBIDDEN, "refused")

OUTCOMES: Mapping[Outcome, Refusal] = {
    Outcome.ACCEPTED: Refusal(HTTPStatus.OK, "none"),
    Outcome.WRONG_CODE: Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_pin"),
    Outcome.WRONG_NUMBER: Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_number"),
    Outcome.DENIED: Refusal(HTTPStatus.CONFLICT, "wrong_number_twice"),
    Outcome.BLOCKED: Refusal(HTTPStatus.FORBIDDEN, "pin_blocked"),
    Outcome.REPLAYED: Refusal(HTTPStatus.CONFLICT, "answered"),
    Outcome.EXPIRED: _LATE,
    Outcome.TIMED_OUT: _LATE,
    Outcome.STOPPED: _LATE,
    Outcome.CALLER_GONE: _LATE,
    Outcome.UNKNOWN_CHALLENGE: Refusal(HTTPStatus.FORBIDDEN, "challenge"),
    Outcome.LOCKED: _NOT_NOW,
    Outcome.DISABLED: _NOT_NOW,
    Outcome.NOT_ALLOWED: _NOT_NOW,
    Outcome.DEVICE_DISABLED: Refusal(HTTPStatus.FORBIDDEN, "phone_disabled"),
    Outcome.COUNTER_NOT_GREATER: Refusal(HTTPStatus.FORBIDDEN, "phone_disabled"),
    Outcome.UNKNOWN_USER: _FORBIDDEN_KEY,
    Outcome.NOT_ENROLLED: _FORBIDDEN_KEY,
    Outcome.MALFORMED_ANSWER: _FORBIDDEN_KEY,
    Outcome.WRONG_TYP: _FORBIDDEN_KEY,
    Outcome.WRONG_CHALLENGE: _FORBIDDEN_KEY,
    Outcome.FOREIGN_ORIGIN: _FORBIDDEN_KEY,
    Outcome.FOREIGN_APPLICATION: _FORBIDDEN_KEY,
    Outcome.BAD_PUBLIC_KEY: _FORBIDDEN_KEY,
    Outcome.BAD_CERTIFICATE: _FORBIDDEN_KEY,
    Outcome.BAD_ATTESTATION: _FORBIDDEN_KEY,
    Outcome.BAD_SIGNATURE: _FORBIDDEN_KEY,
    Outcome.NO_USER_PRESENCE: _FORBIDDEN_KEY,
    Outcome.NOT_ACTIVATED: _UNEXPECTED,
    Outcome.PACED: _UNEXPECTED,
    Outcome.MUTED: _UNEXPECTED,
    Outcome.NUMBER_MISSING: _UNEXPECTED,
}
"""How each outcome is told; those of other factors never come here."""

ERRORS: Mapping[type[errors.ValidateError], Refusal] = {
    errors.MalformedRequestError: Refusal(HTTPStatus.BAD_REQUEST, "malformed"),
    errors.PolicyError: Refusal(HTTPStatus.FORBIDDEN, "policy"),
    errors.CallerNotAuthorizedError: Refusal(HTTPStatus.UNAUTHORIZED, "signed_out"),
    errors.AddressNotAllowedError: Refusal(HTTPStatus.FORBIDDEN, "refused"),
    errors.ScopeMissingError: Refusal(HTTPStatus.FORBIDDEN, "refused"),
    errors.DecryptionError: Refusal(HTTPStatus.BAD_REQUEST, "malformed"),
    errors.NotFoundError: Refusal(HTTPStatus.NOT_FOUND, "gone"),
    errors.DeviceNotFoundError: Refusal(HTTPStatus.NOT_FOUND, "gone"),
    errors.ConflictError: Refusal(HTTPStatus.CONFLICT, "conflict"),
    errors.RateLimitedError: Refusal(HTTPStatus.TOO_MANY_REQUESTS, "often"),
    errors.DeliveryError: Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
    errors.UnavailableError: Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
}
"""How each error is told, where a call says nothing else of it."""

OTHERWISE: Mapping[tuple[str, type[errors.ValidateError]], str] = {
    ("answer", errors.PolicyError): "pin_missing",
    ("answer", errors.NotFoundError): "late",
    ("enrolment-open", errors.NotFoundError): "link",
    ("enrolment-finish", errors.NotFoundError): "link",
    ("enrolment-finish", errors.MalformedRequestError): "name",
    ("enrolment-finish", errors.ConflictError): "enrolled",
    ("subscription", errors.PolicyError): "push_service",
    ("subscription", errors.ConflictError): "subscribed",
    ("test", errors.ConflictError): "test_runs",
    ("test", errors.RateLimitedError): "test_runs",
}
"""What else the user reads of an error in one call."""


def answer(members: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return an answer with these *members*."""
    return Response(_WRITER.encode(members), status, mimetype="application/json")


def refused(code: str, refusal: Refusal, texts: Texts) -> Response:
    """Return the answer that says in the user's language what was not done; *code* is for the script."""
    return answer({"error": code, "text": texts(f"refusal.{refusal.text}")}, refusal.status)


def decided(decision: Decision, texts: Texts) -> Response:
    """Return the answer that tells *decision*."""
    if decision.accepted:
        return answer({"done": True})
    return refused(decision.outcome.value, OUTCOMES[decision.outcome], texts)


def failed(error: Exception, operation: str, texts: Texts) -> Response:
    """Return the answer to a call that ended in *error*; log it if an operator must look into it."""
    if isinstance(error, RefusedBodyError):
        return refused("body", Refusal(error.status, "malformed"), texts)
    if isinstance(error, ForgedRequestError):
        return refused("forged", Refusal(HTTPStatus.FORBIDDEN, "forged"), texts)
    if not isinstance(error, errors.ValidateError):
        report_defect(error)
        return refused("internal", Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal"), texts)
    if isinstance(error, errors.UnavailableError | errors.DeliveryError):
        # The text is ours: it names the part that failed, and nothing that a caller sent.
        logger.warning("%s: %s", error.code, error)
    refusal = ERRORS[type(error)]
    told = Refusal(refusal.status, OTHERWISE.get((operation, type(error)), refusal.text))
    response = refused(error.code, told, texts)
    if isinstance(error, errors.RateLimitedError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response
