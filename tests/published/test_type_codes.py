"""Which codes a type can answer: what is told of it is true."""

from typing import Any

import pytest

from tests.facades.connector.client import ConnectorClient
from tests.product import Product
from tests.published.type_codes import common_codes, own_codes
from tests.world import FakeCourier
from validate_service.core.model import DeviceKind
from validate_service.facades.connector.contract import TYPES, TYPES_BY_NAME
from validate_service.facades.connector.return_codes import APIReturnCode as Code

BAD_VALUES = (None, "", 5, True, "x" * 2000, ["x"])


@pytest.fixture
def connector(product: Product, courier: FakeCourier) -> ConnectorClient:
    """The connector of a product with alice, who has a token, and bob, who has an authenticator."""
    for user in ("alice", "bob"):
        product.add_user(user)
    product.add_device("alice", "TOKEN-1")
    product.add_device("bob", "PHONE-1", DeviceKind.AUTHENTICATOR)
    return ConnectorClient(product, courier)


@pytest.mark.parametrize("name", [one.name for one in TYPES])
def test_an_answer_has_one_of_the_codes_of_its_type(connector: ConnectorClient, name: str) -> None:
    """To its example, for users in all states, and with each field as it may not be."""
    one = TYPES_BY_NAME[name]
    allowed = common_codes() | own_codes(one)
    example = one.declaration.example | connector.credentials()
    requests: list[dict[str, Any]] = [example | {"username": user} for user in ("alice", "bob", "nobody", "")]
    requests += [example | {field.name: value} for field in one.declaration for value in BAD_VALUES]
    answered = {Code(connector.ask(name, **request)["errorCode"]) for request in requests}
    assert answered - allowed == set()
    assert len(answered) > 1


def test_codes_are_found_where_they_are_written() -> None:
    """In the function that answers, in those it uses, in tables, in declared errors, and of fields."""
    codes = {name: own_codes(TYPES_BY_NAME[name]) for name in ("validate_oath_otp", "push_status", "find_device")}
    assert {Code.OTPInvalid, Code.OTPAlreadyUsed, Code.BogusOTP} <= codes["validate_oath_otp"]
    assert {Code.UpdateTransactionStatusInvalid, Code.PartnerUserLoginFailed} <= codes["push_status"]
    assert {Code.DeviceNotFound, Code.SerialNumberNotSpecified} <= codes["find_device"] | common_codes()
    assert Code.OTPInvalid not in codes["find_device"]
