"""How many statements each operation costs: pinned, so that nobody adds one without noticing."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.facades.connector.client import ConnectorClient
from tests.facades.connector.security_keys import APP_ID, Page, unwebsafe
from tests.primitives.software_phone import URL, SoftwarePhone, phone_call
from tests.product import Product, create_product
from tests.pushes import verify_push
from tests.world import FakeClock, fake_world
from validate_service.core.calls import Call
from validate_service.core.enrolments import PATH
from validate_service.core.errors import ValidateError
from validate_service.core.model import Approval, DeviceKind, FidoProtocol, Scope, Tenant, U2fSignature
from validate_service.core.outcomes import Decision
from validate_service.core.profiles import ProfileChange
from validate_service.core.prompts import custom_prompt, sign_in_prompt

PASSWORD = "correct horse battery"
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@dataclass
class Trace:
    """What SQLite itself was told, by all connections."""

    statements: list[str] = field(default_factory=list)

    def of(self, act: Callable[[], object]) -> tuple[int, int]:
        """Return how many statements *act* issues, without those that frame a transaction, and how many commits."""
        self.statements.clear()
        act()
        framed = [sql for sql in self.statements if sql.startswith(FRAME)]
        return len(self.statements) - len(framed), framed.count("COMMIT")


@pytest.fixture
def trace(monkeypatch: pytest.MonkeyPatch) -> Trace:
    """Every connection that is opened from now on reports its statements."""
    trace, connect = Trace(), sqlite3.connect

    def traced(*arguments: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **more)
        connection.set_trace_callback(trace.statements.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    return trace


@pytest.fixture
def product(trace: Trace, tmp_path: Path, clock: FakeClock) -> Iterator[Product]:
    """A product on traced connections, with a user who has everything."""
    product = create_product(tmp_path, fake_world(clock))
    product.add_user("alice")
    product.add_device("alice", "H1")
    product.add_device("alice", "PHONE", DeviceKind.AUTHENTICATOR)
    operator, core, tenant = product.operator("alice"), product.core, product.tenant
    core.card_register.add(operator, tenant, "04:AA", "badge")
    core.pin_desk.set_pin(operator, tenant, "2580")
    core.password_desk.set_password(operator, tenant, PASSWORD)
    core.question_register.replace(operator, tenant, [("Pet?", "Rex"), ("Town?", "Ulm")])
    core.otp.verify(product.call("alice"), product.next_code("H1"))
    yield product
    product.installation.database.close()


OTP_CASES: dict[str, Callable[[Product], tuple[str, str]]] = {
    "right": lambda product: ("alice", product.next_code("H1")),
    "wrong": lambda product: ("alice", product.wrong_code("H1")),
    "not digits": lambda product: ("alice", "x"),
    "empty": lambda product: ("alice", ""),
    "unknown user": lambda product: ("nobody", "123456"),
    "replayed": lambda product: ("alice", replayed(product)),
    "right after wrong ones": lambda product: ("alice", after_wrong_ones(product)),
    "locked": lambda product: ("alice", locked(product)),
    "no device": lambda product: (product.add_user("bare"), "123456"),
}


def replayed(product: Product) -> str:
    code = product.next_code("H1")
    product.core.otp.verify(product.call("alice"), code)
    return code


def after_wrong_ones(product: Product) -> str:
    for _ in range(5):
        product.core.otp.verify(product.call("alice"), product.wrong_code("H1"))
    return product.next_code("H1")


def locked(product: Product) -> str:
    for _ in range(10):
        product.core.otp.verify(product.call("alice"), product.wrong_code("H1"))
    return product.next_code("H1")


@pytest.mark.parametrize("case", OTP_CASES)
def test_a_one_time_password_costs_three_statements_and_one_commit(product: Product, trace: Trace, case: str) -> None:
    """Whatever comes out: one SELECT, one UPDATE, one INSERT; the time tells nothing."""
    user, otp = OTP_CASES[case](product)
    assert trace.of(lambda: product.core.otp.verify(product.call(user), otp)) == (3, 1)


@pytest.mark.parametrize("serial", ["", "H1", "none"])
@pytest.mark.parametrize("case", OTP_CASES)
def test_the_connector_costs_no_more(product: Product, trace: Trace, case: str, serial: str) -> None:
    """One SELECT, one UPDATE, one INSERT for validate_oath_otp, too, whether a device is named or not."""
    user, otp = OTP_CASES[case](product)
    connector = ConnectorClient(product)
    connector.code("validate_oath_otp", otp="000000")
    assert trace.of(lambda: connector.code("validate_oath_otp", user, otp=otp, psn=serial)) == (3, 1)


def value(product: Product, *, aes: bool) -> str:
    return product.core.values.encrypt(product.call(), "n", "clear", aes=aes)


def code(product: Product) -> str:
    return product.core.auth_code_desk.issue(product.operator("alice"), product.tenant, life_s=60)


def token(product: Product) -> str:
    return product.core.auth_token_desk.issue(product.operator("alice"), product.tenant, life_s=60)


Prepared = Callable[[Product], Callable[[], object]]


def prepared(
    act: Callable[[Product, Any], object], prepare: Callable[[Product], Any] = lambda product: None
) -> Prepared:
    def bound(product: Product) -> Callable[[], object]:
        ready = prepare(product)
        return lambda: act(product, ready)

    return bound


def page(product: Product) -> Page:
    """Return a page for alice, whose security key is enrolled."""
    enrolled = Page(ConnectorClient(product))
    enrolled.enroll()
    enrolled.pre_sign()
    return enrolled


def signed(product: Product) -> Callable[..., Decision]:
    """Return what verifies an answer of alice's security key."""
    enrolled = page(product)
    (asked,) = enrolled.pre_sign()

    def verify(presence: int) -> Decision:
        fields = enrolled.signed(asked, presence=presence)
        answer = U2fSignature(unwebsafe(fields["clientData"]), unwebsafe(fields["signatureData"]))
        return product.core.fido.verify(product.call("alice"), asked["sessionId"], answer)

    return verify


def phone(product: Product) -> SoftwarePhone:
    """Return a phone of alice's."""
    desk, enrolled = replace(product.core.enrolment_desk, public_url=URL), SoftwarePhone()
    enrolled.enrol(product.core, desk.issue(product.operator("alice"), product.tenant).split(PATH)[1])
    return enrolled


def asked_phone(product: Product) -> Callable[..., Decision]:
    """Return what answers a push with a phone that was let in."""
    asked, enrolled = product.core.approvals.ask(product.call("alice"), sign_in_prompt("Portal", "")), phone(product)
    assert isinstance(asked, Approval)
    holder, question = enrolled.holder(product.core), enrolled.question(product.core)

    def answer(*, approve: bool, **shown: object) -> Decision:
        signature = enrolled.signed_answer(question, approve=approve, shown=shown)
        fields: dict[str, Any] = {"approve": approve, "number": "", "pin": "", "signature": signature}
        return product.core.phone_answers.answer(phone_call(), holder, question.id, **fields)

    return answer


def alice_asked(product: Product) -> Call:
    return product.call("alice")


def bob_asked(product: Product) -> Call:
    return product.call("bob")


def administered(product: Product, call: Call) -> Tenant:
    return product.core.gate.admit(call, Scope.ADMINISTER).tenant


COSTS: dict[str, tuple[Prepared, tuple[int, int]]] = {
    "ValidateOTP": (
        prepared(lambda p, otp: p.core.otp.verify(p.call("alice"), otp), lambda p: p.next_code("H1")),
        (3, 1),
    ),
    "ValidatePush to nobody": (
        prepared(lambda p, _: verify_push(p, p.call("nobody"), sign_in_prompt("Portal", ""))),
        (2, 1),
    ),
    "ValidatePush, not answered": (
        prepared(lambda p, _: verify_push(p, p.call("alice"), sign_in_prompt("Portal", ""))),
        (10, 2),
    ),
    "ValidatePushCustom, not answered": (
        prepared(lambda p, _: verify_push(p, p.call("alice"), custom_prompt("hello", "5"))),
        (10, 2),
    ),
    "ValidateCard": (prepared(lambda p, _: p.core.cards.verify(p.call("alice"), "04:AA", "2580")), (5, 1)),
    "ValidateCard, wrong PIN": (prepared(lambda p, _: p.core.cards.verify(p.call("alice"), "04:AA", "1")), (4, 1)),
    "ValidateCard of nobody": (prepared(lambda p, _: p.core.cards.verify(p.call("nobody"), "04:AA", "1")), (4, 1)),
    "ValidateAuthCode": (prepared(lambda p, c: p.core.auth_codes.verify(p.call("alice"), c), code), (5, 1)),
    "ValidateAuthCode, wrong": (
        prepared(lambda p, _: p.core.auth_codes.verify(p.call("alice"), "000000"), code),
        (4, 1),
    ),
    "ValidateAuthToken": (prepared(lambda p, t: p.core.auth_tokens.verify(p.call("alice"), t), token), (4, 1)),
    "ValidateAuthToken, wrong": (prepared(lambda p, _: p.core.auth_tokens.verify(p.call("alice"), "x"), token), (4, 1)),
    "validate_user": (prepared(lambda p, _: p.core.passwords.verify(p.call("alice"), PASSWORD)), (3, 1)),
    "validate_user, wrong": (prepared(lambda p, _: p.core.passwords.verify(p.call("alice"), "wrong")), (3, 1)),
    "validate_user of nobody": (prepared(lambda p, _: p.core.passwords.verify(p.call("nobody"), "wrong")), (3, 1)),
    "EncryptValue": (prepared(lambda p, _: value(p, aes=False)), (2, 1)),
    "EncryptValueAES": (prepared(lambda p, _: value(p, aes=True)), (2, 1)),
    "DecryptValue": (
        prepared(lambda p, v: p.core.values.decrypt(p.call(), "n", v), lambda p: value(p, aes=False)),
        (2, 1),
    ),
    "DecryptValueAES": (
        prepared(lambda p, v: p.core.values.decrypt(p.call(), "n", v, aes=True), lambda p: value(p, aes=True)),
        (2, 1),
    ),
    "GetQuestions": (prepared(lambda p, _: p.core.questions.listing(p.call("alice"))), (3, 1)),
    "UserExists": (
        prepared(lambda p, c: p.core.user_register.number(c, p.core.gate.admit(c, Scope.ADMINISTER)), alice_asked),
        (2, 1),
    ),
    "AddUser": (prepared(lambda p, c: p.core.user_register.add(c, administered(p, c)), bob_asked), (4, 1)),
    "UpdateUser": (
        prepared(
            lambda p, c: p.core.user_register.update(c, administered(p, c), ProfileChange(email="a@b.example")),
            alice_asked,
        ),
        (4, 1),
    ),
    "DeleteUser": (prepared(lambda p, c: p.core.user_register.delete(c, administered(p, c)), alice_asked), (4 + 14, 1)),
    "GenerateAuthCode": (
        prepared(lambda p, c: p.core.auth_code_desk.issue(c, administered(p, c), life_s=60), alice_asked),
        (6, 1),
    ),
    "pre_sign": (prepared(lambda p, _: p.core.fido.ask(p.call("alice"), FidoProtocol.U2F, APP_ID), page), (5, 1)),
    "sign": (prepared(lambda _, signed: signed(presence=1), signed), (7, 1)),
    "sign, untouched": (prepared(lambda _, signed: signed(presence=0), signed), (6, 1)),
    "a phone's request": (prepared(lambda p, one: one.holder(p.core), phone), (1, 0)),
    "a phone's inbox": (
        prepared(lambda p, holder: p.core.phone_inbox.pending(holder), lambda p: phone(p).holder(p.core)),
        (1, 0),
    ),
    "a phone's sign-in": (prepared(lambda p, one: one.sign_in(p.core), phone), (10, 2)),
    "a phone approves": (prepared(lambda _, answer: answer(approve=True), asked_phone), (5, 1)),
    "a phone denies": (prepared(lambda _, answer: answer(approve=False), asked_phone), (4, 1)),
    "a phone's forged answer": (prepared(lambda _, answer: answer(approve=True, user="bob"), asked_phone), (2, 1)),
    "GetQuestions of nobody": (prepared(lambda p, _: p.core.questions.listing(p.call("nobody"))), (3, 1)),
    "ValidateQuestions": (
        prepared(lambda p, _: p.core.questions.verify(p.call("alice"), ["Pet?", "Town?"], ["Rex", "Ulm"])),
        (4, 1),
    ),
}


@pytest.mark.parametrize("name", COSTS)
def test_every_operation_costs_what_it_is_known_to_cost(product: Product, trace: Trace, name: str) -> None:
    """Statements besides the frame of a transaction, and commits; a deletion cascades."""
    prepare, cost = COSTS[name]
    assert trace.of(prepare(product)) == cost


def test_a_refused_call_costs_a_look_and_an_event(product: Product, trace: Trace) -> None:
    """With a wrong API key nothing is looked up but the key."""

    def refused() -> None:
        with pytest.raises(ValidateError), product.core.refusals.recorded(product.call(api_key="wrong")) as call:
            product.core.values.encrypt(call, "n", "clear")

    assert trace.of(refused) == (2, 1)
