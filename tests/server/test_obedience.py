"""What an administrator changes is obeyed by every worker process from the next request on."""

from collections.abc import Callable

import pytest

from tests.product import Product
from tests.server.service import Caller, Reply, Service, served
from validate_service.core.model import DeviceKind, Factor
from validate_service.core.profiles import ProfileChange

WORKERS, MOST_CONNECTIONS = 3, 300
PROCESS_DIGITS = 24
"""A request's id begins with so many digits that are its process's."""


def everywhere(service: Service, api_key: str, ask: Callable[[Caller], Reply]) -> list[Reply]:
    """Return the answers of every worker, over connections that were open before."""
    by_process: dict[str, Caller] = {}
    for _ in range(MOST_CONNECTIONS):
        caller = service.caller()
        caller.api_key = api_key
        by_process[caller.send("GET", "/healthz").request_id[:PROCESS_DIGITS]] = caller
        if len(by_process) == WORKERS:
            return [ask(caller) for caller in by_process.values()]
    raise AssertionError("not every worker takes connections")


@pytest.fixture
def alice(own_product: Product) -> Product:
    """A product with a user who has a token."""
    own_product.add_user("alice")
    own_product.add_device("alice", "H1", DeviceKind.HOTP)
    return own_product


def test_a_revoked_key_is_refused_by_all(alice: Product) -> None:
    """A key that was registered over REST is good everywhere at once, and revoked everywhere at once."""
    with served(alice, workers=WORKERS) as service:
        made = service.caller().rest("CreateAPIkey", fqdn="portal.example.org", apiKey="12345678")
        status, key_id = made.result
        assert status == "success"
        asked = everywhere(service, "12345678", lambda caller: caller.rest("UserExists", userName="alice"))
        assert {reply.result[0] for reply in asked} == {"success"}
        alice.core.api_key_register.revoke(alice.operator(), alice.tenant.id, key_id)
        asked = everywhere(service, "12345678", lambda caller: caller.rest("UserExists", userName="alice"))
        assert {reply.status for reply in asked} == {401}
        asked = everywhere(service, "12345678", lambda caller: caller.otp("alice", "123456"))
        assert all("The API key is not valid." in reply.text for reply in asked)


def test_a_changed_allow_list_is_obeyed_by_all(alice: Product) -> None:
    """Over REST and SOAP."""
    register, call = alice.core.tenant_register, alice.operator()
    with served(alice, workers=WORKERS) as service:
        for networks, rest, soap in (
            (["192.0.2.0/24"], 403, "The calling address is not allowed."),
            (["192.0.2.0/24", "127.0.0.0/8"], 200, "ValidateOTPResult"),
        ):
            register.allow_networks(call, alice.tenant, networks)
            asked = everywhere(service, alice.api_key, lambda caller: caller.rest("UserExists", userName="alice"))
            assert {reply.status for reply in asked} == {rest}
            asked = everywhere(service, alice.api_key, lambda caller: caller.otp("nobody", "123456"))
            assert all(soap in reply.text for reply in asked)


def test_a_changed_authentication_set_is_obeyed_by_all(alice: Product) -> None:
    """Also one that is given over REST; a code that was refused so is still good when it may be used."""
    register, call = alice.core.auth_set_register, alice.operator()
    register.add(call, alice.tenant, "Contactless only", frozenset({Factor.CARD}))
    code = alice.next_code("H1")
    with served(alice, workers=WORKERS) as service:
        given = service.caller().rest("UpdateUser", userName="alice", authSet="contactless ONLY")
        assert given.result == ("success", "success")
        asked = everywhere(service, alice.api_key, lambda caller: caller.otp("alice", code))
        assert all(reply.is_false for reply in asked)
        assert len(alice.audit(event="otp:verify", reason="factor_not_allowed")) == WORKERS
        register.set_factors(call, alice.tenant, "Contactless only", frozenset({Factor.CARD, Factor.OTP}))
        asked = everywhere(service, alice.api_key, lambda caller: caller.otp("alice", code))
        assert [reply.is_true for reply in asked].count(True) == 1
        assert len(alice.audit(event="otp:verify", reason="replayed")) == WORKERS - 1


def test_a_disabled_or_deleted_user_is_refused_by_all(alice: Product) -> None:
    """Over SOAP, from the answer of REST on."""
    with served(alice, workers=WORKERS) as service:
        caller = service.caller()
        assert caller.rest("UpdateUser", userName="alice", state="Disabled").result == ("success", "success")
        code = alice.next_code("H1")
        assert all(reply.is_false for reply in everywhere(service, alice.api_key, lambda one: one.otp("alice", code)))
        assert {event["reason"] for event in alice.audit(event="otp:verify")} == {"disabled"}
        assert caller.rest("DeleteUser", userName="alice").result[0] == "success"
        asked = everywhere(service, alice.api_key, lambda one: one.rest("UserExists", userName="alice"))
        assert {reply.result[0] for reply in asked} == {"failure"}
        alice.core.user_register.add(alice.operator("alice"), alice.tenant, ProfileChange())
        assert all(reply.is_false for reply in everywhere(service, alice.api_key, lambda one: one.otp("alice", code)))
