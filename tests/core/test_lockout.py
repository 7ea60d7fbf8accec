"""The arithmetic of the lockout."""

from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validate_service.core.lockout import (
    MICROSECONDS,
    Failures,
    LockoutPolicy,
    delay_s,
    is_locked,
    tolerated_more,
)

POLICY = LockoutPolicy()
counts = st.integers(0, 10_000)


def test_the_defaults_are_ten_failures_half_a_minute_one_hour_a_hundred() -> None:
    """What the documentation promises."""
    assert astuple(POLICY) == (10, 30, 3600, 100)


def test_the_delay_doubles_from_half_a_minute_to_one_hour() -> None:
    """From the threshold on."""
    assert [delay_s(total, POLICY) for total in range(8, 19)] == [*(0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600)]


@given(counts)
def test_one_failure_more_never_shortens_the_delay(total: int) -> None:
    """Nor does a very large count overflow."""
    assert delay_s(total, POLICY) <= delay_s(total + 1, POLICY) <= POLICY.longest_delay_s


@given(counts, counts, st.integers(0, 10**12), st.integers(0, 4000))
def test_a_lock_holds_for_its_delay_after_the_last_failure(otp: int, other: int, last_at: int, waited_s: int) -> None:
    """Whatever the mix of factors is, and for ever from a hundred failures on."""
    failures, total = Failures(otp, other, last_at), otp + other
    locked = is_locked(failures, last_at + waited_s * MICROSECONDS, POLICY)
    assert locked == (total >= 100 or (total >= 10 and waited_s < min(30 * 2 ** (total - 10), 3600)))


@pytest.mark.parametrize(("total", "more"), [(0, 9), (1, 8), (8, 1), (9, 0), (10, 0), (99, 0)])
def test_an_attempt_tolerates_others_failures_up_to_the_locking_one(total: int, more: int) -> None:
    """Behind the failure that locks no attempt is good that was judged before it."""
    assert tolerated_more(Failures(otp=total), POLICY) == more


@given(counts, counts)
def test_failures_of_all_factors_are_one_number(otp: int, other: int) -> None:
    """A guesser gains nothing by changing the factor."""
    assert Failures(otp, other).total == otp + other
    assert delay_s(Failures(otp, other).total, replace(POLICY, threshold=1)) > 0 or otp + other < 1
