"""validate_user and find_users: passwords, and who there is."""

from typing import Any

import pytest

from tests.facades.connector.client import ConnectorClient
from validate_service.core.model import Factor, Scope
from validate_service.core.profiles import ProfileChange
from validate_service.facades.connector.return_codes import APIReturnCode as Code

PASSWORD = "correct horse battery"
VALIDATE_NAMES = ("validate_user", "validate_u2f_user", "validate_oath_user")


@pytest.fixture
def alice(connector: ConnectorClient) -> ConnectorClient:
    """Alice has a password, a name and a token."""
    connector.done("update_user", pw=PASSWORD, firstName="Alice", lastName="Adams", mobile="+12125550100")
    connector.product.add_device("alice", "H1")
    return connector


# validate_user


@pytest.mark.parametrize("name", VALIDATE_NAMES)
@pytest.mark.parametrize("no_auth", [{}, {"noAuth": 0}, {"noAuth": "0"}, {"noAuth": False}, {"noAuth": "False"}])
def test_a_right_password_is_answered_with_the_user(alice: ConnectorClient, name: str, no_auth: dict[str, Any]) -> None:
    """As find_user answers; a wrong one with nothing."""
    assert alice.done(name, pw=PASSWORD, **no_auth) == alice.done("find_user")
    answer = alice.ask(name, pw="wrong", **no_auth)
    assert answer == {"type": name, "errorCode": 9001, "errorMessage": "The user was not verified."}


@pytest.mark.parametrize("no_auth", [1, "1", True, "true"])
def test_without_authentication_the_user_is_only_found(alice: ConnectorClient, no_auth: str | int) -> None:
    """Whatever password is sent; that is for an account that administers."""
    assert alice.done("validate_user", pw="wrong", noAuth=no_auth) == alice.done("find_user")
    assert alice.product.audit(event="password:verify") == []
    assert alice.code("validate_user", "nobody", noAuth=no_auth) is Code.InvalidPartnerUserLogin
    alice.may_only(Scope.VALIDATE)
    assert alice.code("validate_user", noAuth=no_auth) is Code.PartnerUserLoginFailedNotAdmin
    assert alice.done("validate_user", pw=PASSWORD)["firstName"] == "Alice"


def test_to_verify_a_password_takes_an_account_that_may_validate(alice: ConnectorClient) -> None:
    """To administer is something else."""
    alice.may_only(Scope.ADMINISTER)
    assert alice.code("validate_user", pw=PASSWORD) is Code.PartnerUserLoginFailedNotAdmin
    assert alice.code("validate_user", noAuth=1) is Code.Success


def test_each_refusal_of_a_password_has_its_code(alice: ConnectorClient) -> None:
    """For an account that administers, and so may know."""
    product = alice.product
    assert alice.code("validate_user", "nobody", pw=PASSWORD) is Code.InvalidPartnerUserLogin
    assert alice.code("validate_user") is Code.PartnerUserLoginFailed
    product.core.auth_set_register.add(product.operator(), product.tenant, "Card", frozenset({Factor.CARD}))
    product.core.user_register.update(product.operator("alice"), product.tenant, ProfileChange(auth_set="Card"))
    assert alice.code("validate_user", pw=PASSWORD) is Code.DeviceInvalid
    product.core.user_register.lift_auth_set(product.operator("alice"), product.tenant)
    alice.done("update_user", userStatus=1)
    assert alice.code("validate_user", pw=PASSWORD) is Code.PartnerUserLoginDisabled
    alice.done("update_user", userStatus=0)
    for _ in range(9):
        assert alice.code("validate_user", pw="wrong") is Code.PartnerUserLoginFailed
    assert alice.code("validate_user", pw=PASSWORD) is Code.MaximumFailedOTPRequestsExceeded


def test_wrong_passwords_lock_one_time_passwords_too(alice: ConnectorClient) -> None:
    """One count for all factors."""
    for _ in range(10):
        alice.code("validate_user", pw="wrong")
    code = alice.product.next_code("H1")
    assert alice.code("validate_oath_otp", otp=code) is Code.MaximumFailedOTPRequestsExceeded


# find_users


def test_users_are_found_page_by_page(alice: ConnectorClient) -> None:
    """With what find_user says of each, but for the devices."""
    alice.done("add_user", r"CORP\bob", email="bob@corp.example", userStatus=1)
    alice.done("add_user", "zoe")
    row = {"userStatus": 0, "firstName": "", "lastName": "", "mobile": "", "email": ""}
    rows = [
        row | {"username": "alice", "firstName": "Alice", "lastName": "Adams", "mobile": "+12125550100"},
        row | {"username": "zoe"},
        row | {"username": r"CORP\bob", "email": "bob@corp.example", "userStatus": 1},
    ]
    assert alice.done("find_users", "") == {"Users": rows, "totalRows": 3}
    assert alice.done("find_users", "", firstRow="1", maxRows="1") == {"Users": rows[1:2], "totalRows": 3}
    assert alice.done("find_users", search="CORP") == {"Users": rows[2:], "totalRows": 1}
    assert alice.done("find_users", search="nobody") == {"Users": [], "totalRows": 0}


@pytest.mark.parametrize("most", [0, 501])
def test_a_page_has_at_most_five_hundred_users(alice: ConnectorClient, most: int) -> None:
    """And at least one."""
    answer = alice.ask("find_users", maxRows=most)
    assert answer["errorCode"] == Code.CreateTransactionFailed
    assert "500" in answer["errorMessage"]
    assert alice.code("find_users", maxRows=500) is Code.Success


def test_another_tenants_users_are_not_found(alice: ConnectorClient) -> None:
    """Nor counted."""
    alice.product.of_tenant("other").add_user("bob")
    assert alice.done("find_users")["totalRows"] == 1
