"""Two surfaces, one core: whom REST adds SOAP validates, and whom REST deletes SOAP does not know."""

from dataclasses import dataclass

import pytest

from tests.facades.rest.client import RestClient
from tests.facades.soap.wire import TEXT_XML, call, envelope, operation
from tests.product import Product
from validate_service.core.model import Factor
from validate_service.server.application import create_application

ALICE = {"userName": "alice", "domainName": "CORP"}
FULL_NAME = r"CORP\alice"
CARD = "04:A2:2B:91"


@dataclass
class SoapClient:
    """Asks ValidateService.asmx of the whole service about alice."""

    product: Product

    def __post_init__(self) -> None:
        self._application = create_application(self.product.installation, self.product.settings)

    def says(self, name: str, **parameters: str) -> bool:
        message = envelope(operation(name, username="alice", domain="CORP", **parameters, apiKey=self.product.api_key))
        answer = call(self._application, "POST", body=message, content_type=TEXT_XML)  # type: ignore[arg-type]
        assert answer.status == 200, answer.text
        return f"<{name}Result>true</{name}Result>" in answer.text


@pytest.fixture
def soap(rest: RestClient) -> SoapClient:
    """The same product's SOAP surface; alice is added over REST."""
    rest.result("AddUser", **ALICE)
    return SoapClient(rest.product)


def give_card(product: Product) -> None:
    product.core.card_register.add(product.operator(FULL_NAME), product.tenant, CARD, "badge")


def test_a_pin_set_here_validates_a_card_there(rest: RestClient, soap: SoapClient) -> None:
    """A later PIN replaces it; one that must be changed still validates."""
    give_card(rest.product)
    rest.result("SetUserPin", **ALICE, pin="2580", forceChange="true")
    assert soap.says("ValidateCard", cardInformation=CARD, pin="2580")
    rest.result("SetUserPin", **ALICE, pin="7391")
    assert not soap.says("ValidateCard", cardInformation=CARD, pin="2580")
    assert soap.says("ValidateCard", cardInformation=CARD, pin="7391")


def test_a_pin_that_was_refused_changes_nothing(rest: RestClient, soap: SoapClient) -> None:
    """The one before stays good."""
    give_card(rest.product)
    rest.result("SetUserPin", **ALICE, pin="2580")
    rest.failure("SetUserPin", **ALICE, pin="1111")
    assert soap.says("ValidateCard", cardInformation=CARD, pin="2580")


def test_a_code_made_here_is_good_once_there(rest: RestClient, soap: SoapClient) -> None:
    """A new code replaces the older one."""
    older, newer = (rest.result("GenerateAuthCode", **ALICE) for _ in range(2))
    answers = [soap.says("ValidateAuthCode", authCode=code) for code in (older, newer, newer)]
    assert answers == [older == newer, True, False]


def test_a_device_of_a_user_added_here_makes_passwords_for_there(rest: RestClient, soap: SoapClient) -> None:
    """The device is enrolled by an operator."""
    rest.product.add_device(FULL_NAME, "T1")
    assert soap.says("ValidateOTP", OTP=rest.product.next_code("T1"))


def test_a_disabled_user_is_refused_there_until_it_is_enabled(rest: RestClient, soap: SoapClient) -> None:
    """From the next call on."""
    answers = []
    for state in ("Disabled", "Enabled"):
        rest.result("UpdateUser", **ALICE, state=state)
        answers.append(soap.says("ValidateAuthCode", authCode=rest.result("GenerateAuthCode", **ALICE)))
    assert answers == [False, True]


def test_an_authentication_set_given_here_is_obeyed_there(rest: RestClient, soap: SoapClient) -> None:
    """What the set lacks does not validate, and the audit trail says why."""
    product = rest.product
    product.add_device(FULL_NAME, "T1")
    product.core.auth_set_register.add(product.operator(), product.tenant, "Card only", frozenset({Factor.CARD}))
    rest.result("UpdateUser", **ALICE, authSet="Card only")
    assert not soap.says("ValidateOTP", OTP=product.next_code("T1"))
    assert product.last_event()["reason"] == "factor_not_allowed"


def test_a_user_deleted_here_is_unknown_there(rest: RestClient, soap: SoapClient) -> None:
    """With device, card, PIN and code; a new user of the same name has none of them."""
    product = rest.product
    product.add_device(FULL_NAME, "T1")
    give_card(product)
    rest.result("SetUserPin", **ALICE, pin="2580")
    factors = [
        ("ValidateOTP", {"OTP": product.next_code("T1")}),
        ("ValidateAuthCode", {"authCode": rest.result("GenerateAuthCode", **ALICE)}),
        ("ValidateCard", {"cardInformation": CARD, "pin": "2580"}),
    ]
    rest.result("DeleteUser", **ALICE)
    reasons = []
    for _ in range(2):
        for name, secrets in factors:
            assert not soap.says(name, **secrets)
            reasons.append(product.last_event()["reason"])
        rest.call("AddUser", ALICE)
    assert reasons == ["unknown_user"] * 3 + ["not_enrolled", "not_enrolled", "wrong_code"]
