"""Keys of phones: ECDSA on P-256 as the Web Cryptography API makes it, and what passkeys say besides.

Browsers export a public key as ``SubjectPublicKeyInfo`` in DER (RFC 5280 section 4.1.2.7) and sign with the two numbers
of a signature side by side, 32 bytes each (IEEE P1363), where everybody else frames them in DER.
"""

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from fido2.webauthn import AttestationObject

from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError
from validate_service.primitives.fido.public_keys import encoded

NUMBER_BYTES = 32
UID_DIGITS = 32
_FLAGS_AT, _USER_VERIFIED = 32, 0x04


def uid_of(public_key: bytes) -> str:
    """Return what a phone calls itself that has *public_key*: 32 hex digits.

    >>> uid_of(b"abc")
    'ba7816bf8f01cfea414140de5dae2223'
    """
    return hashlib.sha256(public_key).hexdigest()[:UID_DIGITS]


def require_signed(public_key: bytes, signature: bytes, signed: bytes) -> None:
    """Require that *signature* over *signed* was made with the private key of *public_key*.

    Args:
        public_key: ``SubjectPublicKeyInfo`` in DER, in its one spelling: with an uncompressed point.
        signature: The two numbers, 64 bytes.
        signed: What was signed.

    Raises:
        FidoRefusedError: ``BAD_PUBLIC_KEY``: it is no such key on P-256; ``BAD_SIGNATURE``.
    """
    key = _key_of(public_key)
    if len(signature) != 2 * NUMBER_BYTES:
        raise FidoRefusedError(FidoFlaw.BAD_SIGNATURE)
    r, s = (int.from_bytes(half, "big") for half in (signature[:NUMBER_BYTES], signature[NUMBER_BYTES:]))
    try:
        key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature as error:
        raise FidoRefusedError(FidoFlaw.BAD_SIGNATURE) from error


def require_user_verified(authenticator_data: bytes) -> None:
    """Require that a passkey says that it has asked for a finger, a face or a PIN (WebAuthn Level 2, section 6.1).

    Args:
        authenticator_data: What it says, after the rest of it was found right.

    Raises:
        FidoRefusedError: ``NO_USER_PRESENCE``: anybody may have touched it.
    """
    if not authenticator_data[_FLAGS_AT] & _USER_VERIFIED:
        raise FidoRefusedError(FidoFlaw.NO_USER_PRESENCE)


def authenticator_data_of(attestation_object: bytes) -> bytes:
    """Return what a new passkey says, out of an attestation object that was verified."""
    return bytes(AttestationObject(attestation_object).auth_data)


def _key_of(public_key: bytes) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise FidoRefusedError(FidoFlaw.BAD_PUBLIC_KEY) from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise FidoRefusedError(FidoFlaw.BAD_PUBLIC_KEY)
    # In another spelling the same key would be another phone.
    if encoded(key) != public_key:
        raise FidoRefusedError(FidoFlaw.BAD_PUBLIC_KEY)
    return key
