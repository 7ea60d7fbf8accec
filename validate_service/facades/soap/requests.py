"""What a WSGI environment says about a request, and how an answer leaves."""

import ipaddress
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import quote

from validate_service.core.origin import Origin

MAX_BODY_BYTES = 64 * 1024

ADDRESS_KEY = "validate_service.address"
REQUEST_ID_KEY = "validate_service.request_id"

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, list[tuple[str, str]]], object]

# RFC 3986, section 3.2.2, without percent-encoding; "_" because container networks use it in names.
_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_PUBLIC_URL = re.compile(rf"https?://{_HOST.pattern}(?:/[A-Za-z0-9._~/-]*)?")
_PROXYHEADERS = ("HTTP_FORWARDED", "HTTP_X_FORWARDED", "HTTP_X_REAL_IP")


class FormAccess(Enum):
    """Who may call operations with a plain form, without an envelope."""

    OFF = "off"
    LOOPBACK = "loopback"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True)
class AsmxSettings:
    """How the service presents itself.

    Attributes:
        public_url: Where clients reach this server, such as ``https://mfa.example.org``; the WSDL and the pages
            name it.  ``None`` takes scheme and Host header of each request.
        form_post: Who may POST a form to ``/ValidateService.asmx/NAME``.
        form_get: Who may call with a query string.  Values then stand in URLs, and so in logs.

    Raises:
        ValueError: *public_url* is not an http or https URL without query.
    """

    public_url: str | None = None
    form_post: FormAccess = FormAccess.LOOPBACK
    form_get: FormAccess = FormAccess.OFF

    def __post_init__(self) -> None:
        if self.public_url is not None and not _PUBLIC_URL.fullmatch(self.public_url):
            raise ValueError("public_url must be an http or https URL without user, query and fragment")


class RefusedBodyError(Exception):
    """A request's body cannot be taken; *status* says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class InvalidHostError(Exception):
    """The Host header is not a host, so no address can be made of it."""


HEADERS = (("Cache-Control", "private, max-age=0"), ("X-Content-Type-Options", "nosniff"))


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; Content-Length is added on the way out."""

    status: HTTPStatus
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = HEADERS

    def send(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Start the response and return its body, which is empty for HEAD."""
        headers = list(self.headers)
        if self.status is not HTTPStatus.NO_CONTENT:
            headers += [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))]
        start_response(f"{self.status.value} {self.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]


def text_response(status: HTTPStatus, text: str, *headers: tuple[str, str]) -> Response:
    """Return an answer in plain text."""
    return Response(status, "text/plain; charset=utf-8", text.encode(), (*HEADERS, *headers))


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
    """Return where a call comes from, as the middleware or else the socket tells."""
    address = environ.get(ADDRESS_KEY) or environ.get("REMOTE_ADDR") or ""
    return Origin(surface, operation, address, environ.get(REQUEST_ID_KEY) or uuid.uuid4().hex)


def may_use_forms(environ: Environ, access: FormAccess) -> bool:
    """Return whether *access* lets this requester call with a form.

    Behind a proxy on the same host everyone's socket is local: any header of a proxy makes a request remote.
    """
    if access is not FormAccess.LOOPBACK:
        return access is FormAccess.EVERYWHERE
    return _is_loopback(environ.get("REMOTE_ADDR") or "") and not any(key.startswith(_PROXYHEADERS) for key in environ)


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return parsed.ipv4_mapped.is_loopback
    return parsed.is_loopback


def server_url(environ: Environ, settings: AsmxSettings) -> str:
    """Return the URL of this server as its clients know it, without a final slash.

    Raises:
        InvalidHostError: It has to be made of the Host header, and that is not a host.
    """
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    if not _HOST.fullmatch(host):
        raise InvalidHostError
    return f"{environ['wsgi.url_scheme']}://{host}{quote(environ.get('SCRIPT_NAME', ''))}"
