"""How the service presents itself: who may use forms, and the URL that its clients know."""

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from validate_service.facades.http.requests import Environ, is_local

# RFC 3986, section 3.2.2, without percent-encoding; "_" because container networks use it in names.
_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_PUBLIC_URL = re.compile(rf"https?://{_HOST.pattern}(?:/[A-Za-z0-9._~/-]*)?")


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


class InvalidHostError(Exception):
    """The Host header is not a host, so no address can be made of it."""


def may_use_forms(environ: Environ, access: FormAccess) -> bool:
    """Return whether *access* lets this requester call with a form."""
    return is_local(environ) if access is FormAccess.LOOPBACK else access is FormAccess.EVERYWHERE


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
