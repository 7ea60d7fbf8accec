"""Users: the operator's list of them."""

import pytest

from tests.product import Product
from validate_service.core.errors import ConflictError, NotFoundError, PolicyError
from validate_service.core.model import Scope
from validate_service.core.outcomes import Outcome


def test_a_user_is_listed_as_enrolled(product: Product) -> None:
    """By name, with what operators need to see."""
    for name in ("bob", "CORP\\Alice", "alice"):
        product.add_user(name)
    assert [str(user.name) for user in product.core.user_register.listing(product.tenant)] == [
        "alice",
        "bob",
        "CORP\\Alice",
    ]
    user = product.core.user_register.get(product.operator("alice@corp"), product.tenant)
    assert (str(user.name), user.enabled, user.failures.total, user.pin_hash) == ("CORP\\Alice", True, 0, None)


@pytest.mark.parametrize("spelling", ["alice", "ALICE", " alice "])
def test_a_user_is_enrolled_once(product: Product, spelling: str) -> None:
    """However the name is spelled."""
    product.add_user("Alice")
    with pytest.raises(ConflictError):
        product.add_user(spelling)


@pytest.mark.parametrize("name", ["", "  ", "CORP\\", "@corp"])
def test_a_user_has_a_name(product: Product, name: str) -> None:
    """A domain alone is none."""
    with pytest.raises(PolicyError, match="user name"):
        product.add_user(name)


def test_deleting_a_user_deletes_everything_enrolled(product: Product) -> None:
    """A new user of that name starts with nothing, and under another number."""
    product.add_user("alice")
    product.add_device("alice", "A")
    call, tenant = product.operator("alice"), product.tenant
    product.core.card_register.add(call, tenant, "04A2", "")
    product.core.question_register.replace(call, tenant, [("Pet?", "x")])
    before = product.core.user_register.get(call, tenant).id
    product.core.user_register.delete(call, tenant)
    assert product.core.otp.verify(product.call("alice"), product.next_code("A")).outcome is Outcome.UNKNOWN_USER
    product.add_user("alice")
    assert product.core.user_register.get(call, tenant).id != before
    assert product.core.device_register.listing(tenant) == []
    assert product.core.card_register.listing(tenant) == []
    assert product.core.question_register.listing(call, tenant) == []


def test_an_unknown_user_is_not_found(product: Product) -> None:
    """Whatever is to be done."""
    register, call, tenant = product.core.user_register, product.operator("nobody"), product.tenant
    for act in (
        lambda: register.get(call, tenant),
        lambda: register.delete(call, tenant),
        lambda: register.set_enabled(call, tenant, enabled=True),
        lambda: register.unlock(call, tenant),
    ):
        with pytest.raises(NotFoundError, match="nobody"):
            act()


def test_every_act_on_users_is_audited(product: Product) -> None:
    """With operator, tenant and user."""
    register, call, tenant = product.core.user_register, product.operator("alice"), product.tenant
    product.add_user("alice")
    register.set_enabled(call, tenant, enabled=False)
    register.set_enabled(call, tenant, enabled=True)
    register.unlock(call, tenant)
    register.delete(call, tenant)
    events = product.audit(user_name="alice")
    assert [event["event"] for event in events] == [
        "user:add",
        "user:disable",
        "user:enable",
        "user:unlock",
        "user:delete",
    ]
    assert {(event["caller"], event["tenant_id"], event["surface"]) for event in events} == {
        ("tester", tenant.id, "cli")
    }


def test_a_callers_question_for_a_user_is_answered_with_the_number(product: Product) -> None:
    """And audited; who does not exist has none."""
    product.add_user("alice")
    gate, register = product.core.gate, product.core.user_register
    call = product.call("ALICE")
    number = register.number(call, gate.admit(call, Scope.ADMINISTER))
    assert number == register.get(product.operator("alice"), product.tenant).id
    assert (product.last_event()["event"], product.last_event()["user_id"]) == ("user:find", number)
    call = product.call("nobody")
    with pytest.raises(NotFoundError, match="nobody"):
        register.number(call, gate.admit(call, Scope.ADMINISTER))
