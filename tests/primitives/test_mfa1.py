"""MFA1: known answers of all three derivations, and that nothing but the whole truth decrypts."""

import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from tests.primitives.damage import one_bit_flips, truncations
from tests.vectors import vectors
from validate_service.primitives.mfa1 import (
    FEWEST_ITERATIONS,
    MOST_ITERATIONS,
    KeyDerivation,
    decrypt,
    encrypt,
    key_id_of,
)
from validate_service.primitives.mfe1 import ValueBrokenError

KNOWN: dict[KeyDerivation, dict[str, Any]] = {
    KeyDerivation(known["derivation"]): known for known in vectors("encryption_known_answers")["mfa1"]
}
HKDF_KNOWN = KNOWN[KeyDerivation.HKDF_SHA256]
SECRET, NAME, VALUE = HKDF_KNOWN["secret"], HKDF_KNOWN["name"], bytes.fromhex(HKDF_KNOWN["value"])
SALT, IV = b"s" * 16, b"i" * 16

storable = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def made_elsewhere(padded: bytes) -> bytes:
    """Return a value with a right MAC around *padded*, written from the layout's description alone."""
    derived = HKDF(SHA256(), 64, SALT, b"mfa:EncryptValueAES:v1").derive(b"secret")
    encryptor = Cipher(AES(derived[:32]), CBC(IV)).encryptor()
    body = b"MFA1\3" + bytes(4) + b"\0\0\0\1" + SALT + IV + encryptor.update(padded) + encryptor.finalize()
    return body + hmac.digest(derived[32:], body + b"\0\0\0\1n", "sha256")


def claiming(derivation: int, iterations: int) -> bytes:
    """Return the known value with another derivation in its header."""
    return VALUE[:4] + bytes([derivation]) + VALUE[5:9] + iterations.to_bytes(4, "big") + VALUE[13:]


@pytest.mark.parametrize("derivation", KeyDerivation)
def test_encryption_gives_the_known_answer(derivation: KeyDerivation) -> None:
    """What the .NET code of a caller decrypts."""
    known = KNOWN[derivation]
    made = encrypt(
        known["secret"],
        key_id=known["key_id"],
        name=known["name"],
        clear=known["clear"],
        salt=bytes.fromhex(known["salt"]),
        iv=bytes.fromhex(known["iv"]),
        derivation=derivation,
        iterations=known["iterations"],
    )
    assert made.hex() == known["value"]


@pytest.mark.parametrize("derivation", KeyDerivation)
def test_the_known_answer_decrypts(derivation: KeyDerivation) -> None:
    """What the .NET code of a caller encrypted."""
    known = KNOWN[derivation]
    value = bytes.fromhex(known["value"])
    assert decrypt(known["secret"], name=known["name"], value=value) == known["clear"]
    assert key_id_of(value) == known["key_id"]


@given(storable, storable, storable, st.integers(0, 2**32 - 1))
def test_what_was_encrypted_decrypts(secret: str, name: str, clear: str, key_id: int) -> None:
    """Any text, also the empty one and one that fills its blocks."""
    value = encrypt(secret, key_id=key_id, name=name, clear=clear, salt=SALT, iv=IV)
    assert decrypt(secret, name=name, value=value) == clear
    assert key_id_of(value) == key_id


def test_every_changed_bit_is_refused() -> None:
    """Header, derivation, key number, iterations, salt, IV, ciphertext, MAC."""
    for changed in one_bit_flips(VALUE):
        with pytest.raises(ValueBrokenError):
            decrypt(SECRET, name=NAME, value=changed)


def test_every_truncation_is_refused() -> None:
    """Also those that leave whole blocks."""
    for cut in truncations(VALUE):
        with pytest.raises(ValueBrokenError):
            decrypt(SECRET, name=NAME, value=cut)


@pytest.mark.parametrize("name", ["", "OTP_Secret", "otp_secret/é", NAME + " "])
def test_another_name_is_refused(name: str) -> None:
    """A value cannot be moved to another field."""
    with pytest.raises(ValueBrokenError):
        decrypt(SECRET, name=name, value=VALUE)


def test_another_secret_is_refused() -> None:
    """Another tenant's secret."""
    with pytest.raises(ValueBrokenError):
        decrypt(SECRET + " ", name=NAME, value=VALUE)


@pytest.mark.parametrize(
    ("derivation", "iterations"),
    [(0, 1), (4, 1), (3, 0), (3, 2), (1, 1), (1, FEWEST_ITERATIONS - 1), (2, MOST_ITERATIONS + 1), (2, 2**32 - 1)],
)
def test_an_implausible_derivation_is_refused_before_it_is_computed(derivation: int, iterations: int) -> None:
    """A value of 4,294,967,295 iterations must not cost half an hour."""
    with pytest.raises(ValueBrokenError):
        decrypt(SECRET, name=NAME, value=claiming(derivation, iterations))


def test_a_derivation_that_the_caller_does_not_allow_is_refused() -> None:
    """A service with random secrets need not offer slow derivations to strangers."""
    slow = KNOWN[KeyDerivation.PBKDF2_SHA1]
    with pytest.raises(ValueBrokenError):
        decrypt(
            slow["secret"],
            name=slow["name"],
            value=bytes.fromhex(slow["value"]),
            allowed={KeyDerivation.HKDF_SHA256},
        )


def test_the_layout_is_as_described() -> None:
    """A value written from the description decrypts."""
    assert decrypt("secret", name="n", value=made_elsewhere(b"clear" + b"\x0b" * 11)) == "clear"


@pytest.mark.parametrize("padded", [b"clear" + b"\x0c" * 11, bytes(16), b"\xff" * 15 + b"\1"])
def test_bad_padding_and_bad_text_are_refused_alike(padded: bytes) -> None:
    """Even with a right MAC there is one refusal, which tells nothing."""
    with pytest.raises(ValueBrokenError) as refusal:
        decrypt("secret", name="n", value=made_elsewhere(padded))
    assert refusal.value.args == ()
