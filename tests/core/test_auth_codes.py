"""Auth codes: good once, and briefly."""

from dataclasses import replace

import pytest

from tests.interference import InterruptedDatabase
from tests.product import Product
from tests.world import FakeClock
from validate_service.core.errors import NotFoundError, PolicyError
from validate_service.core.outcomes import Outcome


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has no code yet."""
    product.add_user("alice")
    return product


def issued(product: Product, user: str = "alice", *, life_s: int = 60, digits: int = 6) -> str:
    """Return a new code of *user*."""
    return product.core.auth_code_desk.issue(product.operator(user), product.tenant, life_s=life_s, digits=digits)


def verified(product: Product, code: str, user: str = "alice") -> Outcome:
    """Return what becomes of one attempt."""
    return product.core.auth_codes.verify(product.call(user), code).outcome


@pytest.mark.parametrize("digits", [6, 12])
def test_a_code_is_accepted_once(alice: Product, digits: int) -> None:
    """Used again it is a replay, which is not counted."""
    code = issued(alice, digits=digits)
    assert len(code) == digits
    assert [verified(alice, code) for _ in range(12)] == [Outcome.ACCEPTED] + [Outcome.REPLAYED] * 11


def test_a_code_is_good_until_its_time_out(alice: Product, clock: FakeClock) -> None:
    """Not at that instant; an expired code is no guess either."""
    code, late = issued(alice, life_s=60), None
    clock.advance(59.999999)
    assert verified(alice, code) is Outcome.ACCEPTED
    late = issued(alice, life_s=60)
    clock.advance(60)
    assert [verified(alice, late) for _ in range(11)] == [Outcome.EXPIRED] * 11


def test_a_new_code_replaces_the_older_one(alice: Product) -> None:
    """Only the newest is good."""
    older, newer = issued(alice, digits=12), issued(alice, digits=12)
    assert verified(alice, older) is Outcome.WRONG_CODE
    assert verified(alice, newer) is Outcome.ACCEPTED


def test_a_code_is_its_users_only(alice: Product) -> None:
    """And has one spelling."""
    alice.add_user("bob")
    issued(alice, "bob", digits=12)
    code = issued(alice, digits=12)
    assert verified(alice, code, "bob") is Outcome.WRONG_CODE
    assert [verified(alice, spelling) for spelling in (f" {code}", f"{code} ", "")] == [Outcome.WRONG_CODE] * 3
    assert verified(alice, code) is Outcome.ACCEPTED


def test_who_was_sent_nothing_or_is_unknown_is_refused_for_that_reason(alice: Product) -> None:
    """The audit trail tells them apart."""
    assert verified(alice, "123456") is Outcome.NOT_ENROLLED
    assert verified(alice, "123456", "nobody") is Outcome.UNKNOWN_USER


def test_a_disabled_user_is_refused_and_the_code_stays(alice: Product) -> None:
    """Enabled again in time, it is good."""
    code, register = issued(alice), alice.core.user_register
    register.set_enabled(alice.operator("alice"), alice.tenant, enabled=False)
    assert verified(alice, code) is Outcome.DISABLED
    register.set_enabled(alice.operator("alice"), alice.tenant, enabled=True)
    assert verified(alice, code) is Outcome.ACCEPTED


def test_of_simultaneous_attempts_exactly_one_is_accepted(alice: Product) -> None:
    """Somebody else redeems the code between our look and our step."""
    code, outcomes, verifier = issued(alice), [], alice.core.auth_codes
    database = InterruptedDatabase(verifier.database, lambda: outcomes.append(verified(alice, code)))
    verifier = replace(verifier, user_factors=replace(verifier.user_factors, database=database))
    late = verifier.verify(alice.call("alice"), code)
    assert (outcomes, late.outcome) == ([Outcome.ACCEPTED], Outcome.REPLAYED)


@pytest.mark.parametrize(
    ("life_s", "digits", "rule"),
    [(0, 6, "timeout"), (86_401, 6, "timeout"), (60, 5, "codeLength"), (60, 13, "codeLength")],
)
def test_an_issue_out_of_range_is_refused(alice: Product, life_s: int, digits: int, rule: str) -> None:
    """By the rule that it breaks."""
    with pytest.raises(PolicyError, match=rule):
        issued(alice, life_s=life_s, digits=digits)


def test_an_unknown_user_is_sent_nothing(product: Product) -> None:
    """The operator is told so."""
    with pytest.raises(NotFoundError):
        issued(product, "nobody")
