"""HOTP: the values of RFC 4226, and what can match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import vectors
from validate_service.primitives.hotp import ALGORITHMS, code_at, is_code, match_counter

RFC4226 = vectors("rfc4226_appendix_d")
SEED = bytes.fromhex(RFC4226["seed"])
SAME_CODE = 103424, 103427
"""Two counters that make the same code from this seed."""

seeds = st.binary(min_size=16, max_size=64)
counters = st.integers(0, 2**40)
digits = st.integers(6, 8)
algorithms = st.sampled_from(ALGORITHMS)


@pytest.mark.parametrize(("counter", "code"), list(enumerate(RFC4226["codes"])))
def test_codes_are_those_of_rfc_4226(counter: int, code: str) -> None:
    """RFC 4226 appendix D, counters 0 to 9."""
    assert code_at(SEED, counter) == code
    assert match_counter(SEED, code, last_counter=counter - 1, look_ahead=1) == counter


@given(seeds, counters, digits, algorithms)
def test_a_code_always_has_its_length_in_ascii_digits(seed: bytes, counter: int, digits: int, algorithm: str) -> None:
    """Leading zeros are kept."""
    code = code_at(seed, counter, digits=digits, algorithm=algorithm)  # type: ignore[arg-type]
    assert is_code(code, digits)


@given(seeds, counters, st.integers(0, 12), st.integers(1, 10))
def test_a_match_is_always_a_fresh_counter_within_the_look_ahead(
    seed: bytes, last: int, ahead: int, look_ahead: int
) -> None:
    """A spent counter, or one beyond the look-ahead, is never a candidate."""
    code = code_at(seed, last + ahead)
    matched = match_counter(seed, code, last_counter=last, look_ahead=look_ahead)
    if 1 <= ahead <= look_ahead:
        assert matched is not None
    if matched is not None:
        assert last < matched <= last + look_ahead
        assert code_at(seed, matched) == code


@given(seeds, st.integers(6, 8), algorithms)
def test_a_match_needs_the_devices_own_length_and_hash(seed: bytes, digits: int, algorithm: str) -> None:
    """A code of one kind of device says nothing about another kind."""
    code = code_at(seed, 0, digits=digits, algorithm=algorithm)  # type: ignore[arg-type]
    matched = [
        (length, other)
        for length in (6, 7, 8)
        for other in ALGORITHMS
        if match_counter(seed, code, last_counter=-1, look_ahead=1, digits=length, algorithm=other) is not None
    ]
    assert matched == [(digits, algorithm)]


def test_of_two_counters_with_one_code_the_nearer_one_matches() -> None:
    """The device moves no further than the code proves."""
    first, second = SAME_CODE
    code = code_at(SEED, first)
    assert code == code_at(SEED, second)
    assert match_counter(SEED, code, last_counter=first - 1) == first
    assert match_counter(SEED, code, last_counter=first) == second


SPELLINGS = {
    "space before": " {}",
    "space behind": "{} ",
    "new line": "{}\n",
    "plus": "+{}",
    "minus": "-{}",
    "longer": "{}0",
    "leading zero": "0{}",
    "no-break space": "{}\u00a0",
    "NUL": "{}\0",
}


@pytest.mark.parametrize("spelling", list(SPELLINGS.values()), ids=list(SPELLINGS))
def test_a_code_with_anything_added_never_matches(spelling: str) -> None:
    """There is one spelling of a code."""
    assert match_counter(SEED, spelling.format(RFC4226["codes"][0]), last_counter=-1) is None


@pytest.mark.parametrize(
    "zero", ["\u0660", "\u0966", "\uff10", "\U0001d7ce"], ids=["arabic", "devanagari", "wide", "bold"]
)
@given(seeds, st.integers(1, 6))
def test_digits_of_other_scripts_never_match(zero: str, seed: bytes, how_many: int) -> None:
    """``int`` would take them, so they would be a second spelling of a used code."""
    code = code_at(seed, 0)
    other = "".join(chr(ord(zero) + int(digit)) for digit in code[:how_many]) + code[how_many:]
    assert int(other) == int(code)
    assert match_counter(seed, other, last_counter=-1) is None


@given(seeds, st.integers(0, 5))
def test_a_shortened_code_never_matches(seed: bytes, length: int) -> None:
    """Also not the empty one."""
    assert match_counter(seed, code_at(seed, 0)[:length], last_counter=-1) is None


@given(st.text(max_size=9), digits)
def test_only_exactly_as_many_ascii_digits_are_spelled_as_a_code(text: str, digits: int) -> None:
    """The definition, told another way."""
    assert is_code(text, digits) == (len(text) == digits and set(text) <= set("0123456789"))
