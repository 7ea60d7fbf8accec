"""Sessions of phones: begun by the key alone, ended by time, by the user, or with the device."""

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
from validate_service.core.authenticators.sessions import hash_of_session
from validate_service.core.model import KeyKind, PasskeySignature, Signature
from validate_service.core.outcomes import Decision, Outcome
from validate_service.primitives.phone_statements import sign_in_statement

KINDS = list(KeyKind)
HOUR = 3600


def refusal(begun: str | Decision) -> Outcome:
    """Return why there is no session."""
    assert isinstance(begun, Decision)
    return begun.outcome


def begun(desk: Desk, phone: SoftwarePhone, signature: Signature) -> str | Decision:
    return desk.core.phone_sessions.begin(phone_call(), phone.uid, signature)


def challenged(desk: Desk, phone: SoftwarePhone) -> Signature:
    """Return what the phone signs to be let in."""
    challenge = desk.core.phone_sessions.challenge(phone.uid).challenge
    return phone.sign(sign_in_statement(phone.uid, challenge))


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_lets_itself_in(desk: Desk, kind: KeyKind) -> None:
    """By signing its challenge; audited with its serial."""
    phone = desk.phone(kind=kind)
    first = phone.session
    assert isinstance(phone.sign_in(desk.core), str)
    assert phone.session != first
    assert len(phone.session) == 43
    assert phone.holder(desk.core).authenticator.serial == phone.serial
    event = desk.product.last_event()
    assert (event["event"], event["reason"], event["device"], event["caller"], event["user_name"]) == (
        *("phone:sign_in", "accepted", phone.serial, phone.serial, "alice"),
    )


def test_a_challenge_says_which_key_is_to_sign(desk: Desk) -> None:
    """A passkey is found by its id; every challenge is another one."""
    key, passkey = desk.phone(), desk.phone(kind=KeyKind.PASSKEY)
    sessions = desk.core.phone_sessions
    first, second = sessions.challenge(key.uid), sessions.challenge(key.uid)
    assert (first.kind, first.credential_id, len(first.challenge)) == (KeyKind.WEBCRYPTO, None, 32)
    assert first.challenge != second.challenge
    asked = sessions.challenge(passkey.uid)
    assert (asked.kind, asked.credential_id) == (KeyKind.PASSKEY, b"credential")


def test_a_phone_that_does_not_exist_is_challenged_as_one_that_does(desk: Desk) -> None:
    """Of one kind for ever, with a new challenge each time, and nothing is let in."""
    seen = set()
    for number in range(40):
        uid = f"{number:032x}"
        first, second = desk.core.phone_sessions.challenge(uid), desk.core.phone_sessions.challenge(uid)
        assert (first.kind, first.credential_id) == (second.kind, second.credential_id)
        assert len(first.challenge) == len(second.challenge) == 32
        assert first.challenge != second.challenge
        assert (first.credential_id is None) is (first.kind is KeyKind.WEBCRYPTO)
        seen.add(first.kind)
    assert seen == set(KINDS)


@pytest.mark.parametrize("uid", ["", "0" * 32, "\0", "\ud800", "x" * 5000, "0" * 31 + "\n"])
def test_a_phone_that_does_not_exist_is_not_let_in(desk: Desk, uid: str) -> None:
    """Whatever it calls itself; audited about nobody."""
    phone = SoftwarePhone(uid=uid)
    challenge = desk.core.phone_sessions.challenge(uid).challenge
    signature = phone.sign(b"anything" + challenge)
    assert refusal(begun(desk, phone, signature)) is Outcome.UNKNOWN_CHALLENGE
    event = desk.product.last_event()
    assert (event["event"], event["reason"], event["user_name"], event["device"]) == (
        *("phone:sign_in", "unknown_challenge", "", ""),
    )


def test_a_challenge_is_good_for_two_minutes(desk: Desk, clock: FakeClock) -> None:
    """Less a microsecond."""
    phone = desk.phone()
    signature = challenged(desk, phone)
    clock.advance(120 - 0.000001)
    assert isinstance(begun(desk, phone, signature), str)
    signature = challenged(desk, phone)
    clock.advance(120)
    assert refusal(begun(desk, phone, signature)) is Outcome.UNKNOWN_CHALLENGE


@pytest.mark.parametrize("kind", KINDS)
def test_a_challenge_is_good_once(desk: Desk, kind: KeyKind) -> None:
    """A double click is no copy of the key: the phone stays enabled."""
    phone = desk.phone(kind=kind)
    signature = challenged(desk, phone)
    assert isinstance(begun(desk, phone, signature), str)
    assert refusal(begun(desk, phone, signature)) is Outcome.UNKNOWN_CHALLENGE
    assert isinstance(phone.sign_in(desk.core), str)


def test_a_newer_challenge_replaces_the_older_one(desk: Desk) -> None:
    """And a wrong signature uses it up."""
    phone = desk.phone()
    older, newer = challenged(desk, phone), challenged(desk, phone)
    assert refusal(begun(desk, phone, older)) is Outcome.BAD_SIGNATURE
    assert refusal(begun(desk, phone, newer)) is Outcome.UNKNOWN_CHALLENGE
    assert isinstance(phone.sign_in(desk.core), str)


def test_without_a_challenge_nobody_is_let_in(desk: Desk) -> None:
    """A phone that was just enrolled was not asked for anything."""
    phone = desk.phone()
    assert refusal(begun(desk, phone, phone.sign(b""))) is Outcome.UNKNOWN_CHALLENGE


def test_a_foreign_key_is_not_let_in(desk: Desk) -> None:
    """Knowing what a phone calls itself is not being it."""
    phone = desk.phone()
    thief = SoftwarePhone(uid=phone.uid)
    assert refusal(thief.sign_in(desk.core)) is Outcome.BAD_SIGNATURE
    assert desk.product.last_event()["device"] == phone.serial


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_signs_with_the_kind_of_key_that_it_enrolled(desk: Desk, kind: KeyKind) -> None:
    """Neither kind stands in for the other."""
    phone = desk.phone(kind=kind)
    other = next(one for one in KINDS if one is not kind)
    assert refusal(replace(phone, kind=other).sign_in(desk.core)) is Outcome.MALFORMED_ANSWER


@pytest.mark.parametrize(
    ("fields", "flaw"),
    [
        ({"origin": "https://evil.example"}, Outcome.FOREIGN_ORIGIN),
        ({"rp_id": "evil.example"}, Outcome.FOREIGN_APPLICATION),
    ],
)
def test_a_passkey_signs_on_our_page(desk: Desk, fields: dict[str, Any], flaw: Outcome) -> None:
    """And on no other."""
    phone = desk.phone(kind=KeyKind.PASSKEY)
    assert refusal(replace(phone, **fields).sign_in(desk.core)) is flaw


@pytest.mark.parametrize("flags", [PRESENT, VERIFIED])
def test_a_passkey_knows_its_user(desk: Desk, flags: int) -> None:
    """A touch without a finger, a face or a PIN is not enough, nor is the reverse."""
    phone = desk.phone(kind=KeyKind.PASSKEY)
    phone.passkey.flags = flags
    assert refusal(phone.sign_in(desk.core)) is Outcome.NO_USER_PRESENCE


def test_a_passkeys_answer_that_is_none_is_refused(desk: Desk) -> None:
    """Bytes that are no answer."""
    phone = desk.phone(kind=KeyKind.PASSKEY)
    challenged(desk, phone)
    assert refusal(begun(desk, phone, PasskeySignature(b"", b"", b""))) is Outcome.MALFORMED_ANSWER


def test_a_copied_passkey_disables_its_phone(desk: Desk) -> None:
    """A counter that goes back shows the copy; the sessions end, and an operator must look."""
    phone = desk.phone(kind=KeyKind.PASSKEY)
    copy = phone.copy()
    assert isinstance(phone.sign_in(desk.core), str)
    assert refusal(copy.sign_in(desk.core)) is Outcome.COUNTER_NOT_GREATER
    events = [(event["event"], event["reason"], event["device"]) for event in desk.product.audit()[-2:]]
    assert events == [
        ("device:disable", "counter_not_greater", phone.serial),
        ("phone:sign_in", "counter_not_greater", phone.serial),
    ]
    assert desk.core.phone_sessions.find(phone.session) is None
    assert refusal(phone.sign_in(desk.core)) is Outcome.DEVICE_DISABLED


class UncountedPasskey(SoftwarePasskey):
    """A key that always says 0, as passkeys do that several phones share."""

    def sign(self, rp_id: str, client_data: bytes) -> tuple[bytes, bytes]:
        self.counter = -1
        return super().sign(rp_id, client_data)


def test_a_passkey_that_does_not_count_is_let_in(desk: Desk) -> None:
    """Again and again."""
    phone = desk.phone(kind=KeyKind.PASSKEY, passkey=UncountedPasskey(flags=PRESENT | VERIFIED))
    for _ in range(3):
        assert isinstance(phone.sign_in(desk.core), str)


def disable_device(desk: Desk, phone: SoftwarePhone, *, enabled: bool = False) -> None:
    desk.core.device_register.set_enabled(
        desk.product.operator("alice"), desk.product.tenant, phone.serial, enabled=enabled
    )


def disable_user(desk: Desk, phone: SoftwarePhone, *, enabled: bool = False) -> None:
    desk.core.user_register.set_enabled(desk.product.operator("alice"), desk.product.tenant, enabled=enabled)
    assert phone.serial


@pytest.mark.parametrize(
    ("disable", "outcome"), [(disable_device, Outcome.DEVICE_DISABLED), (disable_user, Outcome.DISABLED)]
)
def test_who_is_disabled_is_out_at_once(desk: Desk, disable: Callable[..., None], outcome: Outcome) -> None:
    """And does not get in again, until an operator enables it."""
    phone = desk.phone()
    disable(desk, phone)
    session = phone.session
    assert desk.core.phone_sessions.find(session) is None
    assert refusal(phone.sign_in(desk.core)) is outcome
    assert desk.product.last_event()["reason"] == outcome.value
    disable(desk, phone, enabled=True)
    assert isinstance(phone.sign_in(desk.core), str)


def delete_device(desk: Desk, phone: SoftwarePhone) -> None:
    desk.core.device_register.delete(desk.product.operator("alice"), desk.product.tenant, phone.serial)


def delete_user(desk: Desk, phone: SoftwarePhone) -> None:
    desk.core.user_register.delete(desk.product.operator("alice"), desk.product.tenant)
    assert phone.serial


@pytest.mark.parametrize("delete", [delete_device, delete_user])
def test_who_is_deleted_is_out_at_once(desk: Desk, delete: Callable[[Desk, SoftwarePhone], None]) -> None:
    """And as unknown as any other."""
    phone = desk.phone()
    delete(desk, phone)
    assert desk.core.phone_sessions.find(phone.session) is None
    assert refusal(phone.sign_in(desk.core)) is Outcome.UNKNOWN_CHALLENGE


def test_a_phone_that_was_disabled_meanwhile_is_not_let_in(desk: Desk) -> None:
    """Between reading and writing."""
    phone = desk.phone()
    signature = challenged(desk, phone)
    database = InterruptedDatabase(desk.product.installation.database, lambda: disable_device(desk, phone))
    slow = replace(desk.core.phone_sessions, database=database)
    assert refusal(slow.begin(phone_call(), phone.uid, signature)) is Outcome.DEVICE_DISABLED


def test_a_passkey_that_signed_more_meanwhile_is_not_let_in(desk: Desk) -> None:
    """Its counter was right when it was read; that shows no copy yet, so nothing is disabled."""
    phone = desk.phone(kind=KeyKind.PASSKEY)
    desk.core.phone_sessions.challenge(phone.uid)

    def use_the_counter() -> None:
        with desk.product.installation.database.write() as transaction:
            device_id = phone.holder(desk.core).authenticator.device_id
            desk.core.phone_sessions.authenticators.raise_counter(transaction, device_id, 5)

    signature = challenged(desk, phone)
    slow = replace(
        desk.core.phone_sessions,
        database=InterruptedDatabase(desk.product.installation.database, use_the_counter),
    )
    assert refusal(slow.begin(phone_call(), phone.uid, signature)) is Outcome.REPLAYED
    phone.passkey.counter = 5
    assert isinstance(phone.sign_in(desk.core), str)


def test_a_session_ends_after_twelve_hours(desk: Desk, clock: FakeClock) -> None:
    """However much it is used."""
    phone = desk.phone()
    for _ in range(11):
        clock.advance(HOUR)
        assert desk.core.phone_sessions.find(phone.session)
    clock.advance(HOUR - 0.000001)
    assert desk.core.phone_sessions.find(phone.session)
    clock.advance(0.000001)
    assert desk.core.phone_sessions.find(phone.session) is None


def test_a_session_that_nobody_uses_ends_after_two_hours(desk: Desk, clock: FakeClock) -> None:
    """The phone signs in again then, by itself."""
    phone = desk.phone()
    clock.advance(2 * HOUR - 0.000001)
    assert desk.core.phone_sessions.find(phone.session)
    clock.advance(2 * HOUR)
    assert desk.core.phone_sessions.find(phone.session) is None
    assert isinstance(phone.sign_in(desk.core), str)
    assert desk.core.phone_sessions.find(phone.session)


def test_use_is_noted_every_ten_minutes(desk: Desk, clock: FakeClock) -> None:
    """An open page asks every few seconds: it must not write each time."""
    phone = desk.phone()

    def noted() -> int:
        hashed = hash_of_session(desk.product.installation.keys.current(), phone.session)
        with desk.product.installation.database.read() as session:
            found = desk.core.phone_sessions.sessions.find(session, hashed, at=clock.now(), seen_since=0)
        assert found is not None
        return found.seen_at

    began_at = clock.now()
    clock.advance(600 - 0.000001)
    phone.holder(desk.core)
    assert noted() == began_at
    clock.advance(0.000001)
    phone.holder(desk.core)
    assert noted() == clock.now()


def test_a_session_is_kept_as_a_keyed_hash(desk: Desk) -> None:
    """What the database holds lets nobody in."""
    phone = desk.phone()
    holder = phone.holder(desk.core)
    assert holder.session_hash == hash_of_session(desk.product.installation.keys.current(), phone.session)
    assert desk.core.phone_sessions.find(holder.session_hash.hex()) is None


@pytest.mark.parametrize("token", ["", "x" * 43, "\0", "\ud800", "x" * 100_000])
def test_any_other_token_is_no_session(desk: Desk, token: str) -> None:
    """Whatever a cookie may hold."""
    desk.phone()
    assert desk.core.phone_sessions.find(token) is None


def test_forms_carry_a_token_of_their_session(desk: Desk) -> None:
    """It is the same as long as the session is, and another one's of every other."""
    phone = desk.phone()
    first = phone.holder(desk.core).form_token
    assert first == phone.holder(desk.core).form_token
    phone.sign_in(desk.core)
    second = phone.holder(desk.core).form_token
    assert (first != second, len(first), first != phone.session) == (True, 64, True)


def test_a_user_signs_out(desk: Desk) -> None:
    """Of this session only; audited."""
    phone = desk.phone()
    other = phone.session
    phone.sign_in(desk.core)
    desk.core.phone_sessions.end(phone_call(), phone.holder(desk.core))
    assert desk.core.phone_sessions.find(phone.session) is None
    assert desk.core.phone_sessions.find(other)
    event = desk.product.last_event()
    assert (event["event"], event["reason"], event["device"], event["user_name"]) == (
        *("phone:sign_out", "done", phone.serial, "alice"),
    )


def test_sessions_that_are_over_are_forgotten(desk: Desk, clock: FakeClock) -> None:
    """When the phone signs in again; other phones' stay."""
    phone, other = desk.phone(), desk.phone()
    phone.sign_in(desk.core)
    clock.advance(12 * HOUR)
    phone.sign_in(desk.core)
    with desk.product.installation.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT device_id FROM phone_sessions").fetchall()
    assert len(rows) == 2
    assert other.session


def test_a_phone_that_was_let_in_was_seen(desk: Desk, clock: FakeClock) -> None:
    """Its user sees when."""
    phone = desk.phone()
    clock.advance(60)
    phone.sign_in(desk.core)
    assert phone.holder(desk.core).authenticator.seen_at == clock.now()
    assert phone.holder(desk.core).began_at == clock.now()


def test_a_locked_user_is_let_in(desk: Desk, product: Product) -> None:
    """Strangers' guesses must not keep a user from seeing them."""
    product.add_device("alice", "H1")
    for _ in range(10):
        product.core.otp.verify(product.call("alice"), product.wrong_code("H1"))
    assert isinstance(desk.phone().sign_in(desk.core), str)
