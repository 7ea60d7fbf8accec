"""Answers in JSON, and the table that makes them from the core's errors."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from validate_service.core import errors
from validate_service.facades.http.defects import INTERNAL_ERROR, report_defect
from validate_service.facades.http.requests import MAX_BODY_BYTES, RefusedBodyError
from validate_service.facades.http.responses import Response

logger = logging.getLogger(__name__)

Members: TypeAlias = Mapping[str, Any]
"""What stands in an answer's JSON object, in order."""

_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

HEADERS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))

STATUSES: Mapping[type[errors.ValidateError], HTTPStatus] = {
    errors.MalformedRequestError: HTTPStatus.BAD_REQUEST,
    errors.CallerNotAuthorizedError: HTTPStatus.UNAUTHORIZED,
    errors.AddressNotAllowedError: HTTPStatus.FORBIDDEN,
    errors.ScopeMissingError: HTTPStatus.FORBIDDEN,
    errors.RateLimitedError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PolicyError: HTTPStatus.OK,
    errors.NotFoundError: HTTPStatus.OK,
    errors.DeviceNotFoundError: HTTPStatus.OK,
    errors.ConflictError: HTTPStatus.OK,
    errors.DeliveryError: HTTPStatus.OK,
    errors.DecryptionError: HTTPStatus.OK,
}
"""What went wrong with the request or the service is a status; what went wrong with the business is told in a 200."""

_REFUSED_BODIES: Mapping[HTTPStatus, str] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The body is larger than {MAX_BODY_BYTES} bytes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body must not have a content coding.",
    HTTPStatus.BAD_REQUEST: "The body is shorter than announced, or its length cannot be read.",
}


def success(result: str) -> Members:
    """Return the members of an answer that says *result*."""
    return {"status": "success", "Result": result}


def response(members: Members) -> Response:
    """Return an answer with these *members*."""
    return _response(HTTPStatus.OK, members)


def failure(status: HTTPStatus, text: str, *headers: tuple[str, str]) -> Response:
    """Return the answer that says *text* of what failed."""
    return _response(status, {"status": "failure", "Result": text}, *headers)


def failure_of(error: Exception, challenge: str) -> Response:
    """Return what the caller gets for *error*; log it if an operator must look into it.

    Args:
        error: What was raised.
        challenge: How a caller may show who it is, as ``WWW-Authenticate`` says it (RFC 9110 section 11.6.1).
    """
    if isinstance(error, RefusedBodyError):
        return failure(error.status, _REFUSED_BODIES[error.status])
    if not isinstance(error, errors.ValidateError):
        report_defect(error)
        return failure(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL_ERROR)
    if isinstance(error, errors.UnavailableError | errors.DeliveryError):
        # The text is ours: it names the part that failed, and nothing that a caller sent.
        logger.warning("%s: %s", error.code, error)
    headers = []
    if isinstance(error, errors.RateLimitedError):
        headers.append(("Retry-After", str(error.retry_after_s)))
    if isinstance(error, errors.CallerNotAuthorizedError):
        headers.append(("WWW-Authenticate", challenge))
    return failure(STATUSES[type(error)], error.public, *headers)


def _response(status: HTTPStatus, members: Members, *headers: tuple[str, str]) -> Response:
    return Response(status, "application/json", _WRITER.encode(members).encode(), (*HEADERS, *headers))
