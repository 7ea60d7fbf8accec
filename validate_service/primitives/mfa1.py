"""MFA1, the layout of ``EncryptValueAES``: what stock .NET Framework code can decrypt.

======  ====  ==========================================================================================
offset  size  content
======  ====  ==========================================================================================
0       4     ``MFA1``
4       1     how the keys come from the secret: 1 = PBKDF2-SHA1, 2 = PBKDF2-SHA256, 3 = HKDF-SHA256
5       4     number of the key, big endian
9       4     iterations, big endian; 1 for HKDF
13      16    random salt
29      16    random IV
45      16k   AES-256-CBC with PKCS #7 padding
end-32  32    HMAC-SHA256 of everything before it and of the value's name
======  ====  ==========================================================================================

The MAC is checked before any padding is looked at, so there is no padding oracle.
"""

import hmac
from collections.abc import Collection
from enum import IntEnum

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from validate_service.primitives.mfe1 import ValueBrokenError, length_prefixed_name

SALT_BYTES = IV_BYTES = 16
FEWEST_ITERATIONS, MOST_ITERATIONS = 1_000, 2_000_000
_MAGIC = b"MFA1"
_INFO = b"mfa:EncryptValueAES:v1"
_SALT_AT, _IV_AT, _CIPHERTEXT_AT = 13, 29, 45
_BLOCK_BYTES, _MAC_BYTES = 16, 32


class KeyDerivation(IntEnum):
    """How the two keys of a value come from the secret."""

    PBKDF2_SHA1 = 1
    PBKDF2_SHA256 = 2
    HKDF_SHA256 = 3


def encrypt(
    secret: str,
    *,
    key_id: int,
    name: str,
    clear: str,
    salt: bytes,
    iv: bytes,
    derivation: KeyDerivation = KeyDerivation.HKDF_SHA256,
    iterations: int = 1,
) -> bytes:
    """Return *clear* encrypted under *secret*, bound to *name*.

    Args:
        secret: What the operator exports to the .NET code; at least 32 random bytes' worth of text for HKDF.
        key_id: Number of the key, readable in the result.
        name: The caller's name of the value; not secret, needed again to decrypt.
        clear: The value.
        salt: 16 random bytes.
        iv: 16 random bytes.
        derivation: HKDF for a random secret; PBKDF2 for a passphrase.
        iterations: 1 for HKDF, 1,000 to 2,000,000 for PBKDF2.
    """
    encryption_key, mac_key = _keys(secret, derivation, iterations, salt)
    padder = PKCS7(AES.block_size).padder()
    padded = padder.update(clear.encode()) + padder.finalize()
    encryptor = Cipher(AES(encryption_key), CBC(iv)).encryptor()
    header = _MAGIC + bytes([derivation]) + key_id.to_bytes(4, "big") + iterations.to_bytes(4, "big")
    body = header + salt + iv + encryptor.update(padded) + encryptor.finalize()
    return body + hmac.digest(mac_key, body + length_prefixed_name(name), "sha256")


def key_id_of(value: bytes) -> int:
    """Return the number of the key that *value* names.

    Raises:
        ValueBrokenError: *value* is not in this layout.
    """
    ciphertext_bytes = len(value) - _CIPHERTEXT_AT - _MAC_BYTES
    if ciphertext_bytes < _BLOCK_BYTES or ciphertext_bytes % _BLOCK_BYTES or not value.startswith(_MAGIC):
        raise ValueBrokenError
    return int.from_bytes(value[5:9], "big")


def decrypt(secret: str, *, name: str, value: bytes, allowed: Collection[KeyDerivation] = tuple(KeyDerivation)) -> str:
    """Return the clear value inside *value*.

    Args:
        secret: The secret it was encrypted under.
        name: The name it was encrypted with.
        value: The layout above.
        allowed: Derivations worth their time; PBKDF2 takes up to a second.

    Raises:
        ValueBrokenError: for every cause alike.
    """
    key_id_of(value)
    derivation, iterations = _derivation_of(value)
    if derivation not in allowed:
        raise ValueBrokenError
    encryption_key, mac_key = _keys(secret, derivation, iterations, value[_SALT_AT:_IV_AT])
    body, mac = value[:-_MAC_BYTES], value[-_MAC_BYTES:]
    expected_mac = hmac.digest(mac_key, body + length_prefixed_name(name), "sha256")
    if not hmac.compare_digest(expected_mac, mac):
        raise ValueBrokenError
    decryptor = Cipher(AES(encryption_key), CBC(value[_IV_AT:_CIPHERTEXT_AT])).decryptor()
    padded = decryptor.update(body[_CIPHERTEXT_AT:]) + decryptor.finalize()
    unpadder = PKCS7(AES.block_size).unpadder()
    try:
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError as error:
        raise ValueBrokenError from error


def _derivation_of(value: bytes) -> tuple[KeyDerivation, int]:
    """Return how *value* says its keys are derived, after checking that this is worth doing."""
    iterations = int.from_bytes(value[9:_SALT_AT], "big")
    try:
        derivation = KeyDerivation(value[4])
    except ValueError as error:
        raise ValueBrokenError from error
    if derivation is KeyDerivation.HKDF_SHA256:
        plausible = iterations == 1
    else:
        plausible = FEWEST_ITERATIONS <= iterations <= MOST_ITERATIONS
    if not plausible:
        raise ValueBrokenError
    return derivation, iterations


def _keys(secret: str, derivation: KeyDerivation, iterations: int, salt: bytes) -> tuple[bytes, bytes]:
    """Return the encryption key and the MAC key."""
    if derivation is KeyDerivation.HKDF_SHA256:
        derived = HKDF(SHA256(), 64, salt, _INFO).derive(secret.encode())
    else:
        # SHA-1 is what Rfc2898DeriveBytes of every .NET Framework has; as PBKDF2's PRF it is not broken.
        prf = SHA1() if derivation is KeyDerivation.PBKDF2_SHA1 else SHA256()  # noqa: S303
        derived = PBKDF2HMAC(prf, 64, salt, iterations).derive(secret.encode())
    return derived[:32], derived[32:]
