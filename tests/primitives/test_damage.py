"""The damage that other tests do is all of it."""

from tests.primitives.damage import one_bit_flips, truncations


def test_every_bit_is_flipped_once() -> None:
    """Sixteen different values, none of them the original."""
    flipped = list(one_bit_flips(b"ab"))
    assert len(set(flipped)) == len(flipped) == 16
    assert b"ab" not in flipped


def test_every_proper_beginning_is_there() -> None:
    """The whole value is no truncation."""
    assert list(truncations(b"abc")) == [b"", b"a", b"ab"]
