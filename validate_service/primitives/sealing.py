"""Sealing of secrets that the database must keep and give back: AES-256-GCM, bound to the row."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
_KEY_ID_BYTES = 4


class SealBrokenError(Exception):
    """A sealed value was changed, cut, moved to another row, or sealed under another key."""


def seal(key: bytes, *, key_id: int, clear: bytes, place: bytes, nonce: bytes) -> bytes:
    """Return *clear* sealed for one place in the database.

    Args:
        key: 32 bytes, for this purpose only.
        key_id: Number of the key in the key ring, ``0 <= key_id < 2**32``; readable in the result.
        clear: The secret.
        place: Table, column and row: the seal opens nowhere else.
        nonce: 12 random bytes, never used twice under one key (NIST SP 800-38D section 8.2.2).

    Returns:
        Key id (4 bytes), nonce (12), ciphertext and tag (16).
    """
    header = key_id.to_bytes(_KEY_ID_BYTES, "big")
    return header + nonce + AESGCM(key).encrypt(nonce, clear, header + place)


def key_id_of(sealed: bytes) -> int:
    """Return the number of the key that *sealed* names."""
    return int.from_bytes(sealed[:_KEY_ID_BYTES], "big")


def unseal(key: bytes, *, sealed: bytes, place: bytes) -> bytes:
    """Return the secret inside *sealed*.

    Raises:
        SealBrokenError: for every cause alike.
    """
    header, nonce = sealed[:_KEY_ID_BYTES], sealed[_KEY_ID_BYTES : _KEY_ID_BYTES + NONCE_BYTES]
    try:
        return AESGCM(key).decrypt(nonce, sealed[_KEY_ID_BYTES + NONCE_BYTES :], header + place)
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError from error
