"""Push approvals: one question, one answer, in time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event

import pytest

from tests.product import Product
from tests.pushes import verify_push
from tests.world import FakeClock
from validate_service.core.approvals import seconds_left
from validate_service.core.errors import (
    CallerNotAuthorizedError,
    ConflictError,
    MalformedRequestError,
    NotFoundError,
    UnavailableError,
)
from validate_service.core.model import Approval, ApprovalState, DeviceKind
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Forget, Wake
from validate_service.core.prompts import LONGEST_MESSAGE, Prompt, custom_prompt, push_prompt, sign_in_prompt

PATIENCE_S = 30
PROMPT = sign_in_prompt("Portal", "198.51.100.7")


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has an authenticator."""
    product.add_user("alice")
    product.add_device("alice", "P", DeviceKind.AUTHENTICATOR)
    return product


def decided(
    product: Product, *, meanwhile: Callable[[], object], prompt: Prompt = PROMPT, user: str = "alice"
) -> Decision:
    """Return what a caller learns who waits, while *meanwhile* is done."""
    return verify_push(product, product.call(user), prompt, meanwhile=meanwhile)


def the_pending(product: Product) -> Approval:
    """Return the only pending approval."""
    (approval,) = product.core.approval_desk.pending(product.tenant)
    return approval


def answer(product: Product, *, approve: bool, number: str = "") -> None:
    """Answer the only pending approval."""
    desk, approval = product.core.approval_desk, the_pending(product)
    desk.answer(product.operator(), product.tenant, approval.id, approve=approve, number=number)


@pytest.mark.parametrize(("approve", "outcome"), [(True, "accepted"), (False, "denied")])
def test_the_users_answer_is_the_outcome(alice: Product, approve: bool, outcome: str) -> None:
    """Asking, answering and the end are audited."""
    decision = decided(alice, meanwhile=lambda: answer(alice, approve=approve))
    assert decision.outcome == outcome
    events = [(event["event"], event["reason"]) for event in alice.audit() if event["event"].startswith("push:")]
    state = "approved" if approve else "denied"
    assert events == [("push:ask", "pending"), ("push:answer", state), ("push:verify", outcome)]


def test_the_user_sees_who_asks(alice: Product) -> None:
    """What the caller said, and how long the question is open."""
    seen: list[Approval] = []
    decided(alice, meanwhile=lambda: seen.append(the_pending(alice)), user="ALICE")
    assert (seen[0].login_to, seen[0].address, seen[0].message) == ("Portal", "198.51.100.7", "")
    assert str(seen[0].user) == "alice"
    assert seconds_left(seen[0], seen[0].asked_at) == 50
    assert seconds_left(seen[0], seen[0].expires_at + 1) == 0


@pytest.mark.parametrize(("prompt", "seconds"), [(PROMPT, 50), (custom_prompt("Sign?", "5"), 5)])
def test_no_answer_in_time_is_a_time_out(alice: Product, clock: FakeClock, prompt: Prompt, seconds: int) -> None:
    """After the tenant's default, or what the caller chose; then nothing is pending."""
    call = alice.call("alice")
    approval = alice.core.approvals.ask(call, prompt, waits=True)
    assert isinstance(approval, Approval)
    assert approval.expires_at - clock.now() == seconds * 1_000_000
    clock.advance(seconds)
    assert alice.core.approvals.conclude(call, approval).outcome is Outcome.TIMED_OUT
    assert alice.core.approval_desk.pending(alice.tenant) == []
    assert (alice.last_event()["event"], alice.last_event()["reason"]) == ("push:verify", "timed_out")


def test_nobody_waits_for_a_service_that_is_about_to_end(alice: Product, clock: FakeClock) -> None:
    """The answer is no, and nothing is pending; what was answered before counts, and what is late is late."""
    ending, call = replace(alice.core.approvals, stopping=lambda: True), alice.call("alice")

    def asked_again() -> Approval:
        approval = ending.ask(call, PROMPT, waits=True)
        assert isinstance(approval, Approval)
        return approval

    assert ending.conclude(call, asked_again()).outcome is Outcome.STOPPED
    assert alice.core.approval_desk.pending(alice.tenant) == []
    assert alice.last_event()["reason"] == "service_stopped"

    approved = asked_again()
    answer(alice, approve=True)
    assert ending.conclude(call, approved).outcome is Outcome.ACCEPTED

    late = asked_again()
    clock.advance(50)
    assert ending.conclude(call, late).outcome is Outcome.TIMED_OUT


def test_a_late_answer_is_refused(alice: Product) -> None:
    """The approval was closed with the call that asked."""
    ids: list[str] = []
    decided(alice, meanwhile=lambda: ids.append(the_pending(alice).id))
    with pytest.raises(ConflictError):
        alice.core.approval_desk.answer(alice.operator(), alice.tenant, ids[0], approve=True)


def test_an_answer_at_the_instant_of_expiry_is_refused(alice: Product, clock: FakeClock) -> None:
    """Even if nobody has closed the approval yet."""

    def too_late() -> None:
        approval = the_pending(alice)
        clock.advance(50)
        with pytest.raises(ConflictError):
            alice.core.approval_desk.answer(alice.operator(), alice.tenant, approval.id, approve=True)

    assert decided(alice, meanwhile=too_late).outcome is Outcome.TIMED_OUT


@pytest.mark.parametrize(("approve", "outcome"), [(True, "accepted"), (False, "denied")])
def test_an_answer_in_the_last_moment_counts(alice: Product, clock: FakeClock, approve: bool, outcome: str) -> None:
    """It came in time, though the caller is told later."""

    def in_time() -> None:
        answer(alice, approve=approve)
        clock.advance(60)

    assert decided(alice, meanwhile=in_time).outcome == outcome


@pytest.mark.parametrize(("act", "outcome"), [(answer, "accepted"), (None, "denied")])
def test_an_answer_while_the_call_is_being_closed_counts(
    alice: Product, act: Callable[..., None] | None, outcome: str
) -> None:
    """Between the last look and the end; also the deletion of the user, with whom the approval goes."""
    call = alice.call("alice")
    approval = alice.core.approvals.ask(call, PROMPT, waits=True)
    assert isinstance(approval, Approval)

    def meddle() -> bool:
        if act is None:
            alice.core.user_register.delete(alice.operator("alice"), alice.tenant)
        else:
            act(alice, approve=True)
        return False

    closing = replace(alice.core.approvals, stopping=meddle)
    assert closing.conclude(call, approval).outcome == outcome


@pytest.mark.parametrize("first", [True, False])
def test_a_second_answer_is_refused(alice: Product, first: bool) -> None:
    """Whatever it says, the first stands."""

    def twice() -> None:
        approval = the_pending(alice)
        answer(alice, approve=first)
        with pytest.raises(ConflictError):
            alice.core.approval_desk.answer(alice.operator(), alice.tenant, approval.id, approve=not first)

    assert decided(alice, meanwhile=twice).accepted is first


def test_a_match_number_must_be_typed_to_approve(alice: Product) -> None:
    """A wrong one changes nothing; to deny none is needed."""
    prompt = custom_prompt("Sign in? [[match:47]]", "30")

    def guess_first() -> None:
        for wrong in ("", "48", "047", "٤٧"):
            with pytest.raises(MalformedRequestError):
                answer(alice, approve=True, number=wrong)
        answer(alice, approve=True, number="47")

    assert decided(alice, meanwhile=guess_first, prompt=prompt).outcome is Outcome.ACCEPTED
    denied = decided(alice, meanwhile=lambda: answer(alice, approve=False), prompt=prompt)
    assert denied.outcome is Outcome.DENIED


def test_another_tenant_cannot_answer(alice: Product) -> None:
    """Nor see what is pending."""
    other = alice.of_tenant("other")

    def meddle() -> None:
        assert other.core.approval_desk.pending(other.tenant) == []
        with pytest.raises(NotFoundError):
            other.core.approval_desk.answer(other.operator(), other.tenant, the_pending(alice).id, approve=True)

    assert decided(alice, meanwhile=meddle).outcome is Outcome.TIMED_OUT


def disable_user(product: Product) -> None:
    """Disable alice."""
    product.core.user_register.set_enabled(product.operator("alice"), product.tenant, enabled=False)


def lose_phone(product: Product) -> None:
    """Disable her authenticator."""
    product.core.device_register.set_enabled(product.operator(), product.tenant, "P", enabled=False)


def lock_user(product: Product) -> None:
    """Lock alice by wrong tokens."""
    for _ in range(10):
        product.core.auth_tokens.verify(product.call("alice"), "wrong")


@pytest.mark.parametrize(
    ("act", "outcome"), [(disable_user, "disabled"), (lose_phone, "not_enrolled"), (lock_user, "locked")]
)
def test_who_may_not_be_verified_is_not_asked(alice: Product, act: Callable[[Product], None], outcome: str) -> None:
    """The answer is no, at once."""
    act(alice)
    assert alice.core.approvals.ask(alice.call("alice"), PROMPT) == Decision(Outcome(outcome))
    assert alice.audit(event="push:ask") == []


@pytest.mark.parametrize(
    ("act", "outcome"), [(disable_user, "disabled"), (lose_phone, "not_enrolled"), (lock_user, "locked")]
)
def test_who_may_no_longer_be_verified_is_refused_though_approved(
    alice: Product, act: Callable[[Product], None], outcome: str
) -> None:
    """Whoever holds a lost phone cannot approve what was pending when it was reported."""

    def approve_then_act() -> None:
        approval = the_pending(alice)
        act(alice)
        alice.core.approval_desk.answer(alice.operator(), alice.tenant, approval.id, approve=True)

    assert decided(alice, meanwhile=approve_then_act).outcome == outcome


def test_a_caller_whose_key_is_revoked_meanwhile_is_refused(alice: Product) -> None:
    """It learns nothing any more."""

    def revoke_and_approve() -> None:
        keys = alice.core.api_key_register
        (uid,) = [key.id for key in keys.listing(alice.tenant.id) if key.name == "first key"]
        keys.revoke(alice.operator(), alice.tenant.id, uid)
        answer(alice, approve=True)

    with pytest.raises(CallerNotAuthorizedError):
        decided(alice, meanwhile=revoke_and_approve)


def test_a_user_deleted_meanwhile_is_refused(alice: Product) -> None:
    """The approval went with the user."""
    gone = decided(alice, meanwhile=lambda: alice.core.user_register.delete(alice.operator("alice"), alice.tenant))
    assert gone.outcome is Outcome.DENIED


def test_an_unknown_user_is_not_asked(product: Product) -> None:
    """The audit trail says why."""
    assert product.core.approvals.ask(product.call("nobody"), PROMPT) == Decision(Outcome.UNKNOWN_USER)


@dataclass
class FullHouse:
    """A lookout for so many who wait."""

    size: int

    def __len__(self) -> int:
        return self.size

    def await_answer(self, approval_id: str, wake: Wake) -> Forget:
        raise AssertionError("nobody more can wait")

    def await_question(self, user_id: int, wake: Wake) -> Forget:
        raise AssertionError("nobody more can wait")


def test_only_so_many_calls_wait_at_once(alice: Product) -> None:
    """One more asks nobody; who does not wait needs no place."""
    verifier, call = alice.core.approvals, alice.call("alice")
    full = replace(verifier, lookout=FullHouse(verifier.most_waiting))
    with pytest.raises(UnavailableError, match="waiting"):
        full.ask(call, PROMPT, waits=True)
    assert alice.audit(event="push:ask") == []
    assert isinstance(full.ask(call, PROMPT), Approval)
    nearly = replace(verifier, lookout=FullHouse(verifier.most_waiting - 1))
    assert isinstance(nearly.ask(call, PROMPT, waits=True), Approval)


def test_who_waits_is_woken_by_the_answer(alice: Product) -> None:
    """And is counted among those who wait until then."""
    verifier, call, woken = alice.core.approvals, alice.call("alice"), Event()
    approval = verifier.ask(call, PROMPT, waits=True)
    assert isinstance(approval, Approval)
    verifier.await_answer(approval, woken.set)
    assert len(verifier.lookout) == 1
    answer(alice, approve=True)
    assert woken.wait(PATIENCE_S)
    assert len(verifier.lookout) == 0
    assert verifier.conclude(call, approval).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("answered", [False, True])
def test_what_a_caller_asked_who_is_gone_is_closed(alice: Product, answered: bool) -> None:
    """An approval that opens nothing is not to be given; that the caller went is audited, also after an answer."""
    call = alice.call("alice")
    approval = alice.core.approvals.ask(call, PROMPT, waits=True)
    assert isinstance(approval, Approval)
    if answered:
        answer(alice, approve=True)
    alice.core.approvals.abandon(call, approval)
    assert alice.core.approval_desk.pending(alice.tenant) == []
    assert (alice.last_event()["event"], alice.last_event()["reason"]) == ("push:verify", "caller_gone")
    assert state_of(alice, approval.id) is (ApprovalState.APPROVED if answered else ApprovalState.EXPIRED)


@pytest.mark.parametrize("timeout", ["5", "300", "005"])
def test_a_time_out_of_whole_seconds_is_taken(timeout: str) -> None:
    """Five to three hundred."""
    assert custom_prompt("", timeout).timeout_s == int(timeout)


@pytest.mark.parametrize("timeout", ["", "4", "301", "0030", "-5", "+5", " 5", "5.0", "soon", "٣٠", "\uff19"])
def test_any_other_time_out_is_refused(timeout: str) -> None:
    """Also digits of other scripts."""
    with pytest.raises(MalformedRequestError, match="customTimeout"):
        custom_prompt("", timeout)


@pytest.mark.parametrize(
    ("message", "text", "number"),
    [
        ("Sign in", "Sign in", ""),
        ("[[match:047]]Go", "Go", "047"),
        ("a [[match:1]] b [[match:2]]", "a  b", "1"),
        ("[[match:]] [[match:1234567]] [match:1]", "[[match:]] [[match:1234567]] [match:1]", ""),
        ("[[match:٤٧]]", "[[match:٤٧]]", ""),
    ],
)
def test_a_match_number_is_taken_out_of_the_message(message: str, text: str, number: str) -> None:
    """One to six ASCII digits: what every keypad has."""
    prompt = custom_prompt(message, "30")
    assert (prompt.message, prompt.match_number) == (text, number)


@pytest.mark.parametrize(
    "bad", ["\n", "\r", "\x1b", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\u2029", "\ue000", "\x85"]
)
def test_what_could_make_a_text_read_otherwise_is_taken_out(bad: str) -> None:
    """Control, bidi and invisible characters, and every kind of line end."""
    assert custom_prompt(f"Pay{bad}ment", "30").message == "Payment"
    assert sign_in_prompt(f"Por{bad}tal", f"{bad}::1") == Prompt(login_to="Portal", address="::1")


@pytest.mark.parametrize("text", ["x" * 257, "\0", "\ud800"])
def test_a_bad_text_is_refused(text: str) -> None:
    """Too long, or what no database holds."""
    makers: list[Callable[[], Prompt]] = [
        lambda: sign_in_prompt(text, ""),
        lambda: sign_in_prompt("", text),
        lambda: custom_prompt(text, "30"),
    ]
    for make in makers:
        with pytest.raises(MalformedRequestError):
            make()


def asked(product: Product, user: str = "alice") -> str:
    """Ask without waiting; return the approval's id."""
    approval = product.core.approvals.ask(product.call(user), push_prompt("Portal\n", "Sign \u202ein"))
    assert isinstance(approval, Approval)
    assert (approval.login_to, approval.message) == ("Portal", "Sign in")
    return approval.id


def state_of(product: Product, approval_id: str, user: str = "alice") -> ApprovalState:
    """Return what a caller who did not wait is told."""
    return product.core.approvals.state(product.call(user), approval_id)


@pytest.mark.parametrize(("approve", "state"), [(True, "approved"), (False, "denied")])
def test_who_does_not_wait_looks_for_the_answer(alice: Product, approve: bool, state: str) -> None:
    """As often as wanted; every look is audited."""
    approval_id = asked(alice)
    assert state_of(alice, approval_id) == "pending"
    answer(alice, approve=approve)
    assert [state_of(alice, approval_id) for _ in range(2)] == [state] * 2
    assert (alice.last_event()["event"], alice.last_event()["reason"]) == ("push:status", state)


def test_who_does_not_wait_is_told_of_the_time_out(alice: Product, clock: FakeClock) -> None:
    """At the instant of the expiry."""
    approval_id = asked(alice)
    clock.advance(49.999999)
    assert state_of(alice, approval_id) is ApprovalState.PENDING
    clock.advance(0.000001)
    assert state_of(alice, approval_id) is ApprovalState.EXPIRED


def test_an_approval_is_nothing_to_who_was_disabled_after_it(alice: Product) -> None:
    """The phone may have been reported lost."""
    approval_id = asked(alice)
    answer(alice, approve=True)
    alice.core.user_register.set_enabled(alice.operator("alice"), alice.tenant, enabled=False)
    assert state_of(alice, approval_id) is ApprovalState.DENIED


def test_who_cannot_be_asked_is_refused_at_once(product: Product) -> None:
    """With the reason, which is audited."""
    product.add_user("bare")
    for user, outcome in [("nobody", Outcome.UNKNOWN_USER), ("bare", Outcome.NOT_ENROLLED)]:
        assert product.core.approvals.ask(product.call(user), PROMPT) == Decision(outcome)
        assert (product.last_event()["event"], product.last_event()["reason"]) == ("push:verify", outcome)


def test_an_approval_is_its_users_only(alice: Product) -> None:
    """Nobody else sees it or answers it."""
    alice.add_user("bob")
    approval_id, desk = asked(alice), alice.core.approval_desk
    for user, wanted in [("bob", approval_id), ("alice", "0" * 32)]:
        with pytest.raises(NotFoundError):
            state_of(alice, wanted, user)
        with pytest.raises(NotFoundError):
            desk.answer(alice.operator(user), alice.tenant, wanted, approve=True)
    desk.answer(alice.operator("ALICE"), alice.tenant, approval_id, approve=True)
    assert state_of(alice, approval_id) is ApprovalState.APPROVED


@pytest.mark.parametrize(("application", "reason"), [("x" * 257, ""), ("", "x" * (LONGEST_MESSAGE + 1)), ("\0", "")])
def test_a_push_that_says_too_much_is_refused(application: str, reason: str) -> None:
    """Or what cannot be stored."""
    with pytest.raises(MalformedRequestError):
        push_prompt(application, reason)
