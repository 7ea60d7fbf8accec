"""How many statements each operation costs: pinned, so that nobody adds one without noticing."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pymysql
import pytest

from tests.facades.connector.client import ConnectorClient
from tests.facades.connector.security_keys import APP_ID, Page, unwebsafe
from tests.primitives.software_phone import URL, SoftwarePhone, phone_call
from tests.product import Product
from tests.pushes import verify_push
from validate_service.core.calls import Call
from validate_service.core.enrolments import PATH
from validate_service.core.errors import ValidateError
from validate_service.core.model import Approval, DeviceKind, FidoProtocol, Scope, Tenant, U2fSignature
from validate_service.core.outcomes import Decision
from validate_service.core.profiles import ProfileChange
from validate_service.core.prompts import custom_prompt, sign_in_prompt
from validate_service.storage.prepared_cursors import PreparedCursor

PASSWORD = "correct horse battery"
ENDS = ("COMMIT", "ROLLBACK")
FRAME = ("BEGIN", *ENDS, "SAVEPOINT", "RELEASE")
CHANGES = ("INSERT", "UPDATE", "DELETE", "WITH")


@dataclass
class Trace:
    """What the database was told, by all connections of this process."""

    statements: list[str] = field(default_factory=list)

    def note(self, sql: str) -> None:
        """Note a statement."""
        self.statements.append(sql)

    def of(self, act: Callable[[], object]) -> tuple[int, int]:
        """Return how many statements *act* issues, without those that frame a transaction, and how many commits.

        A change outside a transaction is a commit, too.
        """
        self.statements.clear()
        act()
        within, commits = False, 0
        for sql in self.statements:
            within = sql.startswith("BEGIN") or (within and not sql.startswith(ENDS))
            commits += sql.startswith("COMMIT") or (not within and sql.startswith(CHANGES))
        return sum(not sql.startswith(FRAME) for sql in self.statements), commits


def trace_sqlite(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself tells: what a deletion takes along, too."""
    connect = sqlite3.connect

    def traced(*arguments: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **more)
        connection.set_trace_callback(trace.note)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)


def trace_postgresql(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own cursor has one way to run a statement; that it is prepared once for each connection is not counted."""
    execute = PreparedCursor.execute

    def noted(cursor: PreparedCursor, text: str, values: Sequence[object] = ()) -> None:
        trace.note(text)
        execute(cursor, text, values)

    monkeypatch.setattr(PreparedCursor, "execute", noted)


def trace_mariadb(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyMySQL sends every statement in one way."""
    query = pymysql.connections.Connection.query

    def noted(connection: "pymysql.connections.Connection[Any]", sql: str, *more: Any) -> Any:
        trace.note(sql)
        return query(connection, sql, *more)

    monkeypatch.setattr(pymysql.connections.Connection, "query", noted)


TRACES = {"mariadb": trace_mariadb, "postgresql": trace_postgresql, "sqlite": trace_sqlite}


@pytest.fixture
def trace(database: str, monkeypatch: pytest.MonkeyPatch) -> Trace:
    """Every connection that is opened from now on reports its statements."""
    trace = Trace()
    TRACES[database](trace, monkeypatch)
    return trace


@pytest.fixture
def product(trace: Trace, product: Product) -> Product:
    """A product on traced connections, with a user who has everything."""
    product.add_user("alice")
    product.add_device("alice", "H1")
    product.add_device("alice", "PHONE", DeviceKind.AUTHENTICATOR)
    operator, core, tenant = product.operator("alice"), product.core, product.tenant
    core.card_register.add(operator, tenant, "04:AA", "badge")
    core.pin_desk.set_pin(operator, tenant, "2580")
    core.password_desk.set_password(operator, tenant, PASSWORD)
    core.question_register.replace(operator, tenant, [("Pet?", "Rex"), ("Town?", "Ulm")])
    core.otp.verify(product.call("alice"), product.next_code("H1"))
    return product


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


OTP_COST = {"mariadb": (3, 1), "postgresql": (2, 1), "sqlite": (3, 1)}
"""One SELECT, one UPDATE, one INSERT; PostgreSQL can do the latter two in one."""


@pytest.mark.parametrize("case", OTP_CASES)
def test_a_one_time_password_costs_the_same_whatever_comes_out(
    product: Product, trace: Trace, database: str, case: str
) -> None:
    """Two or three statements and one commit; the time tells nothing."""
    user, otp = OTP_CASES[case](product)
    assert trace.of(lambda: product.core.otp.verify(product.call(user), otp)) == OTP_COST[database]


@pytest.mark.parametrize("case", OTP_CASES)
def test_the_connector_costs_no_more(product: Product, trace: Trace, database: str, case: str) -> None:
    """The same for validate_oath_otp, whether a device is named or not."""
    user, otp = OTP_CASES[case](product)
    connector = ConnectorClient(product)
    connector.code("validate_oath_otp", otp="000000")
    for serial in ("", "H1", "none"):
        fields = {"otp": otp, "psn": serial}
        assert trace.of(partial(connector.code, "validate_oath_otp", user, **fields)) == OTP_COST[database]


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
        (9, 2),
    ),
    "ValidatePushCustom, not answered": (
        prepared(lambda p, _: verify_push(p, p.call("alice"), custom_prompt("hello", "5"))),
        (9, 2),
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


ELSEWHERE: dict[tuple[str, str], tuple[int, int]] = {
    ("ValidateOTP", "postgresql"): OTP_COST["postgresql"],
    # What a deletion takes along, SQLite alone tells.
    ("DeleteUser", "mariadb"): (4, 1),
    ("DeleteUser", "postgresql"): (4, 1),
}


@pytest.mark.parametrize("name", COSTS)
def test_every_operation_costs_what_it_is_known_to_cost(
    product: Product, trace: Trace, database: str, name: str
) -> None:
    """Statements besides the frame of a transaction, and commits; a deletion cascades."""
    prepare, cost = COSTS[name]
    assert trace.of(prepare(product)) == ELSEWHERE.get((name, database), cost)


def test_a_refused_call_costs_a_look_and_an_event(product: Product, trace: Trace) -> None:
    """With a wrong API key nothing is looked up but the key."""

    def refused() -> None:
        with pytest.raises(ValidateError), product.core.refusals.recorded(product.call(api_key="wrong")) as call:
            product.core.values.encrypt(call, "n", "clear")

    assert trace.of(refused) == (2, 1)
