"""What every factor but one-time passwords shares."""

import pytest

from tests.product import Product
from validate_service.core.audit import EventName
from validate_service.core.model import COUNTED_BESIDE_USER, Factor, Scope
from validate_service.core.outcomes import COUNTED, Outcome
from validate_service.core.ports import Transaction
from validate_service.core.user_factors import Attempt


@pytest.mark.parametrize("factor", COUNTED_BESIDE_USER)
def test_whatever_was_judged_an_unknown_user_is_never_accepted(product: Product, factor: Factor) -> None:
    """The last step looks itself, so that no verifier's mistake can let a stranger in."""
    call, verifier = product.call("nobody"), product.core.auth_tokens
    subject = verifier.gate.admit(call, Scope.VALIDATE)
    attempt = Attempt(factor, EventName.AUTH_TOKEN_VERIFY, call, subject, verifier.clock.now())
    decision = verifier.user_factors.settle(attempt, Outcome.ACCEPTED, spend=lambda _: True)
    assert decision.outcome is Outcome.UNKNOWN_USER
    assert product.last_event()["reason"] == "unknown_user"


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.ACCEPTED}))
def test_a_refusal_spends_nothing_and_counts_only_guesses(product: Product, outcome: Outcome) -> None:
    """A code that came too late, twice, or while locked is no guess."""
    product.add_user("alice")
    call, verifier = product.call("alice"), product.core.auth_tokens
    spent: list[Transaction] = []

    def spend(transaction: Transaction) -> bool:
        spent.append(transaction)
        return True

    attempt = Attempt(
        Factor.AUTH_TOKEN,
        EventName.AUTH_TOKEN_VERIFY,
        call,
        verifier.gate.admit(call, Scope.VALIDATE),
        verifier.clock.now(),
    )
    decision = verifier.user_factors.settle(attempt, outcome, spend=spend)
    user = product.core.user_register.get(product.operator("alice"), product.tenant)
    assert (decision.outcome, spent) == (outcome, [])
    assert user.failures.other == (1 if outcome in COUNTED else 0)
