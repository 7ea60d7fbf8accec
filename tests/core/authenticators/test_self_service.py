"""Self-service: what users see of themselves, and may change, with a phone that was let in."""

from threading import Barrier, Thread

import pytest

from tests.core.authenticators.conftest import Desk
from tests.primitives.software_phone import SoftwarePhone, phone_call
from tests.world import FakeClock
from validate_service.core.errors import MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.outcomes import Decision

PIN, NEW = "2580", "8024"


@pytest.fixture
def phone(desk: Desk) -> SoftwarePhone:
    """A phone of alice, who has a PIN."""
    desk.pin(PIN)
    return desk.phone()


def change_pin(desk: Desk, phone: SoftwarePhone, current: str = PIN, new: str = NEW) -> str:
    """Return how a change of the PIN ends."""
    decision = desk.core.self_service.change_pin(phone_call(), phone.holder(desk.core), current, new)
    assert isinstance(decision, Decision)
    return decision.outcome.value


def test_a_user_sees_the_phones_that_are_enabled(desk: Desk, phone: SoftwarePhone) -> None:
    """Oldest first; nobody else's, and no device of another kind."""
    other = desk.phone()
    desk.product.add_device("alice", "T1")
    desk.product.add_user("bob")
    foreign = desk.phone("bob")
    phones = desk.core.self_service.phones(phone.holder(desk.core))
    assert [found.serial for found in phones] == [phone.serial, other.serial]
    assert [found.serial for found in desk.core.self_service.phones(foreign.holder(desk.core))] == [foreign.serial]


def test_a_lost_phone_is_removed(desk: Desk, phone: SoftwarePhone) -> None:
    """Its sessions end, it is not let in again, and can answer nothing any more."""
    lost = desk.phone()
    desk.core.self_service.remove_phone(phone_call(), phone.holder(desk.core), lost.serial.lower())
    assert desk.core.phone_sessions.find(lost.session) is None
    assert isinstance(lost.sign_in(desk.core), Decision)
    event = desk.product.last_event()
    (removed,) = desk.product.audit(event="phone:remove")
    assert (removed["device"], removed["caller"], removed["user_name"]) == (lost.serial, phone.serial, "alice")
    assert event["event"] == "phone:sign_in"


def test_the_phone_in_hand_may_be_removed(desk: Desk, phone: SoftwarePhone) -> None:
    """Then its session is over."""
    desk.core.self_service.remove_phone(phone_call(), phone.holder(desk.core), phone.serial)
    assert desk.core.phone_sessions.find(phone.session) is None


def test_nothing_else_is_removed(desk: Desk, phone: SoftwarePhone) -> None:
    """Another user's phone, another device of the user, a phone that is gone already."""
    desk.product.add_user("bob")
    foreign = desk.phone("bob")
    desk.product.add_device("alice", "T1")
    holder = phone.holder(desk.core)
    for serial in (foreign.serial, "T1", "PHONE-NONE", ""):
        with pytest.raises(NotFoundError):
            desk.core.self_service.remove_phone(phone_call(), holder, serial)
    gone = desk.phone()
    desk.core.self_service.remove_phone(phone_call(), holder, gone.serial)
    with pytest.raises(NotFoundError):
        desk.core.self_service.remove_phone(phone_call(), holder, gone.serial)
    assert desk.core.phone_sessions.find(foreign.session) is not None


def test_a_pin_is_changed_by_who_knows_it(desk: Desk, phone: SoftwarePhone) -> None:
    """From then on the new one counts; audited, without either."""
    assert change_pin(desk, phone) == "accepted"
    event = desk.product.last_event()
    assert (event["event"], event["reason"], event["device"]) == ("pin:set", "done", phone.serial)
    assert change_pin(desk, phone) == "wrong_code"
    assert change_pin(desk, phone, NEW, PIN) == "accepted"


def test_a_first_pin_needs_no_other(desk: Desk) -> None:
    """Whatever is said in its place."""
    phone = desk.phone()
    assert change_pin(desk, phone, NEW) == "accepted"
    assert change_pin(desk, phone, "anything") == "wrong_code"


def test_a_changed_pin_need_not_be_changed_again(desk: Desk, phone: SoftwarePhone) -> None:
    """Who had to choose an own one has done so."""
    product = desk.product
    product.core.pin_desk.set_pin(product.operator("alice"), product.tenant, PIN, must_change=True)
    assert phone.holder(desk.core).user.pin_must_change
    with pytest.raises(PolicyError):
        change_pin(desk, phone, PIN, PIN)
    assert change_pin(desk, phone) == "accepted"
    assert not phone.holder(desk.core).user.pin_must_change


def test_a_new_pin_obeys_the_policy(desk: Desk, phone: SoftwarePhone) -> None:
    """It is looked at first: nothing is counted, nothing changes."""
    with pytest.raises(PolicyError):
        change_pin(desk, phone, "wrong", "1111")
    with pytest.raises(MalformedRequestError):
        change_pin(desk, phone, "wrong", "25\x0080")
    for said in ("\ud800", "2" * 1025):
        with pytest.raises(MalformedRequestError):
            change_pin(desk, phone, said)
    assert phone.holder(desk.core).user.pin_failures == 0
    assert change_pin(desk, phone) == "accepted"


def test_wrong_pins_block_as_they_do_with_a_card(desk: Desk, phone: SoftwarePhone) -> None:
    """After three even the right one is refused, with a card too, until an operator unblocks it."""
    product = desk.product
    product.core.card_register.add(product.operator("alice"), product.tenant, "04A2", "badge")
    assert [change_pin(desk, phone, "0000") for _ in range(4)] == ["wrong_code"] * 3 + ["pin_blocked"]
    assert change_pin(desk, phone) == "pin_blocked"
    assert product.core.cards.verify(product.call("alice"), "04A2", PIN).outcome == "pin_blocked"
    reasons = [event["reason"] for event in product.audit(event="pin:set")]
    assert reasons == ["done", *["wrong_code"] * 3, *["pin_blocked"] * 2]
    product.core.pin_desk.unblock(product.operator("alice"), product.tenant)
    assert change_pin(desk, phone) == "accepted"
    assert phone.holder(desk.core).user.pin_failures == 0


def test_a_locked_user_changes_nothing(desk: Desk, phone: SoftwarePhone, clock: FakeClock) -> None:
    """Whatever locked the user; it ends by itself."""
    for _ in range(10):
        desk.core.auth_tokens.verify(desk.product.call("alice"), "wrong")
    assert change_pin(desk, phone) == "locked"
    clock.advance(31)
    assert change_pin(desk, phone) == "accepted"


def test_a_user_who_was_disabled_meanwhile_changes_nothing(desk: Desk, phone: SoftwarePhone) -> None:
    """Though the phone was let in before, and even at the last moment."""
    product, holder = desk.product, phone.holder(desk.core)
    product.core.user_register.set_enabled(product.operator("alice"), product.tenant, enabled=False)
    late = desk.core.self_service.change_pin(phone_call(), holder, PIN, NEW)
    assert late.outcome == "locked"
    product.core.user_register.set_enabled(product.operator("alice"), product.tenant, enabled=True)
    assert change_pin(desk, phone) == "accepted"


def test_many_guesses_at_once_are_not_worth_more(desk: Desk, phone: SoftwarePhone) -> None:
    """All were read with no failure counted; a right one behind three wrong ones changes nothing."""
    holder, told, barrier = phone.holder(desk.core), [], Barrier(9)

    def guess(pin: str) -> None:
        barrier.wait()
        told.append(desk.core.self_service.change_pin(phone_call(), holder, pin, NEW).outcome.value)

    threads = [Thread(target=guess, args=(f"000{number}",)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["wrong_code"] * 9
    assert desk.core.self_service.change_pin(phone_call(), holder, PIN, NEW).outcome == "locked"
    assert change_pin(desk, phone) == "pin_blocked"


def test_questions_are_seen_and_replaced(desk: Desk, phone: SoftwarePhone) -> None:
    """By the rules that hold for operators too."""
    holder, service = phone.holder(desk.core), desk.core.self_service
    assert service.questions(holder) == []
    service.set_questions(phone_call(), holder, [("First pet?", "Rex"), ("First town?", "Ulm")])
    assert service.questions(holder) == ["First pet?", "First town?"]
    with pytest.raises(MalformedRequestError):
        service.set_questions(phone_call(), holder, [("First pet?", "Rex"), ("first PET?", "Ulm")])
    decision = desk.core.questions.verify(desk.product.call("alice"), ["First pet?", "First town?"], [" rex ", "ULM"])
    assert decision.accepted
    (event,) = desk.product.audit(event="questions:set")
    assert (event["caller"], event["user_name"]) == (phone.serial, "alice")


def test_a_user_sees_the_last_sign_ins(desk: Desk, phone: SoftwarePhone, clock: FakeClock) -> None:
    """What was tried, by which portal, from where, and how it ended; newest first, and only the user's own."""
    product, service = desk.product, desk.core.self_service
    product.add_device("alice", "T1")
    product.add_user("bob")
    product.add_device("bob", "T2")
    clock.advance(1)
    product.core.otp.verify(product.call("alice", address="203.0.113.9"), product.wrong_code("T1"))
    product.core.otp.verify(product.call("bob"), product.next_code("T2"))
    clock.advance(1)
    began = clock.now()
    product.core.otp.verify(product.call("ALICE"), product.next_code("T1"))
    newest, oldest = service.sign_ins(phone.holder(desk.core))
    assert (newest.event, newest.reason, newest.device, newest.at) == ("otp:verify", "accepted", "T1", began)
    assert (newest.caller, newest.address) == ("first key", "192.0.2.1")
    assert (oldest.reason, oldest.address, oldest.at) == ("wrong_code", "203.0.113.9", began - 1_000_000)
    assert service.sign_ins(phone.holder(desk.core), most=1) == [newest]
