"""Keys: what they are good for, when they were last used, and who may register one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.core.test_callers import refused
from tests.product import Product
from tests.pushes import verify_push
from tests.world import FakeClock
from validate_service.core.api_keys import REGISTERED_SCOPES
from validate_service.core.calls import Call
from validate_service.core.errors import (
    AddressNotAllowedError,
    CallerNotAuthorizedError,
    ConflictError,
    MalformedRequestError,
    NotFoundError,
    PolicyError,
    ScopeMissingError,
)
from validate_service.core.model import ApiKey, Scope
from validate_service.core.prompts import sign_in_prompt
from validate_service.core.settings import parse_network

USES: dict[str, tuple[Scope, Callable[[Product, Call], object]]] = {
    "otp": (Scope.VALIDATE, lambda product, call: product.core.otp.verify(call, "123456")),
    "push": (Scope.VALIDATE, lambda product, call: verify_push(product, call, sign_in_prompt("", ""))),
    "card": (Scope.VALIDATE, lambda product, call: product.core.cards.verify(call, "04A2", "2580")),
    "questions": (Scope.VALIDATE, lambda product, call: product.core.questions.listing(call)),
    "answers": (Scope.VALIDATE, lambda product, call: product.core.questions.verify(call, ["Pet?"], ["x"])),
    "auth code": (Scope.VALIDATE, lambda product, call: product.core.auth_codes.verify(call, "123456")),
    "auth token": (Scope.VALIDATE, lambda product, call: product.core.auth_tokens.verify(call, "x")),
    "encrypt": (Scope.ENCRYPT, lambda product, call: product.core.values.encrypt(call, "n", "v")),
    "decrypt": (Scope.DECRYPT, lambda product, call: product.core.values.decrypt(call, "n", "00")),
    "administer": (Scope.ADMINISTER, lambda product, call: product.core.gate.admit_administrator(call)),
}


def issued(product: Product, *scopes: Scope) -> str:
    _, api_key = product.core.api_key_register.issue(
        product.operator(), product.tenant.id, "limited", frozenset(scopes)
    )
    return api_key


def listed(product: Product, name: str) -> ApiKey:
    (key,) = [key for key in product.core.api_key_register.listing(product.tenant.id) if key.name == name]
    return key


@pytest.mark.parametrize(("scope", "use"), USES.values(), ids=USES)
def test_a_key_is_good_for_its_scopes_only(
    product: Product, scope: Scope, use: Callable[[Product, Call], object]
) -> None:
    """The refusal is audited with the key's name."""
    call = product.call("alice", api_key=issued(product, *(set(Scope) - {scope})))
    assert isinstance(refused(product, call, use), ScopeMissingError)
    event = product.last_event()
    assert (event["event"], event["reason"], event["caller"]) == ("call:refuse", "scope_missing", "limited")


def test_a_change_of_scopes_counts_from_the_next_call_on(product: Product) -> None:
    """For a key that is good; there is always a scope."""
    register, api_key = product.core.api_key_register, issued(product, Scope.VALIDATE)
    uid, tenant_id = listed(product, "limited").id, product.tenant.id
    with pytest.raises(ScopeMissingError):
        product.core.values.encrypt(product.call(api_key=api_key), "n", "v")
    register.set_scopes(product.operator(), tenant_id, uid, frozenset({Scope.ENCRYPT}))
    assert product.last_event()["event"] == "api_key:scopes"
    assert product.core.values.encrypt(product.call(api_key=api_key), "n", "v")
    with pytest.raises(PolicyError, match="at least one scope"):
        register.set_scopes(product.operator(), tenant_id, uid, frozenset())
    register.revoke(product.operator(), tenant_id, uid)
    with pytest.raises(NotFoundError):
        register.set_scopes(product.operator(), tenant_id, uid, frozenset(Scope))


def test_the_last_use_is_known_to_the_minute(product: Product, clock: FakeClock) -> None:
    """A refused use is none."""
    api_key = issued(product, Scope.VALIDATE)
    assert listed(product, "limited").last_used_at is None
    with pytest.raises(ScopeMissingError):
        product.core.values.encrypt(product.call(api_key=api_key), "n", "v")
    assert listed(product, "limited").last_used_at is None
    first = clock.now()
    for seconds, seen in ((0, first), (59, first), (1, first + 60_000_000)):
        clock.advance(seconds)
        product.core.questions.listing(product.call("alice", api_key=api_key))
        assert listed(product, "limited").last_used_at == seen


def test_a_registered_key_is_good_at_once(product: Product) -> None:
    """For everything but decryption, which must be named."""
    register = product.core.api_key_register
    uid = register.register(product.operator(), product.tenant, name="portal.example.org", api_key="12345678")
    key = listed(product, "portal.example.org")
    assert (key.id, key.scopes) == (uid, REGISTERED_SCOPES)
    assert product.core.gate.admit_administrator(product.call(api_key="12345678")) == product.tenant
    with pytest.raises(ScopeMissingError):
        product.core.values.decrypt(product.call(api_key="12345678"), "n", "00")
    named = frozenset({Scope.DECRYPT})
    register.register(product.operator(), product.tenant, name="b", api_key="87654321", scopes=named)
    assert listed(product, "b").scopes == named


@pytest.mark.parametrize(("name", "api_key"), [("a", "1234567"), ("a", ""), ("", "12345678"), (" ", "12345678")])
def test_a_key_that_is_too_short_or_nobodys_is_not_registered(product: Product, name: str, api_key: str) -> None:
    """The policy is the tenant's."""
    register = product.core.api_key_register
    with pytest.raises(PolicyError):
        register.register(product.operator(), product.tenant, name=name, api_key=api_key)
    assert len(register.listing(product.tenant.id)) == 2


def test_a_key_has_one_owner(product: Product) -> None:
    """Whoever else brings it is refused, in another tenant too."""
    register, other = product.core.api_key_register, product.of_tenant("other")
    register.register(product.operator(), product.tenant, name="a", api_key="12345678")
    for tenant, name in ((product.tenant, "a"), (product.tenant, "b"), (other.tenant, "a")):
        with pytest.raises(ConflictError):
            register.register(product.operator(), tenant, name=name, api_key="12345678")
    for bad in ("x" * 257, "12345678\0"):
        with pytest.raises(MalformedRequestError):
            register.register(product.operator(), product.tenant, name="c", api_key=bad)


def from_address(product: Product, address: str, *, relayed: bool = False, api_key: str = "") -> Call:
    call = product.call(api_key=api_key, address=address)
    return Call(replace(call.origin, relayed=relayed), call.api_key)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.2"])
def test_an_administration_network_needs_no_key(product: Product, address: str) -> None:
    """It administers the first tenant."""
    call = from_address(product, address)
    assert product.core.gate.admit_administrator(call) == product.tenant
    assert (call.tenant_id, call.caller) == (product.tenant.id, "administration network")


@pytest.mark.parametrize(("address", "relayed"), [("192.0.2.1", False), ("127.0.0.1", True), ("", False), ("x", False)])
def test_from_elsewhere_a_key_is_needed(product: Product, address: str, relayed: bool) -> None:
    """Also where a proxy that is not trusted passed the call on: its own address says nothing."""
    with pytest.raises(AddressNotAllowedError):
        product.core.gate.admit_administrator(from_address(product, address, relayed=relayed))
    call = from_address(product, address, relayed=relayed, api_key=product.api_key)
    assert product.core.gate.admit_administrator(call) == product.tenant


def test_a_wrong_key_is_not_made_good_by_its_network(product: Product) -> None:
    """Who shows a key must show a good one; and its tenant's allow list is obeyed."""
    with pytest.raises(CallerNotAuthorizedError):
        product.core.gate.admit_administrator(from_address(product, "127.0.0.1", api_key="wrong"))
    product.core.tenant_register.allow_networks(product.operator(), product.tenant, ["192.0.2.0/24"])
    with pytest.raises(AddressNotAllowedError):
        product.core.gate.admit_administrator(from_address(product, "127.0.0.1", api_key=product.api_key))


def test_the_administration_networks_are_the_operators(product: Product) -> None:
    """None at all is a choice too."""
    gate = replace(product.core.gate, administration_networks=(parse_network("192.0.2.0/24"),))
    assert gate.admit_administrator(from_address(product, "192.0.2.77")) == product.tenant
    with pytest.raises(AddressNotAllowedError):
        gate.admit_administrator(from_address(product, "127.0.0.1"))
