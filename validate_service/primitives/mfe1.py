"""MFE1, the layout of ``EncryptValue``: AES-256-GCM with a key per message and a commitment to it.

======  ====  ==========================================================
offset  size  content
======  ====  ==========================================================
0       4     ``MFE1``
4       1     1 = HKDF-SHA256 and AES-256-GCM
5       4     number of the key, big endian
9       32    random salt
41      16    commitment to the key
57      n     ciphertext
57+n    16    GCM tag
======  ====  ==========================================================

Key and commitment are HKDF-SHA256 of the tenant's key under the salt; the nonce is zero, for a key is used once.  The
value's name is authenticated with the header.
"""

import hmac
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SALT_BYTES = 32
_MAGIC = b"MFE1\x01"
_INFO = b"mfa:EncryptValue:v1\x00\x01"
_SALT_AT, _COMMITMENT_AT, _CIPHERTEXT_AT = 9, 41, 57
_TAG_BYTES = 16
_NONCE = bytes(12)


class ValueBrokenError(Exception):
    """A value does not open: wrong key, wrong name, changed or cut; never said which."""


def length_prefixed_name(name: str) -> bytes:
    """Return *name* as both layouts authenticate it: NFC, UTF-8, behind its length in four bytes."""
    data = unicodedata.normalize("NFC", name).encode()
    return len(data).to_bytes(4, "big") + data


def encrypt(key: bytes, *, key_id: int, name: str, clear: str, salt: bytes) -> bytes:
    """Return *clear* encrypted under *key*, bound to *name*.

    Args:
        key: The tenant's key, 32 bytes.
        key_id: Number of the key, readable in the result.
        name: The caller's name of the value; not secret, needed again to decrypt.
        clear: The value.
        salt: 32 random bytes.
    """
    message_key, commitment = _message_key(key, key_id.to_bytes(4, "big"), salt)
    header = _MAGIC + key_id.to_bytes(4, "big") + salt + commitment
    return header + AESGCM(message_key).encrypt(_NONCE, clear.encode(), header + length_prefixed_name(name))


def key_id_of(value: bytes) -> int:
    """Return the number of the key that *value* names.

    Raises:
        ValueBrokenError: *value* is not in this layout.
    """
    if len(value) < _CIPHERTEXT_AT + _TAG_BYTES or not value.startswith(_MAGIC):
        raise ValueBrokenError
    return int.from_bytes(value[5:_SALT_AT], "big")


def decrypt(key: bytes, *, name: str, value: bytes) -> str:
    """Return the clear value inside *value*.

    Raises:
        ValueBrokenError: for every cause alike.
    """
    key_id = key_id_of(value).to_bytes(4, "big")
    message_key, commitment = _message_key(key, key_id, value[_SALT_AT:_COMMITMENT_AT])
    if not hmac.compare_digest(commitment, value[_COMMITMENT_AT:_CIPHERTEXT_AT]):
        raise ValueBrokenError
    header = value[:_CIPHERTEXT_AT] + length_prefixed_name(name)
    try:
        return AESGCM(message_key).decrypt(_NONCE, value[_CIPHERTEXT_AT:], header).decode()
    except (InvalidTag, UnicodeDecodeError) as error:
        raise ValueBrokenError from error


def _message_key(key: bytes, key_id: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Return the key of one message, and what commits to it."""
    derived = HKDF(SHA256(), 64, salt, _INFO + key_id).derive(key)
    return derived[:32], derived[32:48]
