"""Keyed hashes: what the database keeps in place of API keys, card numbers, codes and tokens."""

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

KEY_BYTES = 32


def derive_key(root: bytes, purpose: str) -> bytes:
    """Return the 32-byte subkey of *root* for one *purpose*; a root key is never used directly.

    HKDF-SHA256 without salt (RFC 5869), *purpose* being its ``info``.

    >>> derive_key(bytes(32), "a") == derive_key(bytes(32), "b")
    False
    """
    return HKDF(SHA256(), KEY_BYTES, None, purpose.encode()).derive(root)


def expand_key(key: bytes, *, purpose: bytes) -> bytes:
    """Return a 32-byte subkey of an already uniform *key* (RFC 5869 section 2.3)."""
    return HKDFExpand(SHA256(), KEY_BYTES, purpose).derive(key)


def keyed_hash(key: bytes, *parts: str | bytes | int) -> bytes:
    """Return HMAC-SHA256 of *parts* under *key*, each part with its length, so that no two lists collide.

    Args:
        key: 32 bytes from :func:`derive_key`.
        parts: What is hashed; text as UTF-8, integers in decimal.

    Returns:
        32 bytes.

    >>> keyed_hash(bytes(32), "ab", "c") == keyed_hash(bytes(32), "a", "bc")
    False
    """
    message = bytearray()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        message += len(data).to_bytes(4, "big") + data
    return hmac.digest(key, message, "sha256")
