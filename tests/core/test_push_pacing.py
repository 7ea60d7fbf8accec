"""How often a user is asked to approve: not so often that approving is the way to be left alone."""

from dataclasses import replace
from queue import Queue
from threading import Event, Thread
from typing import Any

import pytest

from tests.product import Product
from tests.pushes import verify_push
from tests.world import FakeClock, fake_world
from validate_service.bootstrap import assemble
from validate_service.core import pacing
from validate_service.core.errors import RateLimitedError, UnavailableError
from validate_service.core.model import Approval, ApprovalState, DeviceKind, Scope, Tenant
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.pacing import TenantPace
from validate_service.core.prompts import sign_in_prompt
from validate_service.storage.approvals import ApprovalTable

AT_ONCE = 10
PATIENCE_S = 30
PROMPT = sign_in_prompt("Portal", "198.51.100.7")


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has an authenticator."""
    product.add_user("alice")
    product.add_device("alice", "P", DeviceKind.AUTHENTICATOR)
    return product


def ask(product: Product, user: str = "alice") -> Approval | Decision:
    """Ask without waiting."""
    return product.core.approvals.ask(product.call(user), PROMPT)


def asked(product: Product, user: str = "alice") -> str:
    """Ask; return the approval's id."""
    approval = ask(product, user)
    assert isinstance(approval, Approval)
    return approval.id


def approve(product: Product, approval_id: str, *, yes: bool = True) -> None:
    product.core.approval_desk.answer(product.operator(), product.tenant, approval_id, approve=yes)


def set_policy(product: Product, name: str, value: int) -> Product:
    """Return the product after its tenant set a policy."""
    product.core.tenant_register.set_policy(product.operator(), product.tenant, f"push.{name}", value)
    return replace(product, tenant=product.core.tenant_register.get(product.tenant.name))


def test_after_some_questions_in_vain_the_next_waits_longer_each_time(alice: Product, clock: FakeClock) -> None:
    """Ten at once, then after half a minute, a minute, two, up to an hour."""
    for _ in range(AT_ONCE):
        asked(alice)
    for delay in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        clock.advance(delay - 0.000001)
        assert ask(alice) == Decision(Outcome.PACED)
        clock.advance(0.000001)
        asked(alice)


def test_of_two_who_ask_at_once_neither_is_too_early(alice: Product, clock: FakeClock) -> None:
    """Whoever looked at the clock first may be written down last; and the clocks of nodes differ."""
    asked(alice)
    clock.advance(-1)
    asked(alice)


def test_a_refused_question_is_audited_and_shown_to_nobody(alice: Product) -> None:
    """Nor counted: asking in vain does not make it longer; what was asked before stays."""
    for _ in range(AT_ONCE):
        last = asked(alice)
    assert ask(alice) == verify_push(alice, alice.call("alice"), PROMPT) == Decision(Outcome.PACED)
    assert (alice.last_event()["event"], alice.last_event()["reason"]) == ("push:ask", "too_many_pushes")
    assert [approval.id for approval in alice.core.approval_desk.pending(alice.tenant)] == [last]


def test_an_approval_makes_up_for_all_questions_in_vain(alice: Product) -> None:
    """Who signs in ten times an hour is asked ten times; a denial does not make up for anything."""
    for _ in range(12):
        approve(alice, asked(alice))
    for _ in range(AT_ONCE):
        approve(alice, asked(alice), yes=False)
    assert ask(alice) == Decision(Outcome.PACED)


def test_an_operator_who_unlocks_a_user_lets_them_be_asked_again(alice: Product) -> None:
    """With all other counts."""
    for _ in range(AT_ONCE):
        asked(alice)
    alice.core.user_register.unlock(alice.operator("alice"), alice.tenant)
    asked(alice)


def test_one_user_is_nothing_to_another(alice: Product) -> None:
    """Each has a count of their own."""
    alice.add_user("bob")
    alice.add_device("bob", "B", DeviceKind.AUTHENTICATOR)
    for _ in range(AT_ONCE):
        asked(alice)
    asked(alice, "bob")


def test_a_tenant_sets_its_own_pace(alice: Product, clock: FakeClock) -> None:
    """One question, then ten minutes whatever happens; a first delay above the longest is the longest."""
    alice = set_policy(set_policy(set_policy(alice, "burst", 1), "first_delay_s", 900), "longest_delay_s", 600)
    asked(alice)
    for _ in range(3):
        clock.advance(599)
        assert ask(alice) == Decision(Outcome.PACED)
        clock.advance(1)
        asked(alice)


def test_a_tenant_asks_so_many_users_a_minute(alice: Product, clock: FakeClock) -> None:
    """Then nobody is asked, and nothing is counted for the user; other tenants go on."""
    alice = set_policy(set_policy(alice, "tenant_burst", 2), "tenant_per_minute", 60)
    other = alice.of_tenant("other")
    other.add_user("alice")
    other.add_device("alice", "P", DeviceKind.AUTHENTICATOR)
    asked(alice)
    asked(alice)
    for _ in range(10):
        with pytest.raises(RateLimitedError):
            ask(alice)
    asked(other)
    clock.advance(1)
    asked(alice)


def test_what_processes_count_ahead_is_never_more_than_the_tenant_may(alice: Product) -> None:
    """Two processes take several questions at once from one burst, and the last ones singly."""
    alice = set_policy(set_policy(alice, "burst", 1_000), "tenant_burst", 301)
    others = assemble(alice.settings, fake_world(FakeClock()))
    asks = [alice.core.approvals.ask, others.core.approvals.ask]
    put = 0
    for number in range(2 * 301):
        try:
            put += isinstance(asks[number % 7 > 0](alice.call("alice"), PROMPT), Approval)
        except RateLimitedError:
            continue
    others.database.close()
    assert put == 301


def test_who_would_wait_long_for_the_count_is_told_so(
    alice: Product, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is slow for one call of a tenant does not hold up all the others; then all goes on."""
    other, database = alice.of_tenant("other"), alice.installation.database
    table, counting, go_on = ApprovalTable(), Event(), Event()
    pace, told = TenantPace(table), Queue[bool]()
    count = table.pace_tenant

    def slow(*arguments: Any, **named: Any) -> bool:
        counting.set()
        go_on.wait(PATIENCE_S)
        return count(*arguments, **named)

    def take(tenant: Tenant) -> bool:
        with database.write() as transaction:
            return pace.take(transaction, tenant, clock.now())

    monkeypatch.setattr(pacing, "COUNTING_TIMEOUT_S", 0.01)
    monkeypatch.setattr(table, "pace_tenant", slow)
    first = Thread(target=lambda: told.put(take(alice.tenant)))
    first.start()
    assert counting.wait(PATIENCE_S)
    with pytest.raises(UnavailableError):
        take(alice.tenant)
    monkeypatch.setattr(table, "pace_tenant", count)
    go_on.set()
    first.join(PATIENCE_S)
    assert [told.get(timeout=PATIENCE_S), take(alice.tenant), take(other.tenant)] == [True] * 3


def test_a_newer_question_takes_the_place_of_the_callers_older_one(alice: Product) -> None:
    """The user sees the newer one only, and the older one is closed: one approval opens one sign-in."""
    older, newer = asked(alice), asked(alice)
    assert [approval.id for approval in alice.core.approval_desk.pending(alice.tenant)] == [newer]
    approve(alice, newer)
    states = [alice.core.approvals.state(alice.call("alice"), name) for name in (older, newer)]
    assert states == [ApprovalState.EXPIRED, ApprovalState.APPROVED]
    events = [event["event"] for event in alice.audit() if event["event"].startswith("push:")]
    assert events[:3] == ["push:ask", "push:replace", "push:ask"]


def test_who_waits_for_an_older_question_is_told_no_at_once(alice: Product) -> None:
    """Woken by the newer one, and not when its time is over."""
    verifier, call, woken = alice.core.approvals, alice.call("alice"), Event()
    approval = verifier.ask(call, PROMPT, waits=True)
    assert isinstance(approval, Approval)
    verifier.await_answer(approval, woken.set)
    asked(alice)
    assert woken.wait(PATIENCE_S)
    assert verifier.conclude(call, approval).outcome is Outcome.TIMED_OUT


def test_callers_do_not_take_each_others_place(alice: Product) -> None:
    """Two portals may ask at once."""
    first = asked(alice)
    register = alice.core.api_key_register
    _, api_key = register.issue(alice.operator(), alice.tenant.id, "second portal", frozenset({Scope.VALIDATE}))
    second = asked(replace(alice, api_key=api_key))
    assert {approval.id for approval in alice.core.approval_desk.pending(alice.tenant)} == {first, second}
