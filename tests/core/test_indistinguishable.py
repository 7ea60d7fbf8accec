"""Refusals look alike: the same answer after the same work; only the audit trail knows the reason."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.interference import recorded_statements
from tests.product import Product
from validate_service.core.calls import Call
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.slow_secrets import SlowSecrets

ATTEMPTS: dict[str, Callable[[Product, Call], Decision]] = {
    "otp": lambda product, call: product.core.otp.verify(call, "000000x"),
    "card": lambda product, call: product.core.cards.verify(call, "04A2", "0000"),
    "auth code": lambda product, call: product.core.auth_codes.verify(call, "wrong"),
    "auth token": lambda product, call: product.core.auth_tokens.verify(call, "wrong"),
    "password": lambda product, call: product.core.passwords.verify(call, "wrong"),
    "answers": lambda product, call: product.core.questions.verify(call, ["Pet?", "Town?"], ["wrong", "wrong"]),
}
USERS = ("nobody", "enrolled", "bare", "locked", "disabled")


class CountingSecrets(SlowSecrets):
    """Slow secrets that count how often they are compared."""

    def __init__(self) -> None:
        super().__init__()
        self.compared = 0

    def matches(self, stored: str | None, secret: str) -> bool:
        self.compared += 1
        return super().matches(stored, secret)


@pytest.fixture
def everybody(product: Product) -> Product:
    """A product with a user of every kind but an unknown one."""
    core, tenant = product.core, product.tenant
    for user in USERS[1:]:
        product.add_user(user)
    for user in ("enrolled", "locked", "disabled"):
        call = product.operator(user)
        product.add_device(user, user)
        core.card_register.add(call, tenant, "04A2" if user == "enrolled" else user, "")
        core.auth_code_desk.issue(call, tenant, life_s=60)
    core.question_register.replace(product.operator("enrolled"), tenant, [("Pet?", "x")])
    core.pin_desk.set_pin(product.operator("enrolled"), tenant, "2580")
    for _ in range(10):
        core.auth_tokens.verify(product.call("locked"), "wrong")
    core.user_register.set_enabled(product.operator("disabled"), tenant, enabled=False)
    return product


@pytest.mark.parametrize("attempt", list(ATTEMPTS.values()), ids=list(ATTEMPTS))
def test_a_refusal_runs_as_many_statements_for_everybody(
    everybody: Product, attempt: Callable[[Product, Call], Decision]
) -> None:
    """Unknown, known, without a factor, locked, disabled: the same reads, the same writes, one commit."""
    counts = {}
    for user in USERS:
        with recorded_statements() as statements:
            assert not attempt(everybody, everybody.call(user)).accepted
        counts[user] = [text.split()[0] for text in statements]
    assert {tuple(count) for count in counts.values()} == {tuple(counts["enrolled"])}


@pytest.mark.parametrize("attempt", list(ATTEMPTS.values()), ids=list(ATTEMPTS))
def test_refusals_differ_in_the_audit_trail_only(
    everybody: Product, attempt: Callable[[Product, Call], Decision]
) -> None:
    """Each with a reason of its own."""
    assert not any(attempt(everybody, everybody.call(user)).accepted for user in USERS)
    reasons = {event["user_name"]: event["reason"] for event in everybody.audit()[-len(USERS) :]}
    assert reasons["nobody"] == Outcome.UNKNOWN_USER
    assert reasons["enrolled"] == Outcome.WRONG_CODE
    assert reasons["locked"] == Outcome.LOCKED


def test_a_refusal_costs_as_many_slow_hashes_for_everybody(everybody: Product) -> None:
    """One for a PIN, one for each answer, also for who has none."""
    core = everybody.core
    for user in USERS:
        secrets = CountingSecrets()
        replace(core.cards, slow_secrets=secrets).verify(everybody.call(user), "04A2", "0000")
        assert secrets.compared == 1
        verifier = replace(core.questions, slow_secrets=secrets)
        verifier.verify(everybody.call(user), ["Pet?", "Town?"], ["wrong", "wrong"])
        assert secrets.compared == 3
