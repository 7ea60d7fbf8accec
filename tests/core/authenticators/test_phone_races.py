"""Fifty at the same moment: what must happen once happens once."""

from collections import Counter
from typing import Any

import pytest

from tests.core.authenticators.conftest import Desk
from tests.primitives.software_phone import SoftwarePhone, phone_call
from tests.server.service import Together
from validate_service.core.errors import NotFoundError
from validate_service.core.model import DeviceKind, EnrolledPhone, KeyKind
from validate_service.core.outcomes import Decision, Outcome
from validate_service.primitives.phone_statements import sign_in_statement

AT_ONCE = 50


@pytest.mark.parametrize("kind", list(KeyKind))
def test_of_many_answers_of_one_phone_one_is_taken(desk: Desk, kind: KeyKind) -> None:
    """The same answer, many times: whoever was slower is a replay, and nothing is disabled."""
    phone = desk.phone(kind=kind)
    approval = desk.ask()
    question = phone.question(desk.core)
    signature = phone.signed_answer(question, approve=True)
    fields: dict[str, Any] = {"approve": True, "number": "", "pin": "", "signature": signature}
    together = Together(lambda _: phone.send(desk.core, question.id, **fields).outcome, range(AT_ONCE))
    assert together.errors == []
    assert Counter(together.results) == {Outcome.ACCEPTED: 1, Outcome.REPLAYED: AT_ONCE - 1}
    assert desk.state(approval) == "approved"
    assert isinstance(phone.sign_in(desk.core), str)


def test_of_many_different_answers_one_is_taken(desk: Desk) -> None:
    """Two phones, half of the answers denials: what the push became is what the one was told that was taken."""
    phones = (desk.phone(), desk.phone())
    approval = desk.ask()
    question = phones[0].question(desk.core)

    def answer(number: int) -> tuple[Outcome, bool]:
        approve = number % 4 < 2
        return phones[number % 2].answer(desk.core, question, approve=approve).outcome, approve

    together = Together(answer, range(AT_ONCE))
    assert together.errors == []
    ((_, approve),) = [told for told in together.results if told[0] is Outcome.ACCEPTED]
    assert {outcome for outcome, _ in together.results} == {Outcome.ACCEPTED, Outcome.REPLAYED}
    assert desk.state(approval) == ("approved" if approve else "denied")


def test_of_many_wrong_numbers_one_may_be_tried_again(desk: Desk) -> None:
    """Guessing at the same moment gains no more tries."""
    phone = desk.phone()
    approval = desk.ask(number="47")
    question = phone.question(desk.core)
    together = Together(
        lambda guess: phone.answer(desk.core, question, number=str(guess)).outcome, range(100, 100 + AT_ONCE)
    )
    assert together.errors == []
    told = Counter(together.results)
    assert (told[Outcome.WRONG_NUMBER], told[Outcome.DENIED], told[Outcome.REPLAYED]) == (1, 1, AT_ONCE - 2)
    assert desk.state(approval) == "denied"


def test_of_many_enrolments_over_one_link_one_is_made(desk: Desk) -> None:
    """The others find the link used, and leave nothing."""
    token = desk.link()
    together = Together(lambda phone: phone.enrol(desk.core, token), [SoftwarePhone() for _ in range(AT_ONCE)])
    (enrolled,) = together.results
    assert isinstance(enrolled, EnrolledPhone)
    assert {type(error) for error in together.errors} == {NotFoundError}
    listed = desk.core.device_register.listing(desk.product.tenant)
    assert [device.serial for device in listed if device.kind is DeviceKind.AUTHENTICATOR] == [enrolled.serial]
    assert len(desk.product.audit(event="phone:enrol")) == 1


@pytest.mark.parametrize("kind", list(KeyKind))
def test_of_many_answers_to_one_challenge_one_is_let_in(desk: Desk, kind: KeyKind) -> None:
    """The challenge is used up by the first."""
    phone = desk.phone(kind=kind)
    sessions = desk.core.phone_sessions
    signature = phone.sign(sign_in_statement(phone.uid, sessions.challenge(phone.uid).challenge))
    together = Together(lambda _: sessions.begin(phone_call(), phone.uid, signature), range(AT_ONCE))
    assert together.errors == []
    refused = [told for told in together.results if isinstance(told, Decision)]
    assert len(refused) == AT_ONCE - 1
    assert {decision.outcome for decision in refused} == {Outcome.UNKNOWN_CHALLENGE}
    (token,) = [told for told in together.results if isinstance(told, str)]
    assert sessions.find(token)
    assert isinstance(phone.sign_in(desk.core), str)
