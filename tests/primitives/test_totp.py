"""TOTP: the values of RFC 6238, and what can match."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import vectors
from validate_service.primitives.hotp import code_at
from validate_service.primitives.totp import match_step, step_at

RFC6238 = vectors("rfc6238_appendix_b")
SEED = b"12345678901234567890"

seeds = st.binary(min_size=16, max_size=64)
instants = st.integers(0, 20_000_000_000)
periods = st.sampled_from([30, 60])


@pytest.mark.parametrize("vector", RFC6238["vectors"], ids=lambda vector: f"{vector['algorithm']}-{vector['time']}")
def test_codes_are_those_of_rfc_6238(vector: dict[str, Any]) -> None:
    """RFC 6238 appendix B, all three hashes, up to the year 2603."""
    now, seed, algorithm, digits = vector["time"], bytes.fromhex(vector["seed"]), vector["algorithm"], RFC6238["digits"]
    step = step_at(now, RFC6238["period"])
    assert code_at(seed, step, digits=digits, algorithm=algorithm) == vector["code"]
    matched = match_step(seed, vector["code"], now=now, last_step=-1, window=0, digits=digits, algorithm=algorithm)
    assert matched == step


@given(instants, periods)
def test_a_step_is_as_long_as_the_period(now: int, period: int) -> None:
    """RFC 6238 section 4.2 with T0 = 0."""
    assert step_at(now, period) * period <= now < (step_at(now, period) + 1) * period


@given(seeds, instants, periods, st.integers(-5, 5), st.integers(0, 2), st.integers(-10, 10), st.integers(-4, 4))
def test_a_match_is_always_fresh_and_within_the_window(
    seed: bytes, now: int, period: int, offset: int, window: int, drift: int, spent_offset: int
) -> None:
    """Neither a spent step, nor one outside of the window, is ever accepted."""
    centre = step_at(now, period) + drift
    step, last_step = max(centre + offset, 0), max(centre + spent_offset, -1)
    code = code_at(seed, step)
    matched = match_step(seed, code, now=now, last_step=last_step, drift=drift, window=window, period=period)
    if abs(step - centre) <= window and step > last_step:
        assert matched is not None
    if matched is not None:
        assert matched > last_step
        assert abs(matched - centre) <= window
        assert code_at(seed, matched) == code


@pytest.mark.parametrize("step", [0, 1])
def test_there_is_no_step_before_the_first(step: int) -> None:
    """At the epoch the window is cut, and step 0 is a match though it is falsy."""
    assert match_step(SEED, code_at(SEED, step), now=0, last_step=-1) == step


def test_a_negative_drift_cannot_reach_before_the_epoch() -> None:
    """A window that lies wholly before the epoch holds nothing."""
    assert match_step(SEED, code_at(SEED, 0), now=0, last_step=-1, drift=-5) is None


def test_of_two_steps_with_one_code_the_earlier_fresh_one_matches() -> None:
    """The device moves no further than the code proves, and not back to what is spent."""
    first, second = 103424, 103427
    code, now = code_at(SEED, first), first * 30
    assert match_step(SEED, code, now=now, last_step=-1, window=3) == first
    assert match_step(SEED, code, now=now, last_step=first, window=3) == second


@pytest.mark.parametrize("spelling", [" {}", "{} ", "+{}", "0{}", "{}\n", "{:.5}"])
def test_another_spelling_of_a_code_never_matches(spelling: str) -> None:
    """There is one spelling of a code."""
    assert match_step(SEED, spelling.format(code_at(SEED, 1)), now=59, last_step=-1) is None
