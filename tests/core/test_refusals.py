"""Refused calls leave a trace, too."""

import pytest

from tests.interference import SilentDatabase
from tests.product import Product
from validate_service.core.errors import MalformedRequestError, RateLimitedError, UnavailableError
from validate_service.core.refusals import RefusalLog


def test_a_refusal_is_recorded_by_the_errors_code_and_raised_again(product: Product) -> None:
    """In a transaction of its own."""
    before = len(product.audit())
    with pytest.raises(RateLimitedError), product.core.refusals.recorded(product.call("alice")):
        raise RateLimitedError(30)
    (event,) = product.audit()[before:]
    assert (event["event"], event["reason"], event["user_name"]) == ("call:refuse", "rate_limited", "alice")


def test_a_call_that_is_decided_leaves_no_refusal(product: Product) -> None:
    """Its own event is enough."""
    before = len(product.audit())
    with product.core.refusals.recorded(product.call("alice")) as call:
        assert str(call.user) == "alice"
    assert len(product.audit()) == before


def test_an_unavailable_service_tries_no_second_write(product: Product) -> None:
    """There is nothing to record it in."""
    before = len(product.audit())
    with pytest.raises(UnavailableError, match="first"), product.core.refusals.recorded(product.call()):
        raise UnavailableError("first")
    assert len(product.audit()) == before


def test_a_refusal_that_cannot_be_recorded_is_told_as_unavailable(product: Product) -> None:
    """Nothing happens without a trace."""
    log = RefusalLog(SilentDatabase(), product.core.otp.clock)
    with pytest.raises(UnavailableError), log.recorded(product.call()):
        raise MalformedRequestError("name is missing.")
