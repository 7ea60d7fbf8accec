"""Client data: the JSON in which the browser says what was asked, with which challenge, and by which page.

FIDO U2F Raw Message Formats 1.2, "Client Data"; WebAuthn Level 2 section 5.8.1; FIDO AppID and Facets 1.2 for who may
ask.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from json import JSONDecoder
from typing import Any, NoReturn

from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError

_WEB_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]+))?/?", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class ClientDataType(StrEnum):
    """What a browser was asked, as it says; the two protocols have a word each for the two questions."""

    U2F_REGISTRATION = "navigator.id.finishEnrollment"
    U2F_SIGNATURE = "navigator.id.getAssertion"
    WEBAUTHN_REGISTRATION = "webauthn.create"
    WEBAUTHN_SIGNATURE = "webauthn.get"


@dataclass(frozen=True, slots=True)
class Question:
    """What an answer must be an answer to.

    Attributes:
        app_id: The application, a URL, as the browser was told.
        facets: Who may ask in its name: web origins, and identities of apps.
        challenge: The challenge that was handed out, raw.
    """

    app_id: str
    facets: Collection[str]
    challenge: bytes


@dataclass(frozen=True, slots=True)
class ClientData:
    """What the browser says.

    Attributes:
        typ: What was asked, a value of :class:`ClientDataType` if it is honest.
        challenge: The challenge in websafe Base64, as the browser was given it.
        origin: The facet that asked: a web origin, or the identity of an app.
        framed: Whether the page that asked stands in a frame of another origin's page.
    """

    typ: str
    challenge: str
    origin: str
    framed: bool = False


def read_client_data(client_data: bytes) -> ClientData:
    """Return what *client_data* says.

    U2F calls the first of three members ``typ``, WebAuthn ``type``; ``crossOrigin`` may be missing.  Other members are
    not looked at.

    Raises:
        FidoRefusedError: ``MALFORMED``: it is not UTF-8, is no JSON object, names a member twice, or lacks one of the
            three.

    >>> read_client_data(b'{"typ": "t", "challenge": "Yw", "origin": "https://example.org"}').origin
    'https://example.org'
    """
    try:
        members = _JSON.decode(client_data.decode())
    except (ValueError, RecursionError) as error:  # RecursionError: brackets nested too deeply
        raise FidoRefusedError(FidoFlaw.MALFORMED) from error
    match members:
        case {"typ": str(typ), "challenge": str(challenge), "origin": str(origin)}:
            return ClientData(typ, challenge, origin)
        case {"type": str(typ), "challenge": str(challenge), "origin": str(origin)}:
            return ClientData(typ, challenge, origin, framed=members.get("crossOrigin", False) is not False)
    raise FidoRefusedError(FidoFlaw.MALFORMED)


def require_client_data(client_data: bytes, typ: ClientDataType, question: Question) -> None:
    """Require that *client_data*, the JSON as bytes, says that *question* was asked, in the way of *typ*.

    Raises:
        FidoRefusedError: ``MALFORMED``, ``WRONG_TYP``, ``WRONG_CHALLENGE``, ``FOREIGN_ORIGIN``.
    """
    claimed = read_client_data(client_data)
    if claimed.typ != typ:
        raise FidoRefusedError(FidoFlaw.WRONG_TYP)
    claimed_challenge = claimed.challenge.encode("utf-8", "surrogatepass").rstrip(b"=")
    if not hmac.compare_digest(claimed_challenge, urlsafe_b64encode(question.challenge).rstrip(b"=")):
        raise FidoRefusedError(FidoFlaw.WRONG_CHALLENGE)
    # In a frame of somebody else's page the user cannot see who asks (Web Authentication Level 3, section 7.1).
    if claimed.framed or canonical_facet(claimed.origin) not in {canonical_facet(facet) for facet in question.facets}:
        raise FidoRefusedError(FidoFlaw.FOREIGN_ORIGIN)


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
