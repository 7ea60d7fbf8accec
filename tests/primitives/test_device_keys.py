"""Keys of phones: read in one spelling, and signatures as WebCrypto makes them."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.primitives.software_passkey import PRESENT, VERIFIED, SoftwarePasskey
from tests.primitives.software_phone import raw_signature, spki_of
from validate_service.primitives.device_keys import require_signed, require_user_verified, uid_of
from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY = spki_of(KEY)
SIGNED = b"what was stated"
SIGNATURE = raw_signature(KEY, SIGNED)

# The order of the group of P-256 (FIPS 186-4, D.1.2.3).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def flaw_of(public_key: bytes = PUBLIC_KEY, signature: bytes = SIGNATURE, signed: bytes = SIGNED) -> FidoFlaw | None:
    try:
        require_signed(public_key, signature, signed)
    except FidoRefusedError as refused:
        return refused.flaw
    return None


def test_a_signature_of_the_key_is_right() -> None:
    """Over what was signed."""
    assert flaw_of() is None


@given(st.binary(max_size=300))
def test_whatever_is_signed_is_verified(signed: bytes) -> None:
    """Also nothing at all, and signatures whose numbers begin with zeros."""
    assert flaw_of(signature=raw_signature(KEY, signed), signed=signed) is None


def test_a_signature_that_another_program_made_is_right() -> None:
    """RFC 6979, appendix A.2.5: P-256, SHA-256, the message "sample"."""
    point = bytes.fromhex(
        "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
        "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
    )
    public_key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    signature = bytes.fromhex(
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    )
    assert flaw_of(encoded(public_key), signature, b"sample") is None
    assert flaw_of(encoded(public_key), signature, b"test") is FidoFlaw.BAD_SIGNATURE


OTHER_SIGNATURES = {
    "empty": b"",
    "too short": SIGNATURE[:-1],
    "too long": SIGNATURE + b"\0",
    "one number longer": SIGNATURE[:32] + b"\0" + SIGNATURE[32:],
    "zeros": bytes(64),
    "one number zero": SIGNATURE[:32] + bytes(32),
    "swapped": SIGNATURE[32:] + SIGNATURE[:32],
    "out of range": ORDER.to_bytes(32, "big") + SIGNATURE[32:],
    "one bit changed": (int.from_bytes(SIGNATURE[:32], "big") ^ 1).to_bytes(32, "big") + SIGNATURE[32:],
    "framed in DER": KEY.sign(SIGNED, ec.ECDSA(SHA256())),
}


@pytest.mark.parametrize("case", OTHER_SIGNATURES)
def test_any_other_signature_is_wrong(case: str) -> None:
    """Also one with the right two numbers, framed in another way."""
    assert flaw_of(signature=OTHER_SIGNATURES[case]) is FidoFlaw.BAD_SIGNATURE


def test_what_another_key_signed_is_wrong() -> None:
    """And what was signed may not change."""
    other = ec.generate_private_key(ec.SECP256R1())
    assert flaw_of(signature=raw_signature(other, SIGNED)) is FidoFlaw.BAD_SIGNATURE
    assert flaw_of(signed=SIGNED + b" ") is FidoFlaw.BAD_SIGNATURE


def compressed(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the same key with a compressed point, which OpenSSL reads too."""
    point = public_key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    head = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    return head + point


def encoded(public_key: PublicKeyTypes) -> bytes:
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


OTHER_KEYS = {
    "empty": b"",
    "empty sequence": b"\x30\x00",
    "too short": PUBLIC_KEY[:-1],
    "too long": PUBLIC_KEY + b"\0",
    "no point of the curve": PUBLIC_KEY[:-64] + bytes(64),
    "another spelling": compressed(KEY.public_key()),
    "a bare point": KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    "another curve": encoded(ec.generate_private_key(ec.SECP384R1()).public_key()),
    "RSA": encoded(rsa.generate_private_key(65537, 2048).public_key()),
    "Ed25519": encoded(ed25519.Ed25519PrivateKey.generate().public_key()),
}


@pytest.mark.parametrize("case", OTHER_KEYS)
def test_any_other_key_is_refused(case: str) -> None:
    """A phone has one kind of key, in one spelling."""
    assert flaw_of(OTHER_KEYS[case]) is FidoFlaw.BAD_PUBLIC_KEY


@given(st.integers(0, len(PUBLIC_KEY) - 1), st.integers(1, 255))
def test_a_damaged_key_verifies_nothing(place: int, change: int) -> None:
    """Whichever byte is another."""
    damaged = bytearray(PUBLIC_KEY)
    damaged[place] ^= change
    assert flaw_of(bytes(damaged)) in {FidoFlaw.BAD_PUBLIC_KEY, FidoFlaw.BAD_SIGNATURE}


def test_a_phone_is_called_after_its_key() -> None:
    """By half of a SHA-256: nobody finds another key of the same name."""
    assert uid_of(PUBLIC_KEY) == hashlib.sha256(PUBLIC_KEY).digest()[:16].hex()


def test_a_passkey_must_say_that_it_knows_its_user() -> None:
    """A touch alone may be anybody's."""
    require_user_verified(SoftwarePasskey(flags=PRESENT | VERIFIED).authenticator_data("mfa.example.org"))
    with pytest.raises(FidoRefusedError) as refused:
        require_user_verified(SoftwarePasskey(flags=PRESENT).authenticator_data("mfa.example.org"))
    assert refused.value.flaw is FidoFlaw.NO_USER_PRESENCE
