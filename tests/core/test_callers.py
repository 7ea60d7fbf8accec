"""Callers: their keys, their addresses, and the walls between tenants."""

from collections.abc import Callable

import pytest

from tests.product import Product
from validate_service.core.calls import Call
from validate_service.core.errors import (
    AddressNotAllowedError,
    CallerNotAuthorizedError,
    MalformedRequestError,
    NotFoundError,
    ValidateError,
)
from validate_service.core.model import Scope
from validate_service.core.outcomes import Outcome

CALLS: dict[str, Callable[[Product, Call], object]] = {
    "otp": lambda product, call: product.core.otp.verify(call, "123456"),
    "card": lambda product, call: product.core.cards.verify(call, "04A2", "2580"),
    "questions": lambda product, call: product.core.questions.listing(call),
    "answers": lambda product, call: product.core.questions.verify(call, ["Pet?"], ["x"]),
    "auth code": lambda product, call: product.core.auth_codes.verify(call, "123456"),
    "auth token": lambda product, call: product.core.auth_tokens.verify(call, "x"),
    "encrypt": lambda product, call: product.core.values.encrypt(call, "n", "v"),
    "decrypt": lambda product, call: product.core.values.decrypt(call, "n", "00"),
}
every_call = pytest.mark.parametrize("ask", list(CALLS.values()), ids=list(CALLS))


def refused(product: Product, call: Call, ask: Callable[[Product, Call], object]) -> ValidateError:
    """Return the error that *ask* ends in, recorded as every facade records it."""
    with pytest.raises(ValidateError) as refusal, product.core.refusals.recorded(call):
        ask(product, call)
    return refusal.value


@every_call
@pytest.mark.parametrize("api_key", ["", "unknown", "\ud800\0"])
def test_an_unknown_key_is_refused_and_audited(
    product: Product, ask: Callable[[Product, Call], object], api_key: str
) -> None:
    """Nobody knows for which tenant."""
    assert isinstance(refused(product, product.call("alice", api_key=api_key), ask), CallerNotAuthorizedError)
    event = product.last_event()
    assert (event["event"], event["reason"], event["tenant_id"]) == ("call:refuse", "caller_not_authorized", None)
    assert (event["address"], event["caller"]) == ("192.0.2.1", "")


@every_call
def test_an_address_that_is_not_allowed_is_refused_and_audited(
    product: Product, ask: Callable[[Product, Call], object]
) -> None:
    """With the tenant and the key's name, for these are known."""
    product.core.tenant_register.allow_networks(product.operator(), product.tenant, ["198.51.100.0/24"])
    assert isinstance(refused(product, product.call("alice"), ask), AddressNotAllowedError)
    event = product.last_event()
    assert (event["event"], event["reason"]) == ("call:refuse", "address_not_allowed")
    assert (event["tenant_id"], event["caller"]) == (product.tenant.id, "first key")


@pytest.mark.parametrize("address", ["198.51.100.7", "::ffff:198.51.100.7", "fe80::1%eth0"])
def test_an_allowed_address_may_call(product: Product, address: str) -> None:
    """In every spelling of it."""
    networks = ["198.51.100.0/24", "fe80::/10"]
    product.core.tenant_register.allow_networks(product.operator(), product.tenant, networks)
    assert product.core.otp.verify(product.call("alice", address=address), "123456").outcome is Outcome.UNKNOWN_USER


def test_a_revoked_key_is_refused_from_the_next_call_on(product: Product) -> None:
    """And cannot be revoked twice."""
    register, tenant_id = product.core.api_key_register, product.tenant.id
    uid, api_key = register.issue(product.operator(), tenant_id, "web-1", frozenset(Scope))
    call = product.call("alice", api_key=api_key)
    assert product.core.otp.verify(call, "123456").outcome is Outcome.UNKNOWN_USER
    assert product.last_event()["caller"] == "web-1"
    register.revoke(product.operator(), tenant_id, uid)
    with pytest.raises(CallerNotAuthorizedError):
        product.core.otp.verify(product.call("alice", api_key=api_key), "123456")
    with pytest.raises(NotFoundError):
        register.revoke(product.operator(), tenant_id, uid)
    assert [key.revoked_at is None for key in register.listing(tenant_id) if key.id == uid] == [False]


def test_a_tenant_cannot_revoke_anothers_key(product: Product) -> None:
    """Nor see it."""
    other, register = product.of_tenant("other"), product.core.api_key_register
    (uid,) = [key.id for key in register.listing(other.tenant.id)]
    assert uid not in {key.id for key in register.listing(product.tenant.id)}
    with pytest.raises(NotFoundError):
        register.revoke(product.operator(), product.tenant.id, uid)


def test_an_accounts_key_is_no_api_key(product: Product) -> None:
    """Each credential is good on its own surface only."""
    login_key = product.core.api_key_register.issue_account(product.operator(), product.tenant.id, "account")
    with pytest.raises(CallerNotAuthorizedError):
        product.core.otp.verify(product.call("alice", api_key=login_key), "123456")


@pytest.mark.parametrize("name", ["x" * 257, "\0"])
def test_a_key_with_a_bad_name_is_not_made(product: Product, name: str) -> None:
    """Too long, or what no database holds."""
    before = product.core.api_key_register.listing(product.tenant.id)
    with pytest.raises(MalformedRequestError):
        product.core.api_key_register.issue(product.operator(), product.tenant.id, name, frozenset(Scope))
    assert product.core.api_key_register.listing(product.tenant.id) == before


def test_another_tenants_key_sees_neither_user_nor_device_nor_card(product: Product) -> None:
    """Right credentials of a user are nothing in another tenant, and are not spent there."""
    product.add_user("alice")
    product.add_device("alice", "A")
    product.core.card_register.add(product.operator("alice"), product.tenant, "04A2", "")
    product.core.pin_desk.set_pin(product.operator("alice"), product.tenant, "2580")
    code, other = product.next_code("A"), product.of_tenant("other")
    assert other.core.otp.verify(other.call("alice"), code).outcome is Outcome.UNKNOWN_USER
    other.add_user("alice")
    other.core.pin_desk.set_pin(other.operator("alice"), other.tenant, "2580")
    assert other.core.otp.verify(other.call("alice"), code).outcome is Outcome.NOT_ENROLLED
    assert other.core.cards.verify(other.call("alice"), "04A2", "2580").outcome is Outcome.WRONG_CODE
    assert product.core.otp.verify(product.call("alice"), code).outcome is Outcome.ACCEPTED
    assert product.core.cards.verify(product.call("alice"), "04A2", "2580").outcome is Outcome.ACCEPTED


def test_a_tenants_operator_does_not_see_anothers_things(product: Product) -> None:
    """Users, devices, cards: neither listed nor changed."""
    product.add_user("alice")
    product.add_device("alice", "A")
    product.core.card_register.add(product.operator("alice"), product.tenant, "04A2", "")
    (card,) = product.core.card_register.listing(product.tenant)
    other, core = product.of_tenant("other"), product.core
    call, tenant = other.operator("alice"), other.tenant
    assert [
        core.user_register.listing(tenant),
        core.device_register.listing(tenant),
        core.card_register.listing(tenant),
    ] == [
        [],
        [],
        [],
    ]
    for act in (
        lambda: core.user_register.delete(call, tenant),
        lambda: core.device_register.delete(call, tenant, "A"),
        lambda: core.device_register.resynchronise(call, tenant, "A", "1", "2"),
        lambda: core.card_register.delete(call, tenant, card.id),
    ):
        with pytest.raises(NotFoundError):
            act()


def test_a_calls_text_does_not_show_its_key(product: Product) -> None:
    """Neither in a log nor in a traceback."""
    assert product.api_key not in repr(product.call("alice"))


def test_an_account_is_let_in_by_name_and_key(product: Product) -> None:
    """The name matches without case; the audit trail names the account."""
    login_key = product.core.api_key_register.issue_account(product.operator(), product.tenant.id, "Account")
    call = Call(product.call().origin, login_key, product.call("alice").user, account="ACCOUNT")
    assert product.core.otp.verify(call, "123456").outcome is Outcome.UNKNOWN_USER
    assert product.last_event()["caller"] == "Account"
    assert call.scopes == frozenset(Scope)


@pytest.mark.parametrize("account", ["", "first key", "Account"])
def test_an_api_key_is_no_accounts_key(product: Product, account: str) -> None:
    """Under whatever name, an empty one included."""
    product.core.api_key_register.issue_account(product.operator(), product.tenant.id, "Account")
    call = Call(product.call().origin, product.api_key, product.call("alice").user, account=account)
    with pytest.raises(CallerNotAuthorizedError):
        product.core.otp.verify(call, "123456")
