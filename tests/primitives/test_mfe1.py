"""MFE1: known answers, and that nothing but the whole truth decrypts."""

import unicodedata

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from tests.primitives.damage import one_bit_flips, truncations
from tests.vectors import vectors
from validate_service.primitives.mfe1 import ValueBrokenError, decrypt, encrypt, key_id_of

KNOWN = vectors("encryption_known_answers")["mfe1"]
KEY, SALT, VALUE = (bytes.fromhex(KNOWN[field]) for field in ("key", "salt", "value"))
NAME = KNOWN["name"]

storable = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def test_encryption_gives_the_known_answer() -> None:
    """Values that callers keep must be made alike by every version."""
    made = encrypt(KEY, key_id=KNOWN["key_id"], name=NAME, clear=KNOWN["clear"], salt=SALT)
    assert made == VALUE


def test_the_known_answer_decrypts() -> None:
    """Values that callers keep must be understood by every version."""
    assert decrypt(KEY, name=NAME, value=VALUE) == KNOWN["clear"]
    assert key_id_of(VALUE) == KNOWN["key_id"]


@given(storable, storable, st.integers(0, 2**32 - 1), st.binary(min_size=32, max_size=32))
def test_what_was_encrypted_decrypts(name: str, clear: str, key_id: int, salt: bytes) -> None:
    """Any text, also the empty one, under any name."""
    value = encrypt(KEY, key_id=key_id, name=name, clear=clear, salt=salt)
    assert decrypt(KEY, name=name, value=value) == clear
    assert key_id_of(value) == key_id


def test_every_changed_bit_is_refused() -> None:
    """Header, key number, salt, commitment, ciphertext, tag."""
    for changed in one_bit_flips(VALUE):
        with pytest.raises(ValueBrokenError):
            decrypt(KEY, name=NAME, value=changed)


def test_every_truncation_is_refused() -> None:
    """Also one of a whole header without its ciphertext."""
    for cut in truncations(VALUE):
        with pytest.raises(ValueBrokenError):
            decrypt(KEY, name=NAME, value=cut)


def test_a_longer_value_is_refused() -> None:
    """Nothing may hang behind the tag."""
    with pytest.raises(ValueBrokenError):
        decrypt(KEY, name=NAME, value=VALUE + b"\0")


@pytest.mark.parametrize("name", ["", "OTP_Secret", "otp_secret/é", NAME + " ", NAME + "\0"])
def test_another_name_is_refused(name: str) -> None:
    """A value cannot be moved to another field."""
    with pytest.raises(ValueBrokenError):
        decrypt(KEY, name=name, value=VALUE)


def test_a_name_is_one_name_in_every_unicode_form() -> None:
    """Callers on other systems spell é as one character or two."""
    decomposed = unicodedata.normalize("NFD", NAME)
    assert decomposed != NAME
    assert decrypt(KEY, name=decomposed, value=VALUE) == KNOWN["clear"]


def test_another_key_is_refused() -> None:
    """Another tenant's key differs in every bit; here one is enough."""
    for other in one_bit_flips(KEY):
        with pytest.raises(ValueBrokenError):
            decrypt(other, name=NAME, value=VALUE)


def test_what_is_no_text_is_refused() -> None:
    """A value that was made elsewhere, and properly, of bytes that are not UTF-8."""
    derived = HKDF(SHA256(), 64, SALT, b"mfa:EncryptValue:v1\0\1" + bytes(4)).derive(KEY)
    header = b"MFE1\1" + bytes(4) + SALT + derived[32:48]
    value = header + AESGCM(derived[:32]).encrypt(bytes(12), b"\xff", header + bytes(4))
    with pytest.raises(ValueBrokenError):
        decrypt(KEY, name="", value=value)
