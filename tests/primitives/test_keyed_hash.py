"""Keyed hashes and subkeys: published vectors, and that no two inputs share one hash."""

import hashlib
import hmac

from hypothesis import assume, given
from hypothesis import strategies as st

from validate_service.primitives.keyed_hash import KEY_BYTES, derive_key, expand_key, keyed_hash

parts = st.lists(st.text(max_size=5), max_size=4)


def test_derived_keys_are_those_of_rfc_5869() -> None:
    """RFC 5869 appendix A.3: no salt, no info; the first 32 bytes."""
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert derive_key(bytes.fromhex("0b" * 22), "").hex() == expected


def test_expanded_keys_are_those_of_rfc_5869() -> None:
    """RFC 5869 appendix A.1, the expand step; the first 32 bytes."""
    uniform = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    assert expand_key(uniform, purpose=bytes.fromhex("f0f1f2f3f4f5f6f7f8f9")).hex() == expected


@given(st.binary(min_size=32, max_size=32), st.text(), st.text())
def test_each_purpose_has_a_key_of_its_own(root: bytes, purpose: str, other: str) -> None:
    """What leaks one subkey tells nothing about another."""
    assume(purpose != other)
    assert derive_key(root, purpose) != derive_key(root, other)
    assert len(derive_key(root, purpose)) == KEY_BYTES


def test_a_keyed_hash_is_hmac_sha256_over_lengths_and_parts() -> None:
    """The construction, written out: stored hashes must be found again by every later version."""
    message = b"\0\0\0\4card" + b"\0\0\0\2" + b"17" + b"\0\0\0\2" + "é".encode() + b"\0\0\0\1\xff"
    assert keyed_hash(b"k" * 32, "card", 17, "é", b"\xff") == hmac.new(b"k" * 32, message, hashlib.sha256).digest()


@given(parts, parts)
def test_two_lists_of_parts_never_share_a_hash(some: list[str], others: list[str]) -> None:
    """Also where the texts run together to the same."""
    assume(some != others)
    assert keyed_hash(bytes(32), *some) != keyed_hash(bytes(32), *others)


def test_another_key_gives_another_hash() -> None:
    """A table of hashes is worthless without the key."""
    assert keyed_hash(bytes(32), "a") != keyed_hash(b"\1" * 32, "a")


def test_half_a_surrogate_pair_is_hashed_too() -> None:
    """JSON can spell it, so a credential may hold it; it must be refused as unknown and not break the call."""
    assert keyed_hash(bytes(32), "\ud800") != keyed_hash(bytes(32), "\udfff")
