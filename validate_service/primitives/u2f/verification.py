"""The two decisions of a relying party: a new key is one, and a known key has signed.

FIDO U2F Raw Message Formats 1.2, sections 4 and 5.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from validate_service.primitives.u2f.client_data import REGISTRATION_TYP, SIGNATURE_TYP, require_client_data
from validate_service.primitives.u2f.flaws import U2fFlaw, U2fRefusedError
from validate_service.primitives.u2f.messages import key_info_of, read_registration_data, read_signature_data


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """What is kept of a new key.

    Attributes:
        key_handle: How the key finds its own private key again; at most 255 bytes.
        public_key: An uncompressed point on P-256, 65 bytes.
        certificate: What the key says of its make, in DER.  Nothing vouches for it.
    """

    key_handle: bytes
    public_key: bytes
    certificate: bytes


def verify_registration(
    *, app_id: str, facets: Collection[str], challenge: bytes, client_data: bytes, registration_data: bytes
) -> RegisteredKey:
    """Return the key that registers itself.

    Args:
        app_id: The application, as the browser was told.
        facets: Web origins, and identities of apps, that may ask in its name.
        challenge: What was handed out for this registration, raw.
        client_data: What the browser says, out of its Base64.
        registration_data: What the key says, out of its Base64.

    Raises:
        U2fRefusedError: with any flaw but ``NO_USER_PRESENCE`` and ``COUNTER_NOT_GREATER``, of which a registration
            says nothing.
    """
    require_client_data(client_data, typ=REGISTRATION_TYP, challenge=challenge, facets=facets)
    registration = read_registration_data(registration_data)
    _point(registration.public_key)  # signed as bytes: what is signed may still be no point
    signed = b"\0" + _sha256(app_id.encode()) + _sha256(client_data) + registration.key_handle + registration.public_key
    _require_signature(_attestation_key(registration.certificate), registration.signature, signed)
    return RegisteredKey(registration.key_handle, registration.public_key, registration.certificate)


def verify_signature(
    *,
    app_id: str,
    facets: Collection[str],
    challenge: bytes,
    client_data: bytes,
    signature_data: bytes,
    public_key: bytes,
    last_counter: int,
) -> int:
    """Return the counter of a known key that has signed.

    Args:
        app_id: The application that the key was registered for.
        facets: Web origins, and identities of apps, that may ask in its name.
        challenge: What was handed out for this signature, raw.
        client_data: What the browser says, out of its Base64.
        signature_data: What the key says, out of its Base64.
        public_key: The key's own, of its registration.
        last_counter: Highest counter already accepted of this key; ``-1`` if none.

    Returns:
        The counter, greater than *last_counter*.  The caller stores it where it still is, in the same transaction,
        before it answers.

    Raises:
        U2fRefusedError: with any flaw.
    """
    require_client_data(client_data, typ=SIGNATURE_TYP, challenge=challenge, facets=facets)
    signature = read_signature_data(signature_data)
    signed = _sha256(app_id.encode()) + signature.stated + _sha256(client_data)
    _require_signature(_point(public_key), signature.signature, signed)
    # Only now, as anybody can state an old counter: it must not be taken for a cloned key.
    if not signature.user_present:
        raise U2fRefusedError(U2fFlaw.NO_USER_PRESENCE)
    if signature.counter <= last_counter:
        raise U2fRefusedError(U2fFlaw.COUNTER_NOT_GREATER)
    return signature.counter


def _require_signature(public_key: EllipticCurvePublicKey, signature: bytes, signed: bytes) -> None:
    """Require that *signature* over *signed* was made with the private key of *public_key*."""
    try:
        public_key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature as error:
        raise U2fRefusedError(U2fFlaw.BAD_SIGNATURE) from error


def _point(public_key: bytes) -> EllipticCurvePublicKey:
    """Return the point on P-256 that *public_key* is."""
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
    except ValueError as error:
        raise U2fRefusedError(U2fFlaw.BAD_PUBLIC_KEY) from error


def _attestation_key(certificate: bytes) -> EllipticCurvePublicKey:
    """Return the public key of *certificate*."""
    try:
        public_key = load_der_public_key(key_info_of(certificate))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise U2fRefusedError(U2fFlaw.BAD_PUBLIC_KEY) from error
    if not isinstance(public_key, EllipticCurvePublicKey) or not isinstance(public_key.curve, SECP256R1):
        raise U2fRefusedError(U2fFlaw.BAD_PUBLIC_KEY)
    return public_key


def _sha256(data: bytes) -> bytes:
    """Return the form in which the key is told of application and client data."""
    return hashlib.sha256(data).digest()
