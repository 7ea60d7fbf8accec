"""PINs: the policy for new ones."""

import pytest

from tests.product import Product
from validate_service.core.errors import MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.pins import require_good_pin
from validate_service.core.settings import PinPolicy

POLICY = PinPolicy()


@pytest.mark.parametrize(
    "pin", ["2580", "1112", "1232", "abca", "zyxz", "9998", "pass phrase", "\u041f1\u041d7", "7" * 3 + "8"]
)
def test_a_good_pin_is_taken(pin: str) -> None:
    """At most three equal or neighbouring characters in a row, in any script."""
    require_good_pin(pin, POLICY)


@pytest.mark.parametrize(
    ("pin", "rule"),
    [
        ("258", "at least 4"),
        ("", "at least 4"),
        ("25" * 33, "at most 64"),
        ("1111", "may repeat a character at most 3"),
        ("21111", "may repeat"),
        ("1234", "at most 3 consecutive"),
        ("4321", "consecutive"),
        ("xabcdx", "consecutive"),
    ],
)
def test_a_bad_pin_is_refused_by_the_rule_it_breaks(pin: str, rule: str) -> None:
    """The text never holds the PIN."""
    with pytest.raises(PolicyError, match=rule) as refusal:
        require_good_pin(pin, POLICY)
    assert not pin or pin not in refusal.value.public


def test_what_no_database_can_hold_is_no_pin() -> None:
    """It is the request that is bad, not the choice."""
    with pytest.raises(MalformedRequestError, match="not allowed"):
        require_good_pin("2580\0", POLICY)


def test_the_policy_is_the_tenants(product: Product) -> None:
    """Its operator may ask for longer PINs."""
    product.add_user("alice")
    product.core.tenant_register.set_policy(product.operator(), product.tenant, "pin.shortest", 6)
    tenant = product.core.tenant_register.get(product.tenant.name)
    with pytest.raises(PolicyError, match="at least 6"):
        product.core.pin_desk.set_pin(product.operator("alice"), tenant, "2580")


def test_an_unknown_user_has_no_pin(product: Product) -> None:
    """Neither to set nor to unblock."""
    with pytest.raises(NotFoundError):
        product.core.pin_desk.set_pin(product.operator("nobody"), product.tenant, "2580")
    with pytest.raises(NotFoundError):
        product.core.pin_desk.unblock(product.operator("nobody"), product.tenant)


def test_every_act_on_pins_is_audited(product: Product) -> None:
    """Setting and unblocking."""
    product.add_user("alice")
    product.core.pin_desk.set_pin(product.operator("alice"), product.tenant, "2580", must_change=True)
    product.core.pin_desk.unblock(product.operator("alice"), product.tenant)
    assert [event["event"] for event in product.audit(user_name="alice")] == ["user:add", "pin:set", "pin:unblock"]
