"""Errors: each has a stable code and a text that tells nothing."""

import gc

import pytest

from validate_service.core.errors import (
    AddressNotAllowedError,
    CallerNotAuthorizedError,
    DecryptionError,
    RateLimitedError,
    UnavailableError,
    ValidateError,
    concrete_errors,
)


def test_every_error_has_a_code_of_its_own() -> None:
    """Logs and the audit trail tell errors apart by it."""
    codes = [error.code for error in concrete_errors()]
    assert len(codes) == 12
    assert len(set(codes)) == len(codes)
    assert all(code.isascii() and code.islower() and len(code) <= 32 for code in codes)


def test_an_error_below_another_is_found_too() -> None:
    """A facade's table must have every class that can be raised, however deep it stands."""

    class SlowDownError(RateLimitedError):
        """Defined for this test only."""

    before = concrete_errors()
    assert SlowDownError in before
    assert ValidateError not in before
    name = SlowDownError.__name__
    del SlowDownError, before
    gc.collect()
    assert name not in {error.__name__ for error in concrete_errors()}


@pytest.mark.parametrize("error", [CallerNotAuthorizedError, AddressNotAllowedError, DecryptionError, UnavailableError])
def test_what_a_caller_reads_never_holds_the_detail(error: type[ValidateError]) -> None:
    """The constructor's message is for our own log."""
    raised = error("a secret detail")
    assert "secret" not in raised.public
    assert raised.public == error.public


def test_a_limited_caller_learns_when_to_come_back() -> None:
    """Whole seconds, and one fixed text."""
    error = RateLimitedError(30)
    assert error.retry_after_s == 30
    assert "30" not in error.public
