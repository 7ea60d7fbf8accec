"""Random codes: as long as asked, and fair."""

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from validate_service.primitives.codes import random_digits


def test_every_digit_comes_from_as_many_bytes() -> None:
    """All 256 bytes in turn: each digit 25 times, and six bytes thrown away."""
    digits = random_digits(lambda count: bytes(range(256)) * (count // 256), 256)
    assert set(Counter(digits[:250]).values()) == {25}


@given(st.integers(1, 12), st.randoms(use_true_random=False))
def test_a_code_has_the_length_asked_for(length: int, random: Random) -> None:
    """Whatever the randomness throws away."""
    code = random_digits(random.randbytes, length)
    assert len(code) == length
    assert set(code) <= set("0123456789")


def test_more_randomness_is_asked_for_when_too_much_was_thrown_away() -> None:
    """Unfair bytes are never used, however many come."""
    supply = iter([b"\xff" * 6, b"\xfa\1\xfb\xfc\xfd\xfe", b"\2\3\4\5\6\7"])
    assert random_digits(lambda _: next(supply), 3) == "123"
