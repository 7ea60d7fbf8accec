"""Keys of Web Push: the one that the server shows to push services (RFC 8292), and those of phones (RFC 8291)."""

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points P-256 has (FIPS 186-5; SP 800-186 section 3.2.1.3)."""

_SEED_BYTES = 48


def server_key(root: bytes) -> EllipticCurvePrivateKey:
    """Return the P-256 key that belongs to the 32 uniform bytes *root*: always the same, so that all nodes share it.

    More bytes are reduced than the order has, so that no number is likelier than others (FIPS 186-5 appendix A.2.1).
    """
    seed = HKDFExpand(SHA256(), _SEED_BYTES, b"mfa:vapid:v1").derive(root)
    return derive_private_key(int.from_bytes(seed, "big") % (ORDER - 1) + 1, SECP256R1())


def public_point(key: EllipticCurvePrivateKey) -> bytes:
    """Return the public key of *key* as browsers want it: an uncompressed point, 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_message_key(point: bytes) -> bool:
    """Tell whether *point* is an uncompressed point on P-256: what a phone's messages can be encrypted for.

    >>> is_message_key(public_point(server_key(bytes(32)))), is_message_key(b"4" * 65)
    (True, False)
    """
    try:
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        return False
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == point
