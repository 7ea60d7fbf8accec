"""Devices: enrolment, resynchronisation, and the operator's list of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.interference import InterruptedDatabase
from tests.product import Product
from tests.world import FakeClock
from validate_service.core.calls import Call
from validate_service.core.devices import SEED_BYTES, DeviceRegister, parse_seed
from validate_service.core.errors import ConflictError, DeviceNotFoundError, MalformedRequestError, NotFoundError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import DeviceKind, Tenant
from validate_service.core.names import UserName
from validate_service.core.outcomes import Outcome
from validate_service.primitives.hotp import ALGORITHMS, Algorithm, code_at

SEED = b"12345678901234567890"


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has no device yet."""
    product.add_user("alice")
    return product


def resynchronised(product: Product, serial: str, first: str, second: str) -> Outcome:
    """Return what becomes of a resynchronisation."""
    return product.core.device_register.resynchronise(product.operator(), product.tenant, serial, first, second).outcome


def verified(product: Product, otp: str) -> Outcome:
    """Return what becomes of one attempt."""
    return product.core.otp.verify(product.call("alice"), otp).outcome


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_generated_seed_is_as_long_as_its_hash_and_new(alice: Product, algorithm: Algorithm) -> None:
    """RFC 4226 section 4 R6, RFC 6238 section 3 R7."""
    seeds = {alice.add_device("alice", serial, algorithm=algorithm) for serial in "AB"}
    assert [len(seed) for seed in seeds] == [SEED_BYTES[algorithm]] * 2
    assert [SEED_BYTES["sha1"], SEED_BYTES["sha256"], SEED_BYTES["sha512"]] == [20, 32, 64]


def test_a_given_seed_and_counter_are_used(alice: Product) -> None:
    """A token that was used elsewhere goes on where it is."""
    assert alice.add_device("alice", "A", seed=SEED, counter=5) == SEED
    assert verified(alice, code_at(SEED, 4)) is Outcome.REPLAYED
    assert verified(alice, code_at(SEED, 5)) is Outcome.ACCEPTED


def test_an_authenticator_has_no_seed(alice: Product) -> None:
    """It proves itself by other means."""
    assert alice.add_device("alice", "P", DeviceKind.AUTHENTICATOR) == b""
    with pytest.raises(NotFoundError):
        resynchronised(alice, "P", "123456", "123457")


@pytest.mark.parametrize(
    ("kind", "fields", "rule"),
    [
        ("hotp", {"digits": 5}, "digits"),
        ("hotp", {"digits": 9}, "digits"),
        ("hotp", {"algorithm": "md5"}, "algorithm"),
        ("totp", {"period": 29}, "period"),
        ("hotp", {"window": 0}, "window must be from 1 to 10"),
        ("hotp", {"window": 11}, "window must be from 1 to 10"),
        ("totp", {"window": -1}, "window must be from 0 to 2"),
        ("totp", {"window": 3}, "window must be from 0 to 2"),
        ("authenticator", {"window": 1}, "window must be from 0 to 0"),
        ("hotp", {"counter": -1}, "counter"),
        ("hotp", {"counter": 2**31}, "counter"),
        ("hotp", {"seed": b""}, "seed"),
        ("hotp", {"seed": bytes(15)}, "seed"),
        ("hotp", {"seed": bytes(129)}, "seed"),
    ],
)
def test_a_field_out_of_range_is_refused(alice: Product, kind: str, fields: dict[str, Any], rule: str) -> None:
    """By the rule that it breaks; nothing is enrolled."""
    with pytest.raises(MalformedRequestError, match=rule):
        alice.add_device("alice", "A", DeviceKind(kind), **fields)
    assert alice.core.device_register.listing(alice.tenant) == []


@pytest.mark.parametrize("serial", ["", "x" * 65, "\0"])
def test_a_bad_serial_is_refused(alice: Product, serial: str) -> None:
    """Missing, too long, or what no database holds."""
    with pytest.raises(MalformedRequestError, match="serial"):
        alice.add_device("alice", serial)


@pytest.mark.parametrize("window", [0, 2])
def test_the_widest_and_the_narrowest_window_are_taken(alice: Product, clock: FakeClock, window: int) -> None:
    """TOTP: down to no tolerance at all."""
    seed = alice.add_device("alice", "T", DeviceKind.TOTP, window=window)
    step = clock.now() // MICROSECONDS // 30
    assert verified(alice, code_at(seed, step - window - 1)) is Outcome.WRONG_CODE
    assert verified(alice, code_at(seed, step - window)) is Outcome.ACCEPTED


def test_a_serial_names_one_device_of_a_tenant(alice: Product) -> None:
    """Without case; another tenant may use it too."""
    alice.add_device("alice", "A-1")
    with pytest.raises(ConflictError):
        alice.add_device("alice", "a-1")
    other = alice.of_tenant("other")
    other.add_user("bob")
    other.add_device("bob", "A-1")
    assert [str(device.user) for device in other.core.device_register.listing(other.tenant)] == ["bob"]


def test_devices_are_listed_for_a_tenant_or_a_user(alice: Product) -> None:
    """By serial; never with a seed."""
    alice.add_user("bob")
    for user, serial in (("bob", "B"), ("alice", "A"), ("alice", "C")):
        alice.add_device(user, serial)
    register = alice.core.device_register
    assert [device.serial for device in register.listing(alice.tenant)] == ["A", "B", "C"]
    assert [device.serial for device in register.listing(alice.tenant, UserName("", "ALICE"))] == ["A", "C"]
    assert not any(hasattr(device, "sealed_seed") for device in register.listing(alice.tenant))


def test_a_run_away_hotp_device_is_found_by_two_consecutive_codes(alice: Product) -> None:
    """Within the next hundred counters; both are spent (RFC 4226 section 7.4)."""
    seed = alice.add_device("alice", "A")
    assert resynchronised(alice, "a", code_at(seed, 99), code_at(seed, 100)) is Outcome.ACCEPTED
    assert verified(alice, code_at(seed, 100)) is Outcome.REPLAYED
    assert verified(alice, code_at(seed, 101)) is Outcome.ACCEPTED


@pytest.mark.parametrize(("first", "second"), [(100, 101), (7, 9), (8, 7), (7, 7)])
def test_codes_too_far_or_not_consecutive_do_not_resynchronise(alice: Product, first: int, second: int) -> None:
    """And count as one failure."""
    seed = alice.add_device("alice", "A")
    assert resynchronised(alice, "A", code_at(seed, first), code_at(seed, second)) is Outcome.WRONG_CODE
    assert alice.core.user_register.get(alice.operator("alice"), alice.tenant).failures.otp == 1
    assert alice.last_event()["reason"] == "wrong_code"


def test_spent_codes_do_not_resynchronise(alice: Product) -> None:
    """Not twice with the same pair."""
    seed = alice.add_device("alice", "A")
    pair = code_at(seed, 5), code_at(seed, 6)
    assert resynchronised(alice, "A", *pair) is Outcome.ACCEPTED
    assert resynchronised(alice, "A", *pair) is Outcome.WRONG_CODE


@pytest.mark.parametrize("offset", [-20, 0, 19])
def test_a_totp_device_whose_clock_is_off_is_found(alice: Product, clock: FakeClock, offset: int) -> None:
    """Within twenty steps on each side; then it is known by how much it is off."""
    seed, step = alice.add_device("alice", "T", DeviceKind.TOTP), clock.now() // MICROSECONDS // 30
    pair = code_at(seed, step + offset), code_at(seed, step + offset + 1)
    assert resynchronised(alice, "T", *pair) is Outcome.ACCEPTED
    clock.advance(300)
    assert verified(alice, code_at(seed, step + 10 + offset)) is Outcome.ACCEPTED


@pytest.mark.parametrize("offset", [-21, 21])
def test_a_totp_device_too_far_off_is_not_found(alice: Product, clock: FakeClock, offset: int) -> None:
    """Somebody should look at it."""
    seed, step = alice.add_device("alice", "T", DeviceKind.TOTP), clock.now() // MICROSECONDS // 30
    pair = code_at(seed, step + offset), code_at(seed, step + offset + 1)
    assert resynchronised(alice, "T", *pair) is Outcome.WRONG_CODE


def test_a_resynchronisation_that_is_overtaken_is_a_replay(alice: Product) -> None:
    """Somebody else spends the codes between our look and our step."""
    seed, register = alice.add_device("alice", "A"), alice.core.device_register
    pair = code_at(seed, 5), code_at(seed, 6)
    database = InterruptedDatabase(register.database, lambda: resynchronised(alice, "A", *pair))
    late = replace(register, database=database).resynchronise(alice.operator(), alice.tenant, "A", *pair)
    assert late.outcome is Outcome.REPLAYED


def test_what_does_not_exist_is_not_found(product: Product) -> None:
    """Devices, and users to give them to."""
    register, call, tenant = product.core.device_register, product.operator(), product.tenant
    for act in (
        lambda: register.set_enabled(call, tenant, "X", enabled=True),
        lambda: register.delete(call, tenant, "X"),
        lambda: register.resynchronise(call, tenant, "X", "123456", "123457"),
        lambda: product.add_device("nobody", "A"),
    ):
        with pytest.raises(NotFoundError):
            act()


def test_every_act_on_devices_is_audited(alice: Product) -> None:
    """With the serial."""
    register, call, tenant = alice.core.device_register, alice.operator(), alice.tenant
    alice.add_device("alice", "A")
    register.set_enabled(call, tenant, "A", enabled=False)
    register.set_enabled(call, tenant, "A", enabled=True)
    resynchronised(alice, "A", "wrong", "codes")
    register.delete(call, tenant, "A")
    events = [event["event"] for event in alice.audit(device="A")]
    assert events == ["device:add", "device:disable", "device:enable", "device:resync", "device:delete"]


@pytest.mark.parametrize(
    "text",
    [
        SEED.hex(),
        SEED.hex().upper(),
        "31323334 35363738 39303132 33343536 37383930",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    ],
)
def test_a_seed_is_read_as_hex_or_base32(text: str) -> None:
    """In any case, with or without spaces and padding."""
    assert parse_seed(text) == parse_seed(f" {text.lower()} ") == SEED
    assert parse_seed("ge======") == b"1"


@pytest.mark.parametrize("text", ["GEZDGNBV1", "0x31323334", "GEZ-DGN", "é", "\uff27\uff25", "\ud800", "A"])
def test_what_is_neither_hex_nor_base32_is_refused(text: str) -> None:
    """Also what is not ASCII."""
    with pytest.raises(MalformedRequestError, match="neither"):
        parse_seed(text)


def test_deleting_the_used_token_does_not_lock_the_user(product: Product) -> None:
    """A token that lay in a drawer counted every typo; only the used one forgot them."""
    product.add_user("alice")
    for serial in ("USED", "DRAWER"):
        product.add_device("alice", serial)
    for _ in range(3):
        for _ in range(5):
            product.core.otp.verify(product.call("alice"), product.wrong_code("USED"))
        assert product.core.otp.verify(product.call("alice"), product.next_code("USED")).accepted
    product.core.device_register.delete(product.operator(), product.tenant, "USED")
    assert product.core.otp.verify(product.call("alice"), product.next_code("DRAWER")).accepted


def test_a_device_is_found_in_its_users_name_or_in_nobodys(alice: Product) -> None:
    """In nobody else's, and in no other tenant; who looks is audited."""
    alice.add_user("bob")
    alice.add_device("alice", "A")
    find, tenant = alice.core.device_register.find, alice.tenant
    for user in ("alice", "ALICE", ""):
        assert str(find(alice.operator(user), tenant, "a").user) == "alice"
        assert (alice.last_event()["event"], alice.last_event()["device"]) == ("device:find", "A")
    for user, serial in [("bob", "A"), ("alice", "B"), ("", "B")]:
        with pytest.raises(NotFoundError):
            find(alice.operator(user), tenant, serial)
    with pytest.raises(NotFoundError):
        find(alice.operator(), alice.of_tenant("other").tenant, "A")


def test_a_device_is_not_changed_in_anothers_name(alice: Product) -> None:
    """It stays as it is."""
    alice.add_user("bob")
    alice.add_device("alice", "A")
    register, bob, tenant = alice.core.device_register, alice.operator("bob"), alice.tenant
    for act in (
        lambda: register.set_enabled(bob, tenant, "A", enabled=False),
        lambda: register.delete(bob, tenant, "A"),
        lambda: register.unassign(bob, tenant, "A"),
        lambda: register.activate(bob, tenant, "A", alice.next_code("A"), alice.next_code("A")),
        lambda: register.resynchronise(bob, tenant, "A", alice.next_code("A"), alice.next_code("A")),
    ):
        with pytest.raises(NotFoundError):
            act()
    alice.next_counters["A"] = 0
    assert verified(alice, alice.next_code("A")) is Outcome.ACCEPTED


def test_an_authenticator_has_no_codes_to_resynchronise(alice: Product) -> None:
    """Whoever asks."""
    alice.add_device("alice", "P", DeviceKind.AUTHENTICATOR)
    for user in ("alice", ""):
        with pytest.raises(NotFoundError):
            alice.core.device_register.resynchronise(alice.operator(user), alice.tenant, "P", "1", "2")


def test_a_generated_serial_is_new(alice: Product) -> None:
    """And may be enrolled."""
    serials = {alice.core.device_register.free_serial() for _ in range(20)}
    assert len(serials) == 20
    alice.add_device("alice", serials.pop())


ACTS: dict[str, Callable[[DeviceRegister, Call, Tenant], None]] = {
    "disable": lambda register, call, tenant: register.set_enabled(call, tenant, "A", enabled=False),
    "delete": lambda register, call, tenant: register.delete(call, tenant, "A"),
    "unassign": lambda register, call, tenant: register.unassign(call, tenant, "A"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_device_that_is_deleted_meanwhile_is_not_there(
    alice: Product, act: Callable[[DeviceRegister, Call, Tenant], None]
) -> None:
    """Nothing is done, and nothing recorded as done."""
    alice.add_device("alice", "A")
    register, tenant = alice.core.device_register, alice.tenant
    database = InterruptedDatabase(alice.installation.database, lambda: register.delete(alice.operator(), tenant, "A"))
    with pytest.raises(DeviceNotFoundError):
        act(replace(register, database=database), alice.operator("alice"), tenant)
    assert [event["event"] for event in alice.audit(device="A")] == ["device:add", "device:delete"]
