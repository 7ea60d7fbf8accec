"""The lockout as users meet it: one count over all factors."""

from collections.abc import Callable

import pytest

from tests.product import Product
from tests.world import FakeClock
from validate_service.core.outcomes import Outcome

FACTORS = ("otp", "card", "auth_code", "auth_token", "questions", "password")


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has every factor."""
    product.add_user("alice")
    product.add_device("alice", "A")
    call, tenant = product.operator("alice"), product.tenant
    product.core.card_register.add(call, tenant, "04A2B3", "badge")
    product.core.question_register.replace(call, tenant, [("Pet?", "Fluffy")])
    product.core.auth_code_desk.issue(call, tenant, life_s=86_400, digits=12)
    return product


def failed(product: Product, factor: str) -> Outcome:
    """Fail once with *factor*; return what became of it."""
    core, call = product.core, product.call("alice")
    attempts: dict[str, Callable[[], Outcome]] = {
        "otp": lambda: core.otp.verify(call, product.wrong_code("A")).outcome,
        "card": lambda: core.cards.verify(call, "FFFF", "0000").outcome,
        "auth_code": lambda: core.auth_codes.verify(call, "wrong").outcome,
        "auth_token": lambda: core.auth_tokens.verify(call, "wrong").outcome,
        "questions": lambda: core.questions.verify(call, ["Pet?"], ["wrong"]).outcome,
        "password": lambda: core.passwords.verify(call, "wrong").outcome,
    }
    return attempts[factor]()


def succeeded(product: Product) -> Outcome:
    """Try a right one-time password; return what became of it."""
    return product.core.otp.verify(product.call("alice"), product.next_code("A")).outcome


@pytest.mark.parametrize("mix", [("otp",), ("auth_code",), FACTORS], ids=["otp", "auth_code", "all"])
def test_ten_failures_lock_every_factor_whatever_their_mix(alice: Product, mix: tuple[str, ...]) -> None:
    """A guesser gains nothing by changing the factor."""
    for number in range(10):
        assert failed(alice, mix[number % len(mix)]) is Outcome.WRONG_CODE
    assert [failed(alice, factor) for factor in FACTORS] == [Outcome.LOCKED] * len(FACTORS)
    assert succeeded(alice) is Outcome.LOCKED


def test_nine_failures_lock_nobody(alice: Product) -> None:
    """People mistype."""
    for _ in range(9):
        failed(alice, "auth_code")
    assert succeeded(alice) is Outcome.ACCEPTED


def test_each_further_failure_doubles_the_delay(alice: Product, clock: FakeClock) -> None:
    """From 30 s; attempts while locked neither count nor prolong the lock."""
    for _ in range(9):
        failed(alice, "otp")
    for delay_s in (30, 60, 120, 240):
        assert failed(alice, "auth_code") is Outcome.WRONG_CODE
        clock.advance(delay_s - 1)
        assert [failed(alice, factor) for factor in FACTORS] == [Outcome.LOCKED] * len(FACTORS)
        clock.advance(1)


def test_the_delay_stops_at_an_hour_and_the_hundredth_failure_locks_for_good(alice: Product, clock: FakeClock) -> None:
    """Then only an operator unlocks (SP 800-63B-4 section 3.2.2: at most 100)."""
    for _ in range(100):
        assert failed(alice, "otp") is Outcome.WRONG_CODE
        clock.advance(3600)
    clock.advance(10 * 365 * 86_400)
    assert succeeded(alice) is Outcome.LOCKED
    alice.core.user_register.unlock(alice.operator("alice"), alice.tenant)
    assert succeeded(alice) is Outcome.ACCEPTED


def test_success_resets_only_the_factor_used(alice: Product) -> None:
    """A guesser of codes gains nothing from the user's own logins."""
    for _ in range(5):
        failed(alice, "otp")
    for _ in range(4):
        failed(alice, "auth_code")
    assert succeeded(alice) is Outcome.ACCEPTED
    user = alice.core.user_register.get(alice.operator("alice"), alice.tenant)
    assert (user.failures.otp, user.failures.other) == (0, 4)


def test_a_new_auth_code_does_not_reset_failures(alice: Product) -> None:
    """Else a guesser would only have to ask for another code."""
    for _ in range(10):
        failed(alice, "auth_code")
    alice.core.auth_code_desk.issue(alice.operator("alice"), alice.tenant, life_s=60)
    assert succeeded(alice) is Outcome.LOCKED


def test_a_new_device_does_not_reset_failures(alice: Product) -> None:
    """It starts with what the user's other devices have."""
    for _ in range(10):
        failed(alice, "otp")
    alice.add_device("alice", "B")
    assert succeeded(alice) is Outcome.LOCKED


def test_a_tenant_may_lock_sooner(alice: Product) -> None:
    """Its operator sets the threshold."""
    alice.core.tenant_register.set_policy(alice.operator(), alice.tenant, "lockout.threshold", 2)
    failed(alice, "card")
    failed(alice, "questions")
    assert succeeded(alice) is Outcome.LOCKED
