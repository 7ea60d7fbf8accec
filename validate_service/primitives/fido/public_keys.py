"""Public keys of security keys, kept as ``SubjectPublicKeyInfo`` in DER (RFC 5280 section 4.1.2.7)."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError

PublicKey: TypeAlias = EllipticCurvePublicKey | RSAPublicKey

ES256, RS256 = -7, -257
"""COSE's numbers of the algorithms that new keys may have (RFC 9053 section 2.1, RFC 8812 section 2)."""
SHORTEST_RSA_BITS = 2048


def key_of_point(point: bytes) -> EllipticCurvePublicKey:
    """Return the key whose encoded point (SEC 1 section 2.3.3) is *point*.

    Raises:
        FidoRefusedError: ``BAD_PUBLIC_KEY``: it is no point on P-256.
    """
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError as error:
        raise FidoRefusedError(FidoFlaw.BAD_PUBLIC_KEY) from error


def key_of_cose(cose: Mapping[int, Any]) -> PublicKey:
    """Return the key that a COSE_Key says (RFC 9052 section 7).

    Raises:
        FidoRefusedError: ``BAD_PUBLIC_KEY``: it is neither a point on P-256 for ES256 nor a long enough modulus for
            RS256.
    """
    try:
        match cose:
            case {1: 2, 3: -7, -1: 1, -2: bytes(x), -3: bytes(y)}:
                return EllipticCurvePublicNumbers(
                    int.from_bytes(x, "big"), int.from_bytes(y, "big"), SECP256R1()
                ).public_key()
            case {1: 3, 3: -257, -1: bytes(n), -2: bytes(e)} if len(n.lstrip(b"\0")) * 8 >= SHORTEST_RSA_BITS:
                return RSAPublicNumbers(int.from_bytes(e, "big"), int.from_bytes(n, "big")).public_key()
    except ValueError as error:
        raise FidoRefusedError(FidoFlaw.BAD_PUBLIC_KEY) from error
    raise FidoRefusedError(FidoFlaw.BAD_PUBLIC_KEY)


def encoded(public_key: PublicKey) -> bytes:
    """Return *public_key* as it is kept."""
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def has_signed(public_key: bytes, signature: bytes, signed: bytes) -> bool:
    """Tell whether *signature* over *signed* was made with the private key of *public_key*, as it is kept.

    Raises:
        FidoRefusedError: ``BAD_PUBLIC_KEY``: what is kept is no key that was ever registered.
    """
    try:
        key = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise FidoRefusedError(FidoFlaw.BAD_PUBLIC_KEY) from error
    if not isinstance(key, EllipticCurvePublicKey | RSAPublicKey):
        raise FidoRefusedError(FidoFlaw.BAD_PUBLIC_KEY)
    return is_signature_of(key, signature, signed)


def is_signature_of(public_key: PublicKey, signature: bytes, signed: bytes) -> bool:
    """Tell the same of a key that is loaded."""
    try:
        if isinstance(public_key, RSAPublicKey):
            public_key.verify(signature, signed, PKCS1v15(), SHA256())
        else:
            public_key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
