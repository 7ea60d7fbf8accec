"""Client data: the JSON in which the browser says what was asked, with which challenge, and by which page.

FIDO U2F Raw Message Formats 1.2, "Client Data"; FIDO AppID and Facets 1.2 for who may ask.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from json import JSONDecoder
from typing import Any, NoReturn

from validate_service.primitives.u2f.flaws import U2fFlaw, U2fRefusedError

REGISTRATION_TYP = "navigator.id.finishEnrollment"
SIGNATURE_TYP = "navigator.id.getAssertion"

_WEB_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]+))?/?", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class ClientData:
    """What the browser says.

    Attributes:
        typ: What was asked: :data:`REGISTRATION_TYP` or :data:`SIGNATURE_TYP`.
        challenge: The challenge in websafe Base64, as the browser was given it.
        origin: The facet that asked: a web origin, or the identity of an app.
    """

    typ: str
    challenge: str
    origin: str


def read_client_data(client_data: bytes) -> ClientData:
    """Return what *client_data* says; members other than the three are not looked at.

    Raises:
        U2fRefusedError: ``MALFORMED``: it is not UTF-8, is no JSON object, names a member twice, or lacks one of the
            three.

    >>> read_client_data(b'{"typ": "t", "challenge": "Yw", "origin": "https://example.org"}').origin
    'https://example.org'
    """
    try:
        members = _JSON.decode(client_data.decode())
    except (ValueError, RecursionError) as error:  # RecursionError: brackets nested too deeply
        raise U2fRefusedError(U2fFlaw.MALFORMED) from error
    match members:
        case {"typ": str(typ), "challenge": str(challenge), "origin": str(origin)}:
            return ClientData(typ, challenge, origin)
    raise U2fRefusedError(U2fFlaw.MALFORMED)


def require_client_data(client_data: bytes, *, typ: str, challenge: bytes, facets: Collection[str]) -> None:
    """Require that *client_data* answers this question.

    Args:
        client_data: The JSON, as bytes.
        typ: :data:`REGISTRATION_TYP` or :data:`SIGNATURE_TYP`.
        challenge: The challenge that was handed out, raw.
        facets: Who may ask: web origins and identities of apps.

    Raises:
        U2fRefusedError: ``MALFORMED``, ``WRONG_TYP``, ``WRONG_CHALLENGE``, ``FOREIGN_ORIGIN``.
    """
    claimed = read_client_data(client_data)
    if claimed.typ != typ:
        raise U2fRefusedError(U2fFlaw.WRONG_TYP)
    claimed_challenge = claimed.challenge.encode("utf-8", "surrogatepass").rstrip(b"=")
    if not hmac.compare_digest(claimed_challenge, urlsafe_b64encode(challenge).rstrip(b"=")):
        raise U2fRefusedError(U2fFlaw.WRONG_CHALLENGE)
    if canonical_facet(claimed.origin) not in {canonical_facet(facet) for facet in facets}:
        raise U2fRefusedError(U2fFlaw.FOREIGN_ORIGIN)


def canonical_facet(facet: str) -> str:
    """Return *facet* in the one spelling in which facets are compared.

    Of a web origin, scheme and host are put in lower case, and a default port and a final slash are left out (RFC 6454
    section 4).  Anything else stays as it is: the identity of an app, and also a URL with a path, which is no origin.

    >>> canonical_facet("https://MFA.example.org:443/")
    'https://mfa.example.org'
    >>> canonical_facet("android:apk-key-hash:Lir5oIjf552K")
    'android:apk-key-hash:Lir5oIjf552K'
    """
    origin = _WEB_ORIGIN.fullmatch(facet)
    if origin is None:
        return facet
    scheme, host, port = origin[1].lower(), origin[2].lower(), origin[3]
    return f"{scheme}://{host}" if port in {None, _DEFAULT_PORTS[scheme]} else f"{scheme}://{host}:{port}"


def _members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of a JSON object, after checking that no two readers can see different ones."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_constant(name: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which Python reads but JSON does not know."""
    raise ValueError(f"{name} is not JSON")


_JSON = JSONDecoder(object_pairs_hook=_members_once, parse_constant=_no_constant)
