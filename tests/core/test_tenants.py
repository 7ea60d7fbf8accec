"""Tenants and their policies."""

from operator import attrgetter

import pytest

from tests.product import Product
from validate_service.core.errors import ConflictError, MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.settings import TenantSettings


def test_a_new_tenant_has_default_settings_and_a_unique_id(product: Product) -> None:
    """The id never changes: keys are derived from it."""
    some, other = (product.core.tenant_register.add(product.operator(), name) for name in ("some", "other"))
    assert some.settings == other.settings == TenantSettings()
    assert some.uid != other.uid
    assert len(some.uid) == 36
    assert product.last_event()["event"] == "tenant:add"
    assert product.core.tenant_register.get("some") == some


def test_a_policy_is_switched_on_and_off(product: Product) -> None:
    """By its name; one that is a number is not."""
    register, call = product.core.tenant_register, product.operator()
    for on in (True, False):
        register.switch(call, product.tenant, "devices_need_activation", on=on)
        assert register.get("default").settings.devices_need_activation is on
    assert product.last_event()["event"] == "tenant:set"
    for policy in ("questions_required", "lockout", "organisation", "", "x"):
        with pytest.raises(PolicyError, match="on or off"):
            register.switch(call, product.tenant, policy, on=True)
    with pytest.raises(PolicyError, match="no policy"):
        register.set_policy(call, product.tenant, "devices_need_activation", 1)


def test_a_tenants_name_is_its_own(product: Product) -> None:
    """And there must be one."""
    with pytest.raises(ConflictError):
        product.core.tenant_register.add(product.operator(), "default")
    for name in ("", "x" * 257, "\0"):
        with pytest.raises(MalformedRequestError):
            product.core.tenant_register.add(product.operator(), name)
    with pytest.raises(NotFoundError):
        product.core.tenant_register.get("nobody")


@pytest.mark.parametrize(
    "policy", ["questions_required", "push_timeout_s", "lockout.threshold", "lockout.disable_at", "pin.block_at"]
)
def test_a_policy_is_set_by_its_name(product: Product, policy: str) -> None:
    """The others stay; so do those that were set before."""
    register, call = product.core.tenant_register, product.operator()
    register.set_policy(call, product.tenant, "lockout.first_delay_s", 77)
    register.set_policy(call, product.tenant, policy, 7)
    settings = register.get("default").settings
    assert attrgetter(policy)(settings) == 7
    assert settings.lockout.first_delay_s == 77
    assert product.last_event()["event"] == "tenant:set"


@pytest.mark.parametrize(
    "policy",
    [
        *("", ".", "unknown", "lockout.unknown", "unknown.threshold", "lockout", "pin", "api_networks", "lockout."),
        *("questions_required.x", "questions_required.x.y", "api_networks.x", "lockout.threshold.x", "__class__"),
    ],
)
def test_an_unknown_policy_is_refused_and_nothing_changes(product: Product, policy: str) -> None:
    """Also one below or above a known one."""
    register, call = product.core.tenant_register, product.operator()
    register.set_policy(call, product.tenant, "questions_required", 2)
    register.set_policy(call, product.tenant, "lockout.threshold", 5)
    register.allow_networks(call, product.tenant, ["192.0.2.0/24"])
    before = register.get("default").settings
    with pytest.raises(PolicyError, match="no policy"):
        register.set_policy(call, product.tenant, policy, 3)
    assert register.get("default").settings == before


@pytest.mark.parametrize("value", [0, -1])
def test_a_policys_number_is_one_or_more(product: Product, value: int) -> None:
    """Nothing is switched off by a number."""
    with pytest.raises(PolicyError, match="must be from 1 to"):
        product.core.tenant_register.set_policy(product.operator(), product.tenant, "pin.block_at", value)


def test_an_allow_list_is_replaced_as_a_whole(product: Product) -> None:
    """An empty one allows every address; a bad one changes nothing."""
    register, call = product.core.tenant_register, product.operator()
    register.allow_networks(call, product.tenant, ["192.0.2.0/24", "2001:db8::1"])
    with pytest.raises(MalformedRequestError):
        register.allow_networks(call, product.tenant, ["192.0.2.0/24", "nonsense"])
    settings = register.get("default").settings
    assert [settings.allows(address) for address in ("192.0.2.9", "2001:db8::1", "2001:db8::2")] == [True, True, False]
    register.allow_networks(call, product.tenant, [])
    assert register.get("default").settings.allows("203.0.113.1")
