"""WebAuthn in JSON, as browsers make and take it (Web Authentication Level 3, sections 5.1.8 to 5.1.10)."""

from collections.abc import Iterable, Mapping
from typing import Any

from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError
from validate_service.core.model import Assertion, FidoKey, FidoProtocol, FidoRequest, Registration, Tenant
from validate_service.facades.connector.kinds import bytes_of, websafe
from validate_service.primitives.fido.public_keys import ES256, RS256
from validate_service.primitives.fido.webauthn import rp_id_of

PRODUCT = "ValidateService"
_PUBLIC_KEY = "public-key"

CREATION_OPTIONS: Mapping[str, Any] = {
    "rp": {"id": "portal.example.org", "name": PRODUCT},
    "user": {"id": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "name": "alice", "displayName": "alice"},
    "challenge": "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY",
    "pubKeyCredParams": [{"type": _PUBLIC_KEY, "alg": ES256}],
    "excludeCredentials": [],
    "attestation": "none",
}
"""An example, for the documentation."""


def creation_options(request: FidoRequest, call: Call, tenant: Tenant) -> dict[str, Any]:
    """Return what a page hands to ``PublicKeyCredential.parseCreationOptionsFromJSON``.

    The key is a second factor: neither its PIN nor an account stored on it is asked for.
    """
    app_id, user = request.challenge.app_id, call.user
    return {
        "rp": {"id": rp_id_of(app_id), "name": tenant.settings.organisation or PRODUCT},
        "user": {"id": websafe(request.user_handle), "name": str(user), "displayName": user.username},
        "challenge": websafe(request.challenge.challenge),
        "pubKeyCredParams": [{"type": _PUBLIC_KEY, "alg": algorithm} for algorithm in (ES256, RS256)],
        "excludeCredentials": _descriptors(request.keys),
        "authenticatorSelection": {"residentKey": "discouraged", "userVerification": "discouraged"},
        "attestation": "none",
        **_for_keys_of_u2f("appidExclude", request),
    }


def request_options(request: FidoRequest) -> dict[str, Any]:
    """Return what a page hands to ``PublicKeyCredential.parseRequestOptionsFromJSON``."""
    return {
        "rpId": rp_id_of(request.challenge.app_id),
        "challenge": websafe(request.challenge.challenge),
        "allowCredentials": _descriptors(request.keys),
        "userVerification": "discouraged",
        **_for_keys_of_u2f("appid", request),
    }


def registration_of(credential: Mapping[str, object]) -> Registration:
    """Return the answer of a new key out of what ``credential.toJSON()`` gave; names are in lower case.

    Raises:
        MalformedRequestError: a part is missing, or is no Base64 for URLs.
    """
    response = _response_of(credential)
    return Registration(_bytes(response, "clientDataJSON"), _bytes(response, "attestationObject"))


def assertion_of(credential: Mapping[str, object]) -> Assertion:
    """Return the answer of a known key out of what ``credential.toJSON()`` gave; names are in lower case.

    Raises:
        MalformedRequestError: a part is missing, or is no Base64 for URLs.
    """
    response = _response_of(credential)
    return Assertion(
        _bytes(response, "clientDataJSON"),
        _bytes(response, "authenticatorData"),
        _bytes(response, "signature"),
        _bytes(credential, "id"),
    )


def _for_keys_of_u2f(extension: str, request: FidoRequest) -> dict[str, Any]:
    """Return the *extension* by which a browser finds keys that were enrolled over U2F, if there are any.

    Not otherwise: a browser refuses the whole request if the application is no URL with https.
    """
    if any(key.protocol is FidoProtocol.U2F for key in request.keys):
        return {"extensions": {extension: request.challenge.app_id}}
    return {}


def _response_of(credential: Mapping[str, object]) -> Mapping[str, object]:
    response = credential.get("response")
    if not isinstance(response, Mapping):
        raise MalformedRequestError("credential has no response.")
    return response


def _bytes(members: Mapping[str, object], name: str) -> bytes:
    value = members.get(name.lower())
    decoded = bytes_of(value) if isinstance(value, str) else None
    if not decoded:
        raise MalformedRequestError(f"credential must hold {name}, in Base64.")
    return decoded


def _descriptors(keys: Iterable[FidoKey]) -> list[dict[str, str]]:
    return [{"type": _PUBLIC_KEY, "id": websafe(key.handle)} for key in keys]
