"""What a WSGI environment says about a request: its body, and where it came from."""

import ipaddress
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeAlias

from validate_service.core.origin import Origin

MAX_BODY_BYTES = 64 * 1024

ADDRESS = "validate_service.address"
RELAYED = "validate_service.relayed"
REQUEST_ID = "validate_service.request_id"
"""Keys of what an outer layer found out about a request; without that layer it is taken from the socket."""

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, list[tuple[str, str]]], object]

_FORWARDING = ("HTTP_FORWARDED", "HTTP_X_FORWARDED", "HTTP_X_REAL_IP")


class RefusedBodyError(Exception):
    """A request's body cannot be taken; *status* says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def read_body(environ: Environ) -> bytes:
    """Return the request's whole body.

    Raises:
        RefusedBodyError: 413 over ``MAX_BODY_BYTES``, 415 with a content coding, 400 when its length is not
            readable or the client sent less than it announced.
    """
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        raise RefusedBodyError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    length = environ.get("CONTENT_LENGTH")
    if length:
        return _read_exactly(environ, length)
    if not environ.get("wsgi.input_terminated"):
        return b""
    body: bytes = environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise RefusedBodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return body


def _read_exactly(environ: Environ, length: str) -> bytes:
    if not (length.isascii() and length.isdigit()):
        raise RefusedBodyError(HTTPStatus.BAD_REQUEST)
    # Before int(): a number of many digits is too large, not expensive.
    if len(length) > 18 or int(length) > MAX_BODY_BYTES:
        raise RefusedBodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body: bytes = environ["wsgi.input"].read(int(length))
    if len(body) != int(length):
        raise RefusedBodyError(HTTPStatus.BAD_REQUEST)
    return body


def origin_of(environ: Environ, surface: str, operation: str) -> Origin:
    """Return where a call comes from, as the outer layer or else the socket tells."""
    request_id = environ.get(REQUEST_ID) or uuid.uuid4().hex
    return Origin(surface, operation, _address(environ), request_id, relayed=_is_relayed(environ))


def is_local(environ: Environ) -> bool:
    """Tell whether the requester is on this machine.

    Behind a proxy on the same host everyone's socket is local: what was relayed is not.
    """
    return is_loopback(_address(environ)) and not _is_relayed(environ)


def is_loopback(address: str) -> bool:
    """Tell whether *address* is one of the machine's own, in either IP version."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return parsed.ipv4_mapped.is_loopback
    return parsed.is_loopback


def has_forwarding_headers(environ: Environ) -> bool:
    """Tell whether some proxy, or somebody who poses as one, says on whose behalf it calls."""
    return any(key.startswith(_FORWARDING) for key in environ)


def _address(environ: Environ) -> str:
    return environ.get(ADDRESS) or environ.get("REMOTE_ADDR") or ""


def _is_relayed(environ: Environ) -> bool:
    known: bool | None = environ.get(RELAYED)
    return has_forwarding_headers(environ) if known is None else known
