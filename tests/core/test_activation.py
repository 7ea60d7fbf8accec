"""Activation: where a tenant asks for it, a new token verifies nobody before two of its codes were shown."""

import pytest

from tests.product import Product
from validate_service.core.errors import DeviceNotFoundError
from validate_service.core.model import DeviceKind
from validate_service.core.outcomes import Outcome
from validate_service.primitives.hotp import code_at


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose tenant asks for activation, and whose user alice has a new token."""
    product.core.tenant_register.switch(product.operator(), product.tenant, "devices_need_activation", on=True)
    product.tenant = product.core.tenant_register.get(product.tenant.name)
    product.add_user("alice")
    product.add_device("alice", "A")
    return product


def activated(product: Product, first: str, second: str) -> Outcome:
    register = product.core.device_register
    return register.activate(product.operator("alice"), product.tenant, "a", first, second).outcome


def verified(product: Product, otp: str) -> Outcome:
    return product.core.otp.verify(product.call("alice"), otp).outcome


def test_a_new_token_is_not_accepted_before_it_is_activated(alice: Product) -> None:
    """Its code is right, so it is no guess, and stays good."""
    code = code_at(alice.seeds["A"], 0)
    assert [verified(alice, code) for _ in range(11)] == [Outcome.NOT_ACTIVATED] * 11
    assert alice.last_event()["reason"] == "not_activated"
    assert activated(alice, alice.next_code("A"), alice.next_code("A")) is Outcome.ACCEPTED
    assert alice.last_event()["event"] == "device:activate"
    assert verified(alice, code_at(alice.seeds["A"], 1)) is Outcome.REPLAYED
    assert verified(alice, alice.next_code("A")) is Outcome.ACCEPTED


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 2), (1, 0), (100, 101)])
def test_other_codes_do_not_activate(alice: Product, first: int, second: int) -> None:
    """And count as a failure."""
    seed = alice.seeds["A"]
    assert activated(alice, code_at(seed, first), code_at(seed, second)) is Outcome.WRONG_CODE
    assert alice.core.user_register.get(alice.operator("alice"), alice.tenant).failures.otp == 1
    assert verified(alice, code_at(seed, 0)) is Outcome.NOT_ACTIVATED


def test_a_resynchronisation_does_not_activate(alice: Product) -> None:
    """It says where the token is, not that its user may use it."""
    register = alice.core.device_register
    pair = alice.next_code("A"), alice.next_code("A")
    assert register.resynchronise(alice.operator(), alice.tenant, "A", *pair).accepted
    assert verified(alice, alice.next_code("A")) is Outcome.NOT_ACTIVATED


def test_an_active_token_is_only_moved(product: Product) -> None:
    """Where no tenant asks for it: both codes are spent."""
    product.add_user("alice")
    seed = product.add_device("alice", "A")
    assert activated(product, code_at(seed, 50), code_at(seed, 51)) is Outcome.ACCEPTED
    assert verified(product, code_at(seed, 51)) is Outcome.REPLAYED
    assert verified(product, code_at(seed, 52)) is Outcome.ACCEPTED


def test_a_token_that_changes_hands_is_activated_anew(alice: Product) -> None:
    """Its new user has not shown a code."""
    assert activated(alice, alice.next_code("A"), alice.next_code("A")) is Outcome.ACCEPTED
    alice.add_user("bob")
    alice.core.device_register.assign(alice.operator("bob"), alice.tenant, "A", force=True)
    assert alice.core.otp.verify(alice.call("bob"), alice.next_code("A")).outcome is Outcome.NOT_ACTIVATED


def test_a_disabled_token_is_told_as_disabled(alice: Product) -> None:
    """Whether it was activated or not; to activate it does not enable it."""
    alice.core.device_register.set_enabled(alice.operator(), alice.tenant, "A", enabled=False)
    assert verified(alice, code_at(alice.seeds["A"], 0)) is Outcome.DEVICE_DISABLED
    assert activated(alice, alice.next_code("A"), alice.next_code("A")) is Outcome.ACCEPTED
    assert verified(alice, alice.next_code("A")) is Outcome.DEVICE_DISABLED


def test_only_tokens_need_it(alice: Product) -> None:
    """An authenticator was enrolled by who has it."""
    alice.add_device("alice", "P", DeviceKind.AUTHENTICATOR)
    device = alice.core.device_register.find(alice.operator(), alice.tenant, "P")
    assert device.activated
    with pytest.raises(DeviceNotFoundError):
        alice.core.device_register.activate(alice.operator(), alice.tenant, "P", "1", "2")
