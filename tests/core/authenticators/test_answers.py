"""Answers of phones: what was signed is what counts, once, in time, by whom it was asked of."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.core.authenticators.conftest import Desk
from tests.interference import InterruptedDatabase
from tests.primitives.software_passkey import PRESENT, VERIFIED, SoftwarePasskey
from tests.primitives.software_phone import SoftwarePhone, phone_call
from tests.product import Product
from tests.world import FakeClock
from validate_service.core.authenticators.answers import TEST_LIFE_S
from validate_service.core.errors import MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.model import Approval, ApprovalState, Factor, KeyKind, PasskeySignature, PushQuestion, Scope
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.profiles import ProfileChange
from validate_service.core.prompts import sign_in_prompt

KINDS = list(KeyKind)
PIN = "2580"
PROMPT = sign_in_prompt("Portal", "192.0.2.1")


def asked(desk: Desk, phone: SoftwarePhone, **fields: Any) -> tuple[Approval, PushQuestion]:
    """Ask the user of *phone*; return what was asked, and what the phone shows."""
    approval = desk.ask(**fields)
    return approval, phone.question(desk.core)


def concluded(desk: Desk, phone: SoftwarePhone, *, approve: bool) -> Outcome:
    """Return what the caller is told whose push the phone answers."""
    call = desk.product.call("alice")
    approval = desk.core.approvals.ask(call, PROMPT)
    assert isinstance(approval, Approval)
    assert phone.answer(desk.core, phone.question(desk.core), approve=approve).accepted
    return desk.core.approvals.conclude(call, approval).outcome


def last(desk: Desk) -> tuple[str, str, str, str]:
    event = desk.product.last_event()
    return event["event"], event["reason"], event["device"], event["caller"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("approve", "outcome"), [(True, Outcome.ACCEPTED), (False, Outcome.DENIED)])
def test_what_the_phone_answers_is_what_the_caller_is_told(
    desk: Desk, kind: KeyKind, approve: bool, outcome: Outcome
) -> None:
    """Approved or denied, by either kind of key."""
    assert concluded(desk, desk.phone(kind=kind), approve=approve) is outcome


@pytest.mark.parametrize(("approve", "state"), [(True, "approved"), (False, "denied")])
def test_an_answer_is_audited_with_the_phone(desk: Desk, approve: bool, state: str) -> None:
    """And the decision names it."""
    phone = desk.phone()
    approval, question = asked(desk, phone)
    assert phone.answer(desk.core, question, approve=approve) == Decision(Outcome.ACCEPTED, phone.serial)
    assert desk.state(approval) == state
    assert last(desk) == ("push:answer", state, phone.serial, phone.serial)
    assert desk.product.last_event()["user_name"] == "alice"


TAMPERED: dict[str, dict[str, Any]] = {
    "phone": {"uid": "0" * 32},
    "transaction": {"approval_id": "0" * 32},
    "user": {"user": "bob"},
    "portal": {"login_to": "Bank"},
    "address": {"address": "203.0.113.9"},
    "message": {"message": "Something harmless"},
    "number": {"number": "48"},
    "time of asking": {"asked_at": 1},
    "time of expiry": {"expires_at": 2**62},
    "decision": {"approve": False},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", TAMPERED)
def test_a_tampered_answer_is_refused(desk: Desk, field: str, kind: KeyKind) -> None:
    """What the phone showed and signed was not what the database holds: nothing changes, and it is audited."""
    phone = desk.phone(kind=kind)
    approval, question = asked(desk, phone, number="47", message="Transfer of 10,000")
    decision = phone.answer(desk.core, question, number="47", shown=TAMPERED[field])
    flaw = Outcome.BAD_SIGNATURE if kind is KeyKind.WEBCRYPTO else Outcome.WRONG_CHALLENGE
    assert decision == Decision(flaw, phone.serial)
    assert desk.state(approval) == "pending"
    assert last(desk) == ("push:answer", flaw.value, phone.serial, phone.serial)
    assert phone.answer(desk.core, question, number="47").accepted


def test_a_denial_cannot_be_turned_into_an_approval(desk: Desk) -> None:
    """The decision is signed; nor can the reverse be done."""
    phone = desk.phone()
    approval, question = asked(desk, phone)
    for approve in (True, False):
        signature = phone.signed_answer(question, approve=not approve)
        decision = phone.send(desk.core, question.id, approve=approve, number="", pin="", signature=signature)
        assert decision.outcome is Outcome.BAD_SIGNATURE
    assert desk.state(approval) == "pending"


def test_what_was_signed_for_one_push_answers_no_other(desk: Desk, product: Product) -> None:
    """Two pushes that look the same, asked by two callers at the same moment."""
    phone = desk.phone()
    first = desk.ask()
    _, other_key = product.core.api_key_register.issue(product.operator(), product.tenant.id, "other", frozenset(Scope))
    second = desk.core.approvals.ask(product.call("alice", api_key=other_key), PROMPT)
    assert isinstance(second, Approval)
    shown = {question.id: question for question in desk.core.phone_inbox.pending(phone.holder(desk.core))}
    assert set(shown) == {first.id, second.id}
    signature = phone.signed_answer(shown[first.id], approve=True)
    decision = phone.send(desk.core, second.id, approve=True, number="", pin="", signature=signature)
    assert decision.outcome is Outcome.BAD_SIGNATURE
    assert phone.send(desk.core, first.id, approve=True, number="", pin="", signature=signature).accepted
    assert (desk.state(first), desk.state(second)) == ("approved", "pending")


def test_another_users_phone_answers_nothing(desk: Desk) -> None:
    """The push is not there for it, and neither is what its owner is asked for others."""
    phone = desk.phone()
    desk.product.add_user("bob")
    foreign = desk.phone("bob")
    approval, question = asked(desk, phone)
    with pytest.raises(NotFoundError, match="There is no such push"):
        foreign.answer(desk.core, question)
    with pytest.raises(NotFoundError):
        foreign.answer(desk.core, question, approve=False)
    assert desk.core.phone_inbox.pending(foreign.holder(desk.core)) == []
    assert desk.state(approval) == "pending"


def test_another_tenants_phone_answers_nothing(desk: Desk, product: Product) -> None:
    """Though its user is called the same."""
    phone, other = desk.phone(), product.of_tenant("other")
    other.add_user("alice")
    foreign = SoftwarePhone()
    foreign.enrol(desk.core, desk.link(product=other))
    approval, question = asked(desk, phone)
    with pytest.raises(NotFoundError):
        foreign.answer(desk.core, question)
    assert desk.state(approval) == "pending"


@pytest.mark.parametrize("approval_id", ["", "0" * 32, "x", "\0", "\ud800", "F" * 32, "0" * 5000])
def test_nobody_answers_what_nobody_asked(desk: Desk, approval_id: str) -> None:
    """Whatever the id."""
    phone = desk.phone()
    _, question = asked(desk, phone)
    with pytest.raises(NotFoundError):
        phone.answer(desk.core, replace(question, id="0" * 32))
    with pytest.raises(NotFoundError):
        phone.send(
            desk.core,
            approval_id,
            approve=True,
            number="",
            pin="",
            signature=phone.signed_answer(question, approve=True),
        )


@pytest.mark.parametrize("kind", KINDS)
def test_another_phone_of_the_user_cannot_sign_for_this_one(desk: Desk, kind: KeyKind) -> None:
    """Each answers in its own name."""
    phone, other = desk.phone(kind=kind), desk.phone(kind=kind)
    approval, question = asked(desk, phone)
    signature = other.signed_answer(question, approve=True, shown={"uid": phone.uid})
    decision = phone.send(desk.core, question.id, approve=True, number="", pin="", signature=signature)
    assert decision.outcome is Outcome.BAD_SIGNATURE
    assert desk.state(approval) == "pending"
    assert other.answer(desk.core, question).accepted


@pytest.mark.parametrize("kind", KINDS)
def test_a_replayed_answer_changes_nothing(desk: Desk, kind: KeyKind) -> None:
    """A double click is no copy of the key: the phone stays enabled."""
    phone = desk.phone(kind=kind)
    approval, question = asked(desk, phone)
    signature = phone.signed_answer(question, approve=True)
    fields: dict[str, Any] = {"approve": True, "number": "", "pin": "", "signature": signature}
    assert phone.send(desk.core, question.id, **fields).accepted
    assert phone.send(desk.core, question.id, **fields) == Decision(Outcome.REPLAYED, phone.serial)
    assert last(desk) == ("push:answer", "replayed", phone.serial, phone.serial)
    assert desk.state(approval) == "approved"
    assert isinstance(phone.sign_in(desk.core), str)


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_tab_and_a_second_phone_come_too_late(desk: Desk, kind: KeyKind) -> None:
    """The first answer counts, also if the second is another one."""
    phone, second = desk.phone(kind=kind), desk.phone()
    approval, question = asked(desk, phone)
    assert phone.answer(desk.core, question, approve=False).accepted
    assert phone.answer(desk.core, question).outcome is Outcome.REPLAYED
    assert second.answer(desk.core, question).outcome is Outcome.REPLAYED
    assert desk.state(approval) == "denied"


def test_a_late_answer_counts_no_more(desk: Desk, clock: FakeClock) -> None:
    """Good until the last moment, by the server's clock."""
    phone = desk.phone()
    _, question = asked(desk, phone)
    clock.advance(50 - 0.000001)
    assert phone.answer(desk.core, question).accepted
    approval, question = asked(desk, phone)
    clock.advance(50)
    assert phone.answer(desk.core, question) == Decision(Outcome.EXPIRED, phone.serial)
    assert last(desk) == ("push:answer", "expired", phone.serial, phone.serial)
    assert desk.state(approval) == "pending"


def test_what_was_closed_is_expired(desk: Desk) -> None:
    """The caller hung up, or has asked something newer."""
    phone = desk.phone()
    _, older = asked(desk, phone)
    _, newer = asked(desk, phone)
    assert phone.answer(desk.core, older).outcome is Outcome.EXPIRED
    assert phone.answer(desk.core, newer).accepted


def test_a_forged_answer_to_a_settled_push_is_a_forged_one(desk: Desk) -> None:
    """Whoever cannot sign learns nothing of what became of it."""
    phone = desk.phone()
    _, question = asked(desk, phone)
    phone.answer(desk.core, question)
    assert phone.answer(desk.core, question, shown={"user": "bob"}).outcome is Outcome.BAD_SIGNATURE


def test_a_phones_wrong_clock_does_not_matter(desk: Desk, clock: FakeClock) -> None:
    """What is signed are the server's times; a phone that puts its own in their place, five minutes off, is refused."""
    phone = desk.phone()
    approval, question = asked(desk, phone)
    skew = 300 * 1_000_000
    shown = {"asked_at": question.asked_at + skew, "expires_at": question.expires_at + skew}
    assert phone.answer(desk.core, question, shown=shown).outcome is Outcome.BAD_SIGNATURE
    assert desk.state(approval) == "pending"
    assert clock.now() == question.asked_at
    assert phone.answer(desk.core, question).accepted


def test_a_number_that_is_asked_for_must_be_right(desk: Desk) -> None:
    """One wrong one may be tried again; the next denies.  The number itself is never shown."""
    phone = desk.phone()
    approval, question = asked(desk, phone, number="47")
    assert question.needs_number
    assert "47" not in repr(replace(question, id="", asked_at=0, expires_at=0))
    assert phone.answer(desk.core, question, number="74").outcome is Outcome.WRONG_NUMBER
    assert last(desk) == ("push:answer", "wrong_number", phone.serial, phone.serial)
    assert desk.state(approval) == "pending"
    assert phone.answer(desk.core, question).outcome is Outcome.DENIED
    assert last(desk) == ("push:answer", "denied", phone.serial, phone.serial)
    assert desk.state(approval) == "denied"
    assert phone.answer(desk.core, question, number="47").outcome is Outcome.REPLAYED


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_number_may_be_right(desk: Desk, kind: KeyKind) -> None:
    """A typing error costs nothing."""
    phone = desk.phone(kind=kind)
    approval, question = asked(desk, phone, number="047")
    assert phone.answer(desk.core, question, number="47").outcome is Outcome.WRONG_NUMBER
    assert phone.answer(desk.core, question, number="047").accepted
    assert desk.state(approval) == "approved"


def test_a_number_is_counted_for_who_can_sign_only(desk: Desk) -> None:
    """A forged answer costs its user no try."""
    phone = desk.phone()
    _, question = asked(desk, phone, number="47")
    for _ in range(3):
        assert phone.answer(desk.core, question, number="1", shown={"user": "bob"}).outcome is Outcome.BAD_SIGNATURE
    assert phone.answer(desk.core, question, number="1").outcome is Outcome.WRONG_NUMBER
    assert phone.answer(desk.core, question, number="47").accepted


def test_to_deny_no_number_is_needed(desk: Desk) -> None:
    """Nor is a number looked at that nobody asked for."""
    phone = desk.phone()
    approval, question = asked(desk, phone, number="47")
    assert phone.answer(desk.core, question, approve=False).accepted
    assert desk.state(approval) == "denied"
    _, question = asked(desk, phone)
    assert not question.needs_number
    assert phone.answer(desk.core, question, number="1").accepted


@pytest.mark.parametrize(
    ("field", "text"),
    [("number", "1" * 17), ("number", "\ud800"), ("number", "\0"), ("pin", "1" * 1025), ("pin", "\0")],
)
def test_what_is_typed_must_be_text(desk: Desk, field: str, text: str) -> None:
    """And not too long; nothing is counted."""
    phone = desk.phone()
    approval, question = asked(desk, phone, number="47")
    typed = {"number": "47", "pin": ""} | {field: text}
    with pytest.raises(MalformedRequestError, match=field):
        phone.send(desk.core, question.id, approve=True, signature=phone.signed_answer(question, approve=True), **typed)
    assert desk.state(approval) == "pending"


def test_the_digits_of_another_script_are_another_number(desk: Desk) -> None:
    """Compared as it was typed."""
    phone = desk.phone()
    _, question = asked(desk, phone, number="47")
    assert phone.answer(desk.core, question, number="\uff14\uff17").outcome is Outcome.WRONG_NUMBER


def test_a_pin_is_asked_for_where_the_tenant_wants_it(desk: Desk) -> None:
    """To approve; not to deny, and not for a test."""
    phone = desk.phone()
    desk.pin(PIN)
    assert not asked(desk, phone)[1].needs_pin
    desk.switch_on("pushes_need_pin")
    approval, question = asked(desk, phone)
    assert question.needs_pin
    assert phone.answer(desk.core, question).outcome is Outcome.WRONG_CODE
    assert last(desk) == ("push:answer", "wrong_code", phone.serial, phone.serial)
    assert phone.answer(desk.core, question, pin=PIN).accepted
    assert desk.state(approval) == "approved"
    approval, question = asked(desk, phone)
    assert phone.answer(desk.core, question, approve=False).accepted
    desk.core.phone_answers.test(phone_call(), phone.holder(desk.core))
    test = phone.question(desk.core)
    assert (test.test, test.needs_pin) == (True, False)
    assert phone.answer(desk.core, test).accepted


def failures(desk: Desk) -> tuple[int, int]:
    """Return alice's wrong PINs, and all her failures."""
    user = desk.core.user_register.get(desk.product.operator("alice"), desk.product.tenant)
    return user.pin_failures, user.failures.total


def test_wrong_pins_are_counted_and_block_as_with_a_card(desk: Desk) -> None:
    """The push stays pending; after the third even the right PIN is refused, until an operator unblocks it."""
    phone = desk.phone()
    desk.pin(PIN)
    desk.switch_on("pushes_need_pin")
    approval, question = asked(desk, phone)
    for number in range(1, 4):
        assert phone.answer(desk.core, question, pin="1111").outcome is Outcome.WRONG_CODE
        assert failures(desk) == (number, number)
    assert phone.answer(desk.core, question, pin=PIN).outcome is Outcome.BLOCKED
    assert last(desk) == ("push:answer", "pin_blocked", phone.serial, phone.serial)
    assert failures(desk) == (3, 3)
    assert desk.state(approval) == "pending"
    desk.core.pin_desk.unblock(desk.product.operator("alice"), desk.product.tenant)
    assert phone.answer(desk.core, question, pin=PIN).accepted
    assert failures(desk) == (0, 0)


def test_a_pin_and_a_number_are_both_needed(desk: Desk) -> None:
    """The PIN is judged first: who does not know it learns nothing of the number, and has no try of it."""
    phone = desk.phone()
    desk.pin(PIN)
    desk.switch_on("pushes_need_pin")
    approval, question = asked(desk, phone, number="47")
    assert phone.answer(desk.core, question, pin="1111", number="47").outcome is Outcome.WRONG_CODE
    assert phone.answer(desk.core, question, pin="1111", number="48").outcome is Outcome.WRONG_CODE
    assert phone.answer(desk.core, question, pin=PIN, number="48").outcome is Outcome.WRONG_NUMBER
    assert failures(desk) == (2, 2)
    assert phone.answer(desk.core, question, pin=PIN, number="47").accepted
    assert (failures(desk), desk.state(approval)) == ((0, 0), "approved")


def test_who_has_no_pin_is_told_to_set_one(desk: Desk) -> None:
    """Nothing is counted, and the push stays pending."""
    phone = desk.phone()
    desk.switch_on("pushes_need_pin")
    approval, question = asked(desk, phone)
    with pytest.raises(PolicyError, match="Set a PIN"):
        phone.answer(desk.core, question, pin=PIN)
    assert (failures(desk), desk.state(approval)) == ((0, 0), "pending")
    assert phone.answer(desk.core, question, approve=False).accepted


def test_a_forged_answer_counts_no_wrong_pin(desk: Desk) -> None:
    """Nobody but the phone can block its user's PIN."""
    phone = desk.phone()
    desk.pin(PIN)
    desk.switch_on("pushes_need_pin")
    _, question = asked(desk, phone)
    assert phone.answer(desk.core, question, pin="1111", shown={"user": "bob"}).outcome is Outcome.BAD_SIGNATURE
    assert failures(desk) == (0, 0)


def guess_pins(desk: Desk) -> None:
    """Let others present three wrong PINs with alice's card."""
    for _ in range(3):
        desk.core.cards.verify(desk.product.call("alice"), "04:AA", "1111")


def test_a_right_pin_behind_the_blocking_guess_is_refused(desk: Desk) -> None:
    """Of many guesses at once none behind the blocking one is accepted."""
    phone = desk.phone()
    desk.pin(PIN)
    desk.switch_on("pushes_need_pin")
    desk.core.card_register.add(desk.product.operator("alice"), desk.product.tenant, "04:AA", "badge")
    approval, question = asked(desk, phone)
    database = InterruptedDatabase(desk.product.installation.database, lambda: guess_pins(desk))
    slow = replace(desk.core.phone_answers, database=database)
    signature = phone.signed_answer(question, approve=True)
    decision = slow.answer(
        phone_call(), phone.holder(desk.core), question.id, approve=True, number="", pin=PIN, signature=signature
    )
    assert decision.outcome is Outcome.LOCKED
    assert (desk.state(approval), failures(desk)) == ("pending", (3, 3))


def lock(desk: Desk, phone: SoftwarePhone) -> None:
    desk.product.add_device("alice", "H1")
    for _ in range(10):
        desk.core.otp.verify(desk.product.call("alice"), desk.product.wrong_code("H1"))
    assert phone.serial


def take_pushes_away(desk: Desk, phone: SoftwarePhone) -> None:
    operator, tenant = desk.product.operator("alice"), desk.product.tenant
    desk.core.auth_set_register.add(operator, tenant, "cards", frozenset({Factor.CARD}))
    desk.core.user_register.update(operator, tenant, ProfileChange(auth_set="cards"))
    assert phone.serial


def disable_user(desk: Desk, phone: SoftwarePhone) -> None:
    desk.core.user_register.set_enabled(desk.product.operator("alice"), desk.product.tenant, enabled=False)
    assert phone.serial


def disable_device(desk: Desk, phone: SoftwarePhone) -> None:
    desk.core.device_register.set_enabled(
        desk.product.operator("alice"), desk.product.tenant, phone.serial, enabled=False
    )


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize(("act", "outcome"), [(lock, Outcome.LOCKED), (take_pushes_away, Outcome.NOT_ALLOWED)])
def test_who_may_not_be_verified_may_not_answer(
    desk: Desk, act: Callable[[Desk, SoftwarePhone], None], outcome: Outcome, approve: bool
) -> None:
    """The push stays as it is, and it is audited."""
    phone = desk.phone()
    approval, question = asked(desk, phone)
    act(desk, phone)
    assert phone.answer(desk.core, question, approve=approve).outcome is outcome
    assert last(desk) == ("push:answer", outcome.value, phone.serial, phone.serial)
    assert desk.state(approval) == "pending"


@pytest.mark.parametrize(
    ("act", "change", "outcome"),
    [
        (disable_user, "user", Outcome.DISABLED),
        (disable_device, "authenticator", Outcome.DEVICE_DISABLED),
    ],
)
def test_who_is_disabled_may_not_answer(
    desk: Desk, act: Callable[[Desk, SoftwarePhone], None], change: str, outcome: Outcome
) -> None:
    """The session is over; who was let in by it just before is refused too."""
    phone = desk.phone()
    approval, question = asked(desk, phone)
    holder = phone.holder(desk.core)
    act(desk, phone)
    assert desk.core.phone_sessions.find(phone.session) is None
    stale = replace(holder, **{change: replace(getattr(holder, change), enabled=False)})
    decision = desk.core.phone_answers.answer(
        phone_call(),
        stale,
        question.id,
        approve=True,
        number="",
        pin="",
        signature=phone.signed_answer(question, approve=True),
    )
    assert decision.outcome is outcome
    assert desk.state(approval) == "pending"


def delete_device(desk: Desk, phone: SoftwarePhone) -> None:
    desk.core.device_register.delete(desk.product.operator("alice"), desk.product.tenant, phone.serial)


def let_it_expire(desk: Desk, phone: SoftwarePhone) -> None:
    """Close what the phone is asked, as its caller does who hangs up."""
    pending = phone.question(desk.core)
    with desk.product.installation.database.write() as transaction:
        assert desk.core.approval_desk.approvals.expire(transaction, pending.id, desk.clock.now())


def delete_push(desk: Desk, phone: SoftwarePhone) -> None:
    with desk.product.installation.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM approvals")
    assert phone.serial


def deny_it(desk: Desk, phone: SoftwarePhone) -> None:
    assert phone.answer(desk.core, phone.question(desk.core), approve=False).accepted


@pytest.mark.parametrize("number", ["47", "1"])
@pytest.mark.parametrize(
    ("meanwhile", "outcome"),
    [(deny_it, Outcome.REPLAYED), (let_it_expire, Outcome.EXPIRED), (delete_push, Outcome.EXPIRED)],
)
def test_who_is_slower_is_told_so(
    desk: Desk, meanwhile: Callable[[Desk, SoftwarePhone], None], outcome: Outcome, number: str
) -> None:
    """The push was open when it was read; when the answer is written, right or wrong, it is not any more."""
    phone = desk.phone()
    _, question = asked(desk, phone, number="47")
    database = InterruptedDatabase(desk.product.installation.database, lambda: meanwhile(desk, phone))
    slow = replace(desk.core.phone_answers, database=database)
    signature = phone.signed_answer(question, approve=True, number=number)
    decision = slow.answer(
        phone_call(), phone.holder(desk.core), question.id, approve=True, number=number, pin="", signature=signature
    )
    assert decision.outcome is outcome


@pytest.mark.parametrize("act", [disable_device, delete_device])
@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_that_was_lost_meanwhile_answers_nothing(
    desk: Desk, kind: KeyKind, act: Callable[[Desk, SoftwarePhone], None]
) -> None:
    """Between reading and writing."""
    phone, other = desk.phone(kind=kind), desk.phone()
    approval, question = asked(desk, phone)
    database = InterruptedDatabase(desk.product.installation.database, lambda: act(desk, phone))
    slow = replace(desk.core.phone_answers, database=database)
    signature = phone.signed_answer(question, approve=True)
    decision = slow.answer(
        phone_call(), phone.holder(desk.core), question.id, approve=True, number="", pin="", signature=signature
    )
    assert decision.outcome is Outcome.DEVICE_DISABLED
    assert desk.state(approval) == "pending"
    assert other.answer(desk.core, question).accepted


def test_of_two_equal_answers_of_a_passkey_the_slower_is_a_replay(desk: Desk) -> None:
    """Its counter was new when it was read."""
    phone = desk.phone(kind=KeyKind.PASSKEY)
    _, question = asked(desk, phone)
    signature = phone.signed_answer(question, approve=True)
    fields: dict[str, Any] = {"approve": True, "number": "", "pin": "", "signature": signature}
    database = InterruptedDatabase(
        desk.product.installation.database, lambda: phone.send(desk.core, question.id, **fields)
    )
    slow = replace(desk.core.phone_answers, database=database)
    decision = slow.answer(phone_call(), phone.holder(desk.core), question.id, **fields)
    assert decision.outcome is Outcome.REPLAYED
    assert isinstance(phone.sign_in(desk.core), str)


def test_a_copied_passkey_disables_its_phone(desk: Desk) -> None:
    """Its counter did not grow, and the push was still open: audited, and the push stays so for other phones."""
    phone, other = desk.phone(kind=KeyKind.PASSKEY), desk.phone()
    copy = phone.copy()
    assert isinstance(phone.sign_in(desk.core), str)
    approval, question = asked(desk, phone)
    copy.session = phone.session
    assert copy.answer(desk.core, question).outcome is Outcome.COUNTER_NOT_GREATER
    events = [(event["event"], event["reason"], event["device"]) for event in desk.product.audit()[-2:]]
    assert events == [
        ("device:disable", "counter_not_greater", phone.serial),
        ("push:answer", "counter_not_greater", phone.serial),
    ]
    assert desk.core.phone_sessions.find(phone.session) is None
    assert desk.state(approval) == "pending"
    assert other.answer(desk.core, question).accepted


@pytest.mark.parametrize(
    ("fields", "flaw"),
    [
        ({"origin": "https://evil.example"}, Outcome.FOREIGN_ORIGIN),
        ({"rp_id": "evil.example"}, Outcome.FOREIGN_APPLICATION),
    ],
)
def test_a_passkey_answers_on_our_page_only(desk: Desk, fields: dict[str, Any], flaw: Outcome) -> None:
    """Nobody else's page can make it sign an answer."""
    phone = desk.phone(kind=KeyKind.PASSKEY)
    approval, question = asked(desk, phone)
    assert replace(phone, **fields).answer(desk.core, question).outcome is flaw
    assert desk.state(approval) == "pending"


def test_a_passkey_must_know_its_user(desk: Desk) -> None:
    """Whoever found the phone may have touched it."""
    phone = desk.phone(kind=KeyKind.PASSKEY)
    _, question = asked(desk, phone)
    phone.passkey.flags = PRESENT
    assert phone.answer(desk.core, question).outcome is Outcome.NO_USER_PRESENCE
    phone.passkey.flags = PRESENT | VERIFIED
    assert phone.answer(desk.core, question).accepted


def test_a_passkeys_assertion_is_no_raw_signature(desk: Desk) -> None:
    """Nor the reverse."""
    phone = desk.phone()
    _, question = asked(desk, phone)
    passkey = SoftwarePhone(KeyKind.PASSKEY, uid=phone.uid, passkey=SoftwarePasskey(phone.private_key))
    signature = passkey.signed_answer(question, approve=True)
    assert isinstance(signature, PasskeySignature)
    decision = phone.send(desk.core, question.id, approve=True, number="", pin="", signature=signature)
    assert decision.outcome is Outcome.MALFORMED_ANSWER


def in_vain(desk: Desk) -> int:
    """Return how often alice was asked in vain."""
    with desk.product.installation.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pushes_unapproved FROM users").scalar_one())


def test_an_approval_forgives_that_the_user_was_asked_in_vain(desk: Desk) -> None:
    """A denial does not, and neither does a test."""
    phone = desk.phone()
    _, question = asked(desk, phone)
    phone.answer(desk.core, question, approve=False)
    desk.core.phone_answers.test(phone_call(), phone.holder(desk.core))
    assert phone.answer(desk.core, phone.question(desk.core)).accepted
    assert in_vain(desk) == 1
    _, question = asked(desk, phone)
    assert in_vain(desk) == 2
    assert phone.answer(desk.core, question).accepted
    assert in_vain(desk) == 0


def test_a_test_opens_nothing(desk: Desk, product: Product) -> None:
    """It is asked by the phone, shown to all of the user's, and audited as what it is."""
    announced: list[tuple[int, Approval]] = []
    phone, other = desk.phone(), desk.phone()
    holder = phone.holder(desk.core)
    desks = replace(desk.core.phone_answers, announce=lambda user_id, approval: announced.append((user_id, approval)))
    asked_test = desks.test(phone_call(), holder)
    assert announced == [(holder.user.id, asked_test)]
    assert last(desk) == ("push:test", "pending", phone.serial, phone.serial)
    question = other.question(desk.core)
    assert (question.id, question.test, question.needs_number) == (asked_test.id, True, False)
    assert (question.login_to, question.address, question.message) == ("", "", "")
    assert question.expires_at - question.asked_at == TEST_LIFE_S * 1_000_000
    assert other.answer(desk.core, question).accepted
    assert last(desk) == ("push:test", "approved", other.serial, other.serial)
    assert product.audit(event="push:answer") == []
    assert in_vain(desk) == 0


def test_one_test_waits_at_a_time(desk: Desk, clock: FakeClock) -> None:
    """Asked again, it is the same one, announced once; after it was answered, or a minute, another."""
    announced: list[Approval] = []
    phone = desk.phone()
    desks = replace(desk.core.phone_answers, announce=lambda _, approval: announced.append(approval))
    first = desks.test(phone_call(), phone.holder(desk.core))
    desk.ask()
    assert desks.test(phone_call(), phone.holder(desk.core)) == first
    assert announced == [first]
    clock.advance(TEST_LIFE_S)
    second = desks.test(phone_call(), phone.holder(desk.core))
    assert second.id != first.id
    (question,) = [one for one in desk.core.phone_inbox.pending(phone.holder(desk.core)) if one.test]
    assert phone.answer(desk.core, question, approve=False).accepted
    assert desks.test(phone_call(), phone.holder(desk.core)).id != second.id
    assert len(announced) == 3


def test_a_test_replaces_no_push(desk: Desk) -> None:
    """And no push replaces a test."""
    phone = desk.phone()
    approval = desk.ask()
    desk.core.phone_answers.test(phone_call(), phone.holder(desk.core))
    desk.ask()
    pending = desk.core.phone_inbox.pending(phone.holder(desk.core))
    assert [question.test for question in pending] == [True, False]
    assert desk.state(approval) == ApprovalState.EXPIRED.value
