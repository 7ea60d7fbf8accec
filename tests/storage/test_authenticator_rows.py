"""Rows of phones: links and challenges are used once, counters only rise, and what goes takes its rows along."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.primitives.software_phone import URL, SoftwarePhone, phone_call
from tests.product import Product
from tests.server.service import Together
from tests.world import FakeClock
from validate_service.core.enrolments import PATH
from validate_service.core.errors import ConflictError
from validate_service.core.model import (
    Approval,
    ApprovalState,
    Authenticator,
    DeviceKind,
    EnrolledPhone,
    KeyKind,
    PushQuestion,
    Signature,
    Subscription,
)
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Transaction
from validate_service.core.prompts import sign_in_prompt
from validate_service.storage.approvals import ApprovalTable
from validate_service.storage.authenticators import AuthenticatorTable
from validate_service.storage.enrolments import EnrolmentTable
from validate_service.storage.phone_sessions import PhoneSessionTable

THREADS = 24
NEVER = 10**18
UID = "a" * 32
PHONES, SESSIONS, ENROLMENTS, APPROVALS = AuthenticatorTable(), PhoneSessionTable(), EnrolmentTable(), ApprovalTable()
Change = Callable[[Transaction], object]
Asked = tuple[PushQuestion, Signature]
ONE = [False] * (THREADS - 1) + [True]


@pytest.fixture
def user_id(product: Product) -> int:
    """A user with two devices for push approvals."""
    product.add_user("alice")
    for serial in ("PHONE-1", "PHONE-2"):
        product.add_device("alice", serial, DeviceKind.AUTHENTICATOR)
    return product.core.user_register.get(product.operator("alice"), product.tenant).id


def change(product: Product, act: Change) -> object:
    with product.installation.database.write() as transaction:
        return act(transaction)


def at_once(product: Product, act: Change) -> list[object]:
    """Return what each of many threads was told, each in a transaction of its own."""
    together = Together(lambda _: change(product, act), range(THREADS))
    assert together.errors == []
    return together.results


def kept(
    product: Product,
    serial: str = "PHONE-1",
    uid: str = UID,
    kind: KeyKind = KeyKind.WEBCRYPTO,
    credential_id: bytes | None = None,
) -> int:
    """Give a device a key; return the device's number."""
    with product.installation.database.write() as transaction:
        return PHONES.add(
            transaction,
            product.tenant.id,
            serial,
            uid=uid,
            name="My phone",
            kind=kind,
            public_key=b"public",
            credential_id=credential_id,
            counter=0,
        )


def found(product: Product, uid: str = UID) -> Authenticator | None:
    with product.installation.database.read() as session:
        both = PHONES.find(session, uid)
    return None if both is None else both[1]


def count(product: Product, table: str) -> int:
    with product.installation.database.engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def set_enabled(product: Product, serial: str, *, enabled: bool) -> None:
    product.core.device_register.set_enabled(product.operator("alice"), product.tenant, serial, enabled=enabled)


def test_a_key_is_found_as_it_was_kept(product: Product, user_id: int, clock: FakeClock) -> None:
    """With whose it is."""
    device_id = kept(product, kind=KeyKind.PASSKEY, credential_id=b"\0id")
    with product.installation.database.read() as session:
        both = PHONES.find(session, UID)
    assert both is not None
    owner, authenticator = both
    assert (owner.tenant, owner.user.id, str(owner.user.name), owner.language) == (
        *(product.tenant, user_id, "alice", "en"),
    )
    assert authenticator == Authenticator(
        device_id=device_id,
        uid=UID,
        serial="PHONE-1",
        name="My phone",
        kind=KeyKind.PASSKEY,
        public_key=b"public",
        credential_id=b"\0id",
        counter=0,
        enabled=True,
        subscription=None,
        created_at=clock.now(),
        seen_at=None,
    )
    assert found(product, "b" * 32) is None


def test_an_owner_is_found_with_the_failures_of_tokens_only(product: Product, user_id: int) -> None:
    """Those of the phone itself are none: it makes no one-time passwords."""
    kept(product)
    product.add_device("alice", "H1")
    product.core.otp.verify(product.call("alice"), product.wrong_code("H1"))
    with product.installation.database.read() as session:
        both = PHONES.find(session, UID)
    assert both is not None
    assert both[0].user == product.core.user_register.get(product.operator("alice"), product.tenant)
    assert (both[0].user.id, both[0].user.failures.otp) == (user_id, 1)


def test_a_key_is_kept_once(product: Product, user_id: int) -> None:
    """Neither another device nor another tenant has it too; nothing of the second stays."""
    kept(product)
    other = product.of_tenant("other")
    other.add_user("alice")
    other.add_device("alice", "PHONE-1", DeviceKind.AUTHENTICATOR)
    for one, serial in ((product, "PHONE-2"), (other, "PHONE-1")):
        with pytest.raises(ConflictError, match="enrolled already"):
            kept(one, serial)
    assert count(product, "authenticators") == 1
    assert user_id


def counting(device_id: int, counter: int) -> Change:
    return lambda transaction: PHONES.raise_counter(transaction, device_id, counter)


def test_a_counter_only_rises(product: Product, user_id: int) -> None:
    """Of many equal ones one is new; a key that never counted may go on so."""
    device_id = kept(product)
    for _ in range(2):
        assert change(product, lambda t: PHONES.raise_counter(t, device_id, 0))
    assert sorted(map(bool, at_once(product, lambda t: PHONES.raise_counter(t, device_id, 7)))) == ONE
    for counter, told in ((7, False), (6, False), (0, False), (8, True), (2**32 - 1, True)):
        assert change(product, counting(device_id, counter)) is told
    assert user_id


def test_a_disabled_phone_does_not_count(product: Product, user_id: int) -> None:
    """Nor one that is gone."""
    device_id = kept(product)
    set_enabled(product, "PHONE-1", enabled=False)
    assert not change(product, lambda t: PHONES.raise_counter(t, device_id, 1))
    set_enabled(product, "PHONE-1", enabled=True)
    assert change(product, lambda t: PHONES.raise_counter(t, device_id, 1))
    assert not change(product, lambda t: PHONES.raise_counter(t, user_id + 4711, 1))


def test_a_challenge_is_told_once(product: Product, user_id: int) -> None:
    """To one of many; a newer one replaces it, and an expired one is none."""
    device_id = kept(product)
    assert change(product, lambda t: PHONES.use_challenge(t, device_id, 1)) is None
    change(product, lambda t: PHONES.challenge(t, device_id, b"older", 100))
    change(product, lambda t: PHONES.challenge(t, device_id, b"newer", 100))
    assert change(product, lambda t: PHONES.use_challenge(t, device_id, 100)) is None
    told = at_once(product, lambda t: PHONES.use_challenge(t, device_id, 99))
    assert [one for one in told if one is not None] == [b"newer"]
    assert user_id


def test_a_users_phones_are_those_that_are_enabled(product: Product, user_id: int) -> None:
    """Oldest first; devices without a key are none."""
    assert change(product, lambda t: PHONES.of_user(t, user_id)) == []
    kept(product, "PHONE-2", "b" * 32)
    kept(product, "PHONE-1")
    with product.installation.database.read() as session:
        assert [one.serial for one in PHONES.of_user(session, user_id)] == ["PHONE-1", "PHONE-2"]
        assert PHONES.of_user(session, user_id + 4711) == []
    set_enabled(product, "PHONE-1", enabled=False)
    with product.installation.database.read() as session:
        assert [one.serial for one in PHONES.of_user(session, user_id)] == ["PHONE-2"]


def test_messages_reach_one_phone(product: Product, user_id: int) -> None:
    """Where they reach another, a copy of it is at work; what was changed meanwhile is not forgotten."""
    one, two = kept(product), kept(product, "PHONE-2", "b" * 32)
    subscription = Subscription("https://push.example/1", b"\4" * 65, b"s" * 16)
    change(product, lambda t: PHONES.subscribe(t, one, subscription, b"1" * 32))
    change(product, lambda t: PHONES.subscribe(t, one, subscription, b"1" * 32))
    with pytest.raises(ConflictError, match="another phone"):
        change(product, lambda t: PHONES.subscribe(t, two, subscription, b"1" * 32))
    authenticator = found(product)
    assert authenticator is not None
    assert authenticator.subscription == subscription
    assert not change(product, lambda t: PHONES.unsubscribe(t, one, b"2" * 32))
    assert sorted(map(bool, at_once(product, lambda t: PHONES.unsubscribe(t, one, b"1" * 32)))) == ONE
    assert found(product) == replace(authenticator, subscription=None)
    change(product, lambda t: PHONES.subscribe(t, two, subscription, b"1" * 32))
    assert user_id


def link(product: Product) -> str:
    """Return the token of a new link for alice."""
    desk = replace(product.core.enrolment_desk, public_url=URL)
    return desk.issue(product.operator("alice"), product.tenant).split(PATH)[1]


def test_a_link_is_used_by_one_of_many(product: Product, user_id: int) -> None:
    """Before it expires; it is not found any more then."""
    token_hash = b"h" * 32
    change(product, lambda t: ENROLMENTS.replace(t, user_id, token_hash=token_hash, expires_at=100, at=1))
    with product.installation.database.read() as session:
        told = ENROLMENTS.find(session, token_hash, 99)
        assert told is not None
        assert (told[0].user.id, told[0].tenant, told[1]) == (user_id, product.tenant, 100)
        assert ENROLMENTS.find(session, token_hash, 100) is None
        assert ENROLMENTS.find(session, b"x" * 32, 99) is None
    assert not change(product, lambda t: ENROLMENTS.use(t, token_hash, 100))
    assert sorted(map(bool, at_once(product, lambda t: ENROLMENTS.use(t, token_hash, 99)))) == ONE
    with product.installation.database.read() as session:
        assert ENROLMENTS.find(session, token_hash, 99) is None


def began(product: Product, device_id: int, token_hash: bytes = b"t" * 32, at: int = 10, expires_at: int = 100) -> None:
    change(product, lambda t: SESSIONS.begin(t, token_hash, device_id, at, expires_at))


def is_on(product: Product, token_hash: bytes = b"t" * 32, *, at: int = 50, seen_since: int = 0) -> bool:
    """Tell whether there is such a session."""
    with product.installation.database.read() as session:
        return SESSIONS.find(session, token_hash, at=at, seen_since=seen_since) is not None


def test_a_session_is_found_until_it_is_over(product: Product, user_id: int) -> None:
    """By time, by idleness, or by its user; use keeps it on."""
    device_id = kept(product)
    began(product, device_id)
    with product.installation.database.read() as session:
        told = SESSIONS.find(session, b"t" * 32, at=99, seen_since=9)
    assert told is not None
    assert (told.owner.user.id, told.authenticator.uid, told.began_at, told.seen_at) == (user_id, UID, 10, 10)
    assert told.authenticator.seen_at == 10
    assert not is_on(product, at=100)
    assert not is_on(product, seen_since=10)
    change(product, lambda t: SESSIONS.touch(t, b"t" * 32, 40))
    assert is_on(product, seen_since=39)
    assert not is_on(product, b"x" * 32)
    change(product, lambda t: SESSIONS.end(t, b"x" * 32))
    assert is_on(product)
    change(product, lambda t: SESSIONS.end(t, b"t" * 32))
    assert not is_on(product)


def test_a_session_is_not_found_while_its_device_or_user_is_disabled(product: Product, user_id: int) -> None:
    """It goes on afterwards, if it still lives."""
    began(product, kept(product))
    set_enabled(product, "PHONE-1", enabled=False)
    assert not is_on(product)
    set_enabled(product, "PHONE-1", enabled=True)
    assert is_on(product)
    product.core.user_register.set_enabled(product.operator("alice"), product.tenant, enabled=False)
    assert not is_on(product)
    assert user_id


def test_a_new_session_forgets_those_of_its_phone_that_are_over(product: Product, user_id: int) -> None:
    """And no other's."""
    one, two = kept(product), kept(product, "PHONE-2", "b" * 32)
    began(product, one, b"1" * 32, 1, 20)
    began(product, one, b"2" * 32, 1, 21)
    began(product, two, b"3" * 32, 1, 20)
    began(product, one, b"4" * 32, 20, 100)
    assert count(product, "phone_sessions") == 3
    assert is_on(product, b"2" * 32, at=20)
    assert user_id


@pytest.mark.parametrize("goes", ["device", "user"])
def test_what_goes_takes_keys_and_sessions_along(product: Product, user_id: int, goes: str) -> None:
    """A lost phone, a deleted user."""
    began(product, kept(product))
    if goes == "device":
        product.core.device_register.delete(product.operator("alice"), product.tenant, "PHONE-1")
    else:
        product.core.user_register.delete(product.operator("alice"), product.tenant)
    assert (count(product, "authenticators"), count(product, "phone_sessions")) == (0, 0)
    assert found(product) is None
    assert user_id


@pytest.fixture
def approval(product: Product, user_id: int) -> Approval:
    """A push that alice is asked."""
    asked = product.core.approvals.ask(product.call("alice"), sign_in_prompt("Portal", ""))
    assert isinstance(asked, Approval)
    assert user_id
    return asked


def test_of_many_wrong_numbers_the_second_denies(product: Product, approval: Approval) -> None:
    """None after it finds the push open."""
    at = approval.asked_at
    told = at_once(product, lambda t: APPROVALS.count_wrong_number(t, approval.id, at, most=1))
    assert sorted(map(bool, told)) == [False] * (THREADS - 2) + [True] * 2
    with product.installation.database.read() as session:
        assert APPROVALS.find_state(session, approval.id) is ApprovalState.DENIED


def test_who_denied_is_known(product: Product, approval: Approval) -> None:
    """The device that did, and no other; nobody if it was approved."""
    device_id = kept(product)
    with product.installation.database.read() as session:
        assert not APPROVALS.was_denied_by(session, approval.id, device_id)
    at = approval.asked_at
    assert change(product, lambda t: APPROVALS.answer(t, approval.id, ApprovalState.DENIED, at, device_id=device_id))
    with product.installation.database.read() as session:
        assert APPROVALS.was_denied_by(session, approval.id, device_id)
        assert not APPROVALS.was_denied_by(session, approval.id, device_id + 1)
        assert not APPROVALS.was_denied_by(session, "0" * 32, device_id)


def test_a_phone_goes_its_way_on_every_database(product: Product, user_id: int) -> None:
    """Enrol, sign in, type a number, report, sign out."""
    core, phone = product.core, SoftwarePhone()
    assert isinstance(phone.enrol(core, link(product)), EnrolledPhone)
    assert isinstance(phone.sign_in(core), str)
    asked = core.approvals.ask(product.call("alice"), replace(sign_in_prompt("Portal", ""), match_number="47"))
    assert isinstance(asked, Approval)
    question = phone.question(core)
    assert [phone.answer(core, question, number=number).outcome.value for number in ("48", "47")] == [
        "wrong_number",
        "accepted",
    ]
    second = core.approvals.ask(product.call("alice"), sign_in_prompt("Portal", ""))
    assert isinstance(second, Approval)
    assert phone.answer(core, phone.question(core), approve=False).accepted
    core.phone_answers.report(phone_call(), phone.holder(core), second.id, suspicious=True)
    core.phone_sessions.end(phone_call(), phone.holder(core))
    assert core.phone_sessions.find(phone.session) is None
    assert user_id


def test_asking_and_answering_at_once_never_wait_for_each_other(product: Product, user_id: int) -> None:
    """A portal asks anew while the user answers: both lock the user first and the push second."""
    core, phone = product.core, SoftwarePhone()
    phone.enrol(core, link(product))
    holder = phone.holder(core)

    def ask(_: Asked) -> object:
        return core.approvals.ask(product.call("alice"), sign_in_prompt("Portal", ""))

    def answer(asked: Asked) -> object:
        question, signature = asked
        return core.phone_answers.answer(
            phone_call(), holder, question.id, approve=True, number="", pin="", signature=signature
        )

    for _ in range(10):
        asked = core.approvals.ask(product.call("alice"), sign_in_prompt("Portal", ""))
        assert isinstance(asked, Approval)
        question = phone.question(core)
        signed = question, phone.signed_answer(question, approve=True)
        together = Together(lambda act: act[0](act[1]), [(ask, signed), (answer, signed)] * 6)
        assert together.errors == []
        told = {one.outcome for one in together.results if isinstance(one, Decision)}
        assert told <= {Outcome.ACCEPTED, Outcome.REPLAYED, Outcome.EXPIRED}
        core.user_register.unlock(product.operator("alice"), product.tenant)
    assert user_id
