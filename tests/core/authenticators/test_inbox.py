"""The inbox of a phone: what its user is asked, and nobody else's."""

from collections.abc import Callable
from threading import Event

from tests.core.authenticators.conftest import Desk
from tests.primitives.software_phone import SoftwarePhone
from tests.product import Product
from tests.world import FakeClock
from validate_service.core.model import PushQuestion, Scope
from validate_service.core.prompts import Prompt, custom_prompt

PATIENCE_S = 30


def shown(desk: Desk, phone: SoftwarePhone) -> list[PushQuestion]:
    return desk.core.phone_inbox.pending(phone.holder(desk.core))


def version(desk: Desk, phone: SoftwarePhone) -> str:
    return desk.core.phone_inbox.version(shown(desk, phone))


def test_a_phone_shows_what_the_caller_said(desk: Desk, clock: FakeClock) -> None:
    """Who, where, from which address, since when, until when; and whether a number must be typed, not which."""
    phone = desk.phone()
    approval = desk.ask(number="918273", message="Room 4")
    assert shown(desk, phone) == [
        PushQuestion(
            id=approval.id,
            user="alice",
            login_to="Portal",
            address="192.0.2.1",
            message="Room 4",
            asked_at=clock.now(),
            expires_at=clock.now() + 50 * 1_000_000,
            needs_number=True,
            needs_pin=False,
            test=False,
        )
    ]
    assert "918273" not in repr(shown(desk, phone))


def test_a_custom_message_is_shown_without_its_number(desk: Desk) -> None:
    """It stands on the caller's page."""
    phone = desk.phone()
    prompt = custom_prompt("Sign in to ePrescribe [[match:47]]", "30")
    desk.ask(login_to="", address="", message=prompt.message, number=prompt.match_number)
    (question,) = shown(desk, phone)
    assert (question.message, question.needs_number) == ("Sign in to ePrescribe", True)


def test_all_phones_of_a_user_show_the_same(desk: Desk) -> None:
    """And nobody else's show anything."""
    desk.product.add_user("bob")
    first, second, foreign = desk.phone(), desk.phone(), desk.phone("bob")
    desk.ask()
    assert shown(desk, first) == shown(desk, second) != []
    assert shown(desk, foreign) == []


def test_several_pushes_are_shown_oldest_first(desk: Desk, product: Product, clock: FakeClock) -> None:
    """Each of another caller: a newer one of the same caller replaces the older."""
    phone = desk.phone()
    for name in ("a", "b", "c"):
        _, key = product.core.api_key_register.issue(
            product.operator(), product.tenant.id, name, frozenset({Scope.VALIDATE})
        )
        product.core.approvals.ask(product.call("alice", api_key=key), Prompt(login_to=name))
        clock.advance(1)
    assert [question.login_to for question in shown(desk, phone)] == ["a", "b", "c"]


def test_what_is_settled_or_expired_is_not_shown(desk: Desk, clock: FakeClock) -> None:
    """From the moment on when no answer counts."""
    phone = desk.phone()
    desk.ask()
    clock.advance(50 - 0.000001)
    assert len(shown(desk, phone)) == 1
    clock.advance(0.000001)
    assert shown(desk, phone) == []
    desk.ask()
    phone.answer(desk.core, phone.question(desk.core))
    assert shown(desk, phone) == []


def test_the_version_changes_with_what_is_pending(desk: Desk, clock: FakeClock) -> None:
    """And only with that: time alone changes nothing."""
    phone = desk.phone()
    empty = version(desk, phone)
    desk.ask()
    first = version(desk, phone)
    clock.advance(1)
    assert version(desk, phone) == first
    desk.ask()
    second = version(desk, phone)
    phone.answer(desk.core, phone.question(desk.core))
    assert len({empty, first, second}) == 3
    assert version(desk, phone) == empty
    assert all(len(one) == 16 for one in (empty, first, second))


def test_news_are_those_of_the_phones_user(desk: Desk) -> None:
    """What is asked and what is settled wakes whoever waits with a phone of the user, and nobody else."""
    desk.product.add_user("bob")
    phone, foreign = desk.phone(), desk.phone("bob")
    elsewhere = Event()
    forget = desk.core.phone_inbox.await_news(foreign.holder(desk.core), elsewhere.set)
    acts: list[Callable[[], object]] = [desk.ask, lambda: phone.answer(desk.core, phone.question(desk.core))]
    for act in acts:
        woken = Event()
        desk.core.phone_inbox.await_news(phone.holder(desk.core), woken.set)
        act()
        assert woken.wait(PATIENCE_S)
    assert not elsewhere.is_set()
    forget()
