"""Seals: they open with their key, in their place, unchanged, and never otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.primitives.damage import one_bit_flips, truncations
from validate_service.primitives.sealing import SealBrokenError, key_id_of, seal, unseal

KEY, PLACE, NONCE = b"k" * 32, b"devices|sealed_seed|1|A-1", b"n" * 12
SEALED = seal(KEY, key_id=7, clear=b"12345678901234567890", place=PLACE, nonce=NONCE)


@given(st.binary(max_size=128), st.binary(max_size=40), st.integers(0, 2**32 - 1), st.binary(min_size=12, max_size=12))
def test_a_seal_opens_in_its_place(clear: bytes, place: bytes, key_id: int, nonce: bytes) -> None:
    """And names the key that it needs."""
    sealed = seal(KEY, key_id=key_id, clear=clear, place=place, nonce=nonce)
    assert unseal(KEY, sealed=sealed, place=place) == clear
    assert key_id_of(sealed) == key_id


def test_a_seal_does_not_show_its_secret() -> None:
    """What the database holds is useless without the key ring."""
    assert b"1234" not in SEALED


def test_a_seal_opens_in_no_other_place() -> None:
    """Two rows whose seals were swapped are both refused."""
    with pytest.raises(SealBrokenError):
        unseal(KEY, sealed=SEALED, place=PLACE + b"0")


def test_a_seal_opens_under_no_other_key() -> None:
    """One wrong bit in the key is enough."""
    with pytest.raises(SealBrokenError):
        unseal(b"j" + KEY[1:], sealed=SEALED, place=PLACE)


def test_every_changed_bit_breaks_a_seal() -> None:
    """Key number, nonce, ciphertext, tag."""
    for changed in one_bit_flips(SEALED):
        with pytest.raises(SealBrokenError):
            unseal(KEY, sealed=changed, place=PLACE)


def test_every_truncation_breaks_a_seal() -> None:
    """From nothing at all to all but the last byte."""
    for cut in truncations(SEALED):
        with pytest.raises(SealBrokenError):
            unseal(KEY, sealed=cut, place=PLACE)
