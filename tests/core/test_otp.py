"""One-time passwords: verify, once and for ever."""

from dataclasses import replace

import pytest

from tests.interference import InterruptedDatabase, UnauditableDatabase
from tests.product import Product
from tests.world import FakeClock
from validate_service.core.errors import UnavailableError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import DeviceKind
from validate_service.core.otp import MOST_DRIFT, TRIES
from validate_service.core.outcomes import Outcome
from validate_service.primitives.hotp import ALGORITHMS, Algorithm, code_at

TWINS_SEED, TWINS = b"12345678901234567890", (910_737, 910_738)
"""The first two neighbours that make the same code from the seed of RFC 4226, appendix D."""


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has the HOTP device A."""
    product.add_user("alice")
    product.add_device("alice", "A")
    return product


def verified(product: Product, otp: str, user: str = "alice") -> Outcome:
    """Return what becomes of one attempt."""
    return product.core.otp.verify(product.call(user), otp).outcome


def totp_code(product: Product, clock: FakeClock, serial: str, offset: int = 0, period: int = 30) -> str:
    """Return the code that a TOTP device shows whose clock is *offset* steps fast."""
    return code_at(product.seeds[serial], clock.now() // MICROSECONDS // period + offset)


def test_a_fresh_code_is_accepted_and_audited_with_its_device(alice: Product) -> None:
    """The audit trail tells which token was used."""
    assert verified(alice, alice.next_code("A")) is Outcome.ACCEPTED
    event = alice.last_event()
    assert (event["event"], event["reason"], event["device"]) == ("otp:verify", "accepted", "A")
    assert (event["user_name"], event["caller"], event["tenant_id"]) == ("alice", "first key", alice.tenant.id)


def test_replayed_code_is_rejected_and_not_counted(alice: Product) -> None:
    """RFC 6238 section 5.2, and a double click locks nobody."""
    code = alice.next_code("A")
    assert [verified(alice, code) for _ in range(12)] == [Outcome.ACCEPTED] + [Outcome.REPLAYED] * 11
    assert verified(alice, alice.next_code("A")) is Outcome.ACCEPTED


def test_a_fresh_code_that_looks_like_the_one_before_it_is_no_replay(product: Product, clock: FakeClock) -> None:
    """One code of a million does; each of the two is accepted once, of HOTP and of TOTP."""
    product.add_user("alice")
    product.add_device("alice", "H", seed=TWINS_SEED, counter=TWINS[0])
    twin = code_at(TWINS_SEED, TWINS[0])
    assert twin == code_at(TWINS_SEED, TWINS[1])
    assert [verified(product, twin) for _ in range(3)] == [Outcome.ACCEPTED] * 2 + [Outcome.REPLAYED]
    product.add_user("bob")
    clock.instant = TWINS[0] * 30 * MICROSECONDS
    product.add_device("bob", "T", DeviceKind.TOTP, seed=TWINS_SEED, window=0)
    first = [verified(product, twin, "bob") for _ in range(2)]
    clock.advance(30)
    assert first + [verified(product, twin, "bob") for _ in range(2)] == [Outcome.ACCEPTED, Outcome.REPLAYED] * 2


def test_a_code_before_the_spent_one_is_never_accepted(alice: Product) -> None:
    """Skipped codes die with the one that was spent."""
    skipped, spent = alice.next_code("A"), alice.next_code("A")
    assert verified(alice, spent) is Outcome.ACCEPTED
    assert verified(alice, skipped) is Outcome.WRONG_CODE


def test_the_look_ahead_is_bounded(alice: Product) -> None:
    """Ten counters by default: the tenth is found, the eleventh is not (RFC 4226 section 7.4)."""
    codes = [alice.next_code("A") for _ in range(22)]
    assert verified(alice, codes[10]) is Outcome.WRONG_CODE
    assert verified(alice, codes[9]) is Outcome.ACCEPTED
    assert verified(alice, codes[20]) is Outcome.WRONG_CODE
    assert verified(alice, codes[19]) is Outcome.ACCEPTED


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("digits", [6, 8])
def test_each_device_has_its_own_length_and_hash(product: Product, algorithm: Algorithm, digits: int) -> None:
    """And a code of another length is wrong."""
    product.add_user("alice")
    seed = product.add_device("alice", "A", algorithm=algorithm, digits=digits)
    code = code_at(seed, 0, digits=digits, algorithm=algorithm)
    assert verified(product, code[1:]) is Outcome.WRONG_CODE
    assert verified(product, code + "0") is Outcome.WRONG_CODE
    assert verified(product, code) is Outcome.ACCEPTED


@pytest.mark.parametrize("spelling", [" {}", "{} ", "+{}", "{}\n", "\uff10{:.5}", "", "\ud800", "\0"])
def test_another_spelling_is_a_wrong_code(alice: Product, spelling: str) -> None:
    """Whatever a request can hold is decided, and counted."""
    assert verified(alice, spelling.format(alice.next_code("A"))) is Outcome.WRONG_CODE


@pytest.mark.parametrize(
    ("offset", "outcome"),
    [(-2, "wrong_code"), (-1, "accepted"), (0, "accepted"), (1, "accepted"), (2, "wrong_code")],
)
def test_totp_is_accepted_one_step_around_now(product: Product, clock: FakeClock, offset: int, outcome: str) -> None:
    """The default window."""
    product.add_user("alice")
    product.add_device("alice", "T", DeviceKind.TOTP)
    assert verified(product, totp_code(product, clock, "T", offset)) == outcome


def test_every_step_up_to_the_spent_one_is_dead(product: Product, clock: FakeClock) -> None:
    """Not only the last code: a monotone step (RFC 6238 section 5.2)."""
    product.add_user("alice")
    product.add_device("alice", "T", DeviceKind.TOTP, window=2)
    earlier, spent = totp_code(product, clock, "T", -1), totp_code(product, clock, "T", 0)
    assert verified(product, spent) is Outcome.ACCEPTED
    assert verified(product, earlier) is Outcome.REPLAYED
    clock.advance(30)
    assert verified(product, spent) is Outcome.REPLAYED
    assert verified(product, totp_code(product, clock, "T")) is Outcome.ACCEPTED


def test_a_step_may_be_a_minute_long(product: Product, clock: FakeClock) -> None:
    """Hardware tokens with 60 s exist."""
    product.add_user("alice")
    product.add_device("alice", "T", DeviceKind.TOTP, period=60)
    assert verified(product, totp_code(product, clock, "T", period=30)) is Outcome.WRONG_CODE
    assert verified(product, totp_code(product, clock, "T", period=60)) is Outcome.ACCEPTED


@pytest.mark.parametrize("direction", [1, -1])
def test_a_drifting_clock_is_followed_one_step_a_time_up_to_a_limit(
    product: Product, clock: FakeClock, direction: int
) -> None:
    """Beyond ten steps an operator must resynchronise (RFC 6238 section 6)."""
    product.add_user("alice")
    product.add_device("alice", "T", DeviceKind.TOTP)
    for offset in range(1, MOST_DRIFT + 2):
        assert verified(product, totp_code(product, clock, "T", direction * offset)) is Outcome.ACCEPTED
        clock.advance(600)
    assert verified(product, totp_code(product, clock, "T", direction * (MOST_DRIFT + 2))) is Outcome.WRONG_CODE


def test_one_login_moves_the_drift_by_one_step_only(product: Product, clock: FakeClock) -> None:
    """With a window of two steps, the edge of the window is not its new centre."""
    product.add_user("alice")
    product.add_device("alice", "T", DeviceKind.TOTP, window=2)
    assert verified(product, totp_code(product, clock, "T", 2)) is Outcome.ACCEPTED
    clock.advance(600)
    assert verified(product, totp_code(product, clock, "T", 4)) is Outcome.WRONG_CODE
    assert verified(product, totp_code(product, clock, "T", 3)) is Outcome.ACCEPTED


def test_a_resynchronised_clock_stays_synchronised(product: Product, clock: FakeClock) -> None:
    """An operator may bring in a device whose clock is off by more than drifting alone may reach."""
    product.add_user("alice")
    product.add_device("alice", "T", DeviceKind.TOTP)
    fast = [totp_code(product, clock, "T", offset) for offset in (15, 16)]
    product.core.device_register.resynchronise(product.operator(), product.tenant, "T", *fast)
    for _ in range(3):
        clock.advance(600)
        assert verified(product, totp_code(product, clock, "T", 15)) is Outcome.ACCEPTED


def test_any_device_of_the_user_will_do(alice: Product, clock: FakeClock) -> None:
    """Each keeps its own counter: a code spent on one is not spent on the other."""
    alice.add_device("alice", "B", DeviceKind.TOTP)
    codes = [alice.next_code("A"), totp_code(alice, clock, "B")]
    assert [verified(alice, code) for code in codes] == [Outcome.ACCEPTED] * 2
    assert [verified(alice, code) for code in codes] == [Outcome.REPLAYED] * 2
    assert [event["device"] for event in alice.audit(event="otp:verify")] == ["A", "B", "A", "B"]


def test_a_code_of_somebody_elses_device_is_wrong(alice: Product) -> None:
    """And is not spent by the attempt."""
    alice.add_user("bob")
    alice.add_device("bob", "B")
    code = alice.next_code("B")
    assert verified(alice, code, "alice") is Outcome.WRONG_CODE
    assert verified(alice, code, "bob") is Outcome.ACCEPTED


def test_a_disabled_device_is_refused_without_a_count(alice: Product) -> None:
    """Its code is right, so it is no guess; enabled again it goes on."""
    register = alice.core.device_register
    register.set_enabled(alice.operator(), alice.tenant, "a", enabled=False)
    code = alice.next_code("A")
    assert [verified(alice, code) for _ in range(11)] == [Outcome.DEVICE_DISABLED] * 11
    register.set_enabled(alice.operator(), alice.tenant, "A", enabled=True)
    assert verified(alice, code) is Outcome.ACCEPTED


def test_a_disabled_user_is_refused(alice: Product) -> None:
    """Whatever the device says; a wrong code is still a wrong code."""
    alice.core.user_register.set_enabled(alice.operator("alice"), alice.tenant, enabled=False)
    code = alice.next_code("A")
    assert verified(alice, code) is Outcome.DISABLED
    assert verified(alice, alice.wrong_code("A")) is Outcome.WRONG_CODE
    alice.core.user_register.set_enabled(alice.operator("alice"), alice.tenant, enabled=True)
    assert verified(alice, code) is Outcome.ACCEPTED


def test_who_has_no_device_or_is_unknown_is_refused_for_that_reason(product: Product) -> None:
    """The audit trail tells them apart; the answer does not."""
    product.add_user("alice")
    product.add_device("alice", "P", DeviceKind.AUTHENTICATOR)
    assert verified(product, "123456") is Outcome.NOT_ENROLLED
    assert verified(product, "123456", "nobody") is Outcome.UNKNOWN_USER
    assert [event["user_id"] is None for event in product.audit(event="otp:verify")] == [False, True]


def test_of_simultaneous_attempts_with_one_code_exactly_one_is_accepted(alice: Product) -> None:
    """Somebody else spends the code between our look and our step."""
    code, outcomes = alice.next_code("A"), []
    database = InterruptedDatabase(alice.installation.database, lambda: outcomes.append(verified(alice, code)))
    late = replace(alice.core.otp, database=database).verify(alice.call("alice"), code)
    assert (outcomes, late.outcome) == ([Outcome.ACCEPTED], Outcome.REPLAYED)
    assert [event["reason"] for event in alice.audit(event="otp:verify")] == ["accepted", "replayed"]


def test_a_right_guess_behind_the_locking_failure_is_refused(alice: Product) -> None:
    """With many guesses at once, none is good that is committed after the tenth failure."""
    code = alice.next_code("A")

    def guess_ten_times() -> None:
        for _ in range(10):
            verified(alice, alice.wrong_code("A"))

    database = InterruptedDatabase(alice.installation.database, guess_ten_times)
    late = replace(alice.core.otp, database=database).verify(alice.call("alice"), code)
    assert late.outcome is Outcome.LOCKED


def test_a_right_guess_before_the_locking_failure_is_accepted(alice: Product) -> None:
    """Nine strangers' failures meanwhile do not lock the user out."""
    code = alice.next_code("A")

    def guess_nine_times() -> None:
        for _ in range(9):
            verified(alice, alice.wrong_code("A"))

    database = InterruptedDatabase(alice.installation.database, guess_nine_times)
    late = replace(alice.core.otp, database=database).verify(alice.call("alice"), code)
    assert late.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("what", "outcome"), [("user", Outcome.DISABLED), ("device", Outcome.DEVICE_DISABLED)])
def test_who_is_disabled_meanwhile_is_refused(alice: Product, what: str, outcome: Outcome) -> None:
    """The step that spends looks again."""

    def disable() -> None:
        if what == "user":
            alice.core.user_register.set_enabled(alice.operator("alice"), alice.tenant, enabled=False)
        else:
            alice.core.device_register.set_enabled(alice.operator(), alice.tenant, "A", enabled=False)

    database = InterruptedDatabase(alice.installation.database, disable)
    late = replace(alice.core.otp, database=database).verify(alice.call("alice"), alice.next_code("A"))
    assert late.outcome is outcome


def test_an_attempt_that_is_always_overtaken_ends_unavailable(alice: Product, clock: FakeClock) -> None:
    """Not accepted, not counted, not for ever."""

    def fail_once_more() -> None:
        verified(alice, alice.wrong_code("A"))
        clock.advance(3600)

    for _ in range(10):
        verified(alice, alice.wrong_code("A"))
    clock.advance(30)
    code = alice.next_code("A")
    database = InterruptedDatabase(alice.installation.database, fail_once_more, times=TRIES)
    with pytest.raises(UnavailableError):
        replace(alice.core.otp, database=database).verify(alice.call("alice"), code)
    assert database.times == 0
    assert verified(alice, code) is Outcome.ACCEPTED


def test_what_cannot_be_audited_is_not_accepted(alice: Product) -> None:
    """And spends nothing: change and event are one transaction."""
    code, database = alice.next_code("A"), alice.installation.database
    with pytest.raises(UnavailableError):
        replace(alice.core.otp, database=UnauditableDatabase(database)).verify(alice.call("alice"), code)
    assert verified(alice, code) is Outcome.ACCEPTED


def test_a_seed_moved_to_another_row_opens_nothing(alice: Product) -> None:
    """Who can write to the database cannot give one user another's token."""
    alice.add_user("mallory")
    alice.add_device("mallory", "M")
    with alice.installation.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE devices SET sealed_seed = (SELECT sealed_seed FROM devices WHERE serial = 'M') WHERE serial = 'A'"
        )
    with pytest.raises(UnavailableError, match="does not open"):
        verified(alice, alice.next_code("M"))


def test_only_the_named_device_may_have_made_the_code(alice: Product) -> None:
    """In any case; a serial that the user has not is as no device, and not counted."""
    alice.add_device("alice", "B")
    verify, call, code = alice.core.otp.verify, alice.call("alice"), alice.next_code("A")
    assert verify(call, code, serial="C").outcome is Outcome.NOT_ENROLLED
    assert alice.core.user_register.get(call, alice.tenant).failures.otp == 0
    assert verify(call, code, serial="B").outcome is Outcome.WRONG_CODE
    assert verify(call, code, serial="a").outcome is Outcome.ACCEPTED


def test_a_number_is_a_code_that_lost_its_zeros(product: Product) -> None:
    """Text is not: who typed five digits typed another code."""
    product.add_user("alice")
    seed = next(bytes([n]) * 20 for n in range(256) if code_at(bytes([n]) * 20, 0).startswith("0"))
    product.add_device("alice", "A", seed=seed)
    verify, call, number = product.core.otp.verify, product.call("alice"), int(code_at(seed, 0))
    assert verify(call, str(number)).outcome is Outcome.WRONG_CODE
    assert verify(call, number).outcome is Outcome.ACCEPTED
