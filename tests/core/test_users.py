"""Users: the operator's list of them."""

import pytest

from tests.product import Product
from validate_service.core.errors import ConflictError, NotFoundError, PolicyError
from validate_service.core.model import Scope
from validate_service.core.outcomes import Outcome
from validate_service.core.profiles import ProfileChange


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


def test_a_user_whose_enrolment_breaks_off_is_gone(product: Product) -> None:
    """With everything that the block had given; the trail shows both ends."""
    register = product.core.user_register

    def break_off() -> None:
        with register.added(product.operator("alice"), product.tenant, ProfileChange()):
            product.add_device("alice", "A")
            raise PolicyError("not like this")

    with pytest.raises(PolicyError):
        break_off()
    assert register.listing(product.tenant) == []
    assert product.core.device_register.listing(product.tenant) == []
    events = [event["event"] for event in product.audit()][-3:]
    assert events == ["user:add", "device:add", "user:delete"]


def test_a_user_whose_enrolment_ends_well_stays(product: Product) -> None:
    """Only what fails takes the user back."""
    with product.core.user_register.added(product.operator("alice"), product.tenant, ProfileChange()):
        product.add_device("alice", "A")
    assert [str(user.name) for user in product.core.user_register.listing(product.tenant)] == ["alice"]
