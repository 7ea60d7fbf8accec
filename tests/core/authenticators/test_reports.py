"""Reports: what a user says who has denied a push."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.authenticators.conftest import Desk
from tests.primitives.software_phone import SoftwarePhone, phone_call
from tests.world import FakeClock
from validate_service.core.errors import ConflictError, NotFoundError
from validate_service.core.metrics import Metric
from validate_service.core.model import Approval
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.prompts import sign_in_prompt

MUTED_S = 1200


def denied(desk: Desk, phone: SoftwarePhone) -> Approval:
    """Let the phone deny a push."""
    approval = desk.ask()
    assert phone.answer(desk.core, phone.question(desk.core), approve=False).accepted
    return approval


def report(desk: Desk, phone: SoftwarePhone, approval_id: str, *, suspicious: bool) -> list[Metric]:
    """Report a push; return what was counted."""
    counted: list[Metric] = []
    desks = replace(desk.core.phone_answers, count=counted.append)
    desks.report(phone_call(), phone.holder(desk.core), approval_id, suspicious=suspicious)
    return counted


def asked_again(desk: Desk) -> Approval | Decision:
    return desk.core.approvals.ask(desk.product.call("alice"), sign_in_prompt("Portal", ""))


def in_vain(desk: Desk) -> int:
    """Return how often alice was asked in vain."""
    with desk.product.installation.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pushes_unapproved FROM users").scalar_one())


def test_a_suspicious_push_is_audited_and_counted(desk: Desk) -> None:
    """Alerts hang on both."""
    phone = desk.phone()
    assert report(desk, phone, denied(desk, phone).id, suspicious=True) == [Metric.PUSHES_REPORTED]
    event = desk.product.last_event()
    assert (event["event"], event["reason"], event["device"], event["caller"], event["user_name"]) == (
        *("push:report", "suspicious", phone.serial, phone.serial, "alice"),
    )


def test_after_a_suspicious_push_nobody_asks_the_user(desk: Desk, clock: FakeClock) -> None:
    """For twenty minutes; what was pending is closed, whoever asked it."""
    phone = desk.phone()
    approval = denied(desk, phone)
    pending = desk.ask()
    desk.core.phone_answers.test(phone_call(), phone.holder(desk.core))
    report(desk, phone, approval.id, suspicious=True)
    assert desk.core.phone_inbox.pending(phone.holder(desk.core)) == []
    assert desk.state(pending) == "expired"
    assert asked_again(desk) == Decision(Outcome.MUTED)
    clock.advance(MUTED_S - 0.000001)
    assert asked_again(desk) == Decision(Outcome.MUTED)
    clock.advance(0.000001)
    assert isinstance(asked_again(desk), Approval)


def test_others_are_asked_meanwhile(desk: Desk) -> None:
    """One user's report is nobody else's."""
    phone = desk.phone()
    desk.product.add_user("bob")
    bobs = desk.phone("bob")
    waiting = desk.ask("bob")
    report(desk, phone, denied(desk, phone).id, suspicious=True)
    assert desk.state(waiting) == "pending"
    assert bobs.answer(desk.core, bobs.question(desk.core)).accepted
    assert isinstance(desk.ask("bob"), Approval)


def test_a_tenant_may_disable_who_reports(desk: Desk) -> None:
    """Until an operator looked: the phone's session ends too."""
    desk.switch_on("reports_disable_user")
    phone = desk.phone()
    report(desk, phone, denied(desk, phone).id, suspicious=True)
    assert asked_again(desk) == Decision(Outcome.DISABLED)
    assert desk.core.phone_sessions.find(phone.session) is None
    events = [(event["event"], event["reason"], event["device"]) for event in desk.product.audit()[-3:-1]]
    assert events == [("user:disable", "done", phone.serial), ("push:report", "suspicious", phone.serial)]


def test_a_mistake_is_audited_and_forgiven(desk: Desk) -> None:
    """The denial stays; nothing is counted, and the user may be asked at once."""
    phone = desk.phone()
    approval = denied(desk, phone)
    assert in_vain(desk) == 1
    assert report(desk, phone, approval.id, suspicious=False) == []
    event = desk.product.last_event()
    assert (event["event"], event["reason"], event["device"]) == ("push:report", "mistake", phone.serial)
    assert (in_vain(desk), desk.state(approval)) == (0, "denied")
    assert isinstance(asked_again(desk), Approval)


def pending(desk: Desk, phone: SoftwarePhone, other: SoftwarePhone) -> str:
    assert phone.serial != other.serial
    return desk.ask().id


def approved(desk: Desk, phone: SoftwarePhone, other: SoftwarePhone) -> str:
    approval = desk.ask()
    assert phone.answer(desk.core, phone.question(desk.core)).accepted
    assert phone.serial != other.serial
    return approval.id


def denied_by_another(desk: Desk, phone: SoftwarePhone, other: SoftwarePhone) -> str:
    assert phone.serial != other.serial
    return denied(desk, other).id


def denied_by_an_operator(desk: Desk, phone: SoftwarePhone, other: SoftwarePhone) -> str:
    approval = desk.ask()
    desk.core.approval_desk.answer(desk.product.operator(), desk.product.tenant, approval.id, approve=False)
    assert phone.serial != other.serial
    return approval.id


def denied_test(desk: Desk, phone: SoftwarePhone, other: SoftwarePhone) -> str:
    approval = desk.core.phone_answers.test(phone_call(), phone.holder(desk.core))
    assert phone.answer(desk.core, phone.question(desk.core), approve=False).accepted
    assert phone.serial != other.serial
    return approval.id


@pytest.mark.parametrize("suspicious", [True, False])
@pytest.mark.parametrize("case", [pending, approved, denied_by_another, denied_by_an_operator, denied_test])
def test_only_the_phone_that_denied_reports(desk: Desk, case: Any, suspicious: bool) -> None:
    """Anything else is a conflict, and nobody is muted by it."""
    phone, other = desk.phone(), desk.phone()
    approval_id = case(desk, phone, other)
    before = in_vain(desk)
    with pytest.raises(ConflictError, match="denied no such push"):
        report(desk, phone, approval_id, suspicious=suspicious)
    assert in_vain(desk) == before
    assert isinstance(asked_again(desk), Approval)


def test_nobody_reports_what_another_user_was_asked(desk: Desk) -> None:
    """Or nobody was."""
    phone = desk.phone()
    desk.product.add_user("bob")
    foreign = desk.phone("bob")
    approval = denied(desk, phone)
    for approval_id in (approval.id, "0" * 32, "x"):
        with pytest.raises(NotFoundError):
            report(desk, foreign, approval_id, suspicious=True)
    assert isinstance(asked_again(desk), Approval)
