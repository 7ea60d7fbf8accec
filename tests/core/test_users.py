"""Users: the operator's list of them."""

import pytest

from tests.product import Product
from validate_service.core.errors import ConflictError, MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.model import DeviceKind, Scope
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


@pytest.fixture
def people(product: Product) -> Product:
    """A product with some users."""
    for name, first, last, email in [
        ("bob", "Bob", "Böhm", ""),
        ("CORP\\alice", "Alice", "Adams", "Alice.Adams@corp.example"),
        ("CORP\\100%", "", "", "a_b@corp.example"),
        ("zoë", "Zoë", "/dev", ""),
    ]:
        change = ProfileChange(first_name=first, last_name=last, email=email)
        product.core.user_register.add(product.operator(name), product.tenant, change)
    return product


EVERYBODY = ["bob", "zoë", "CORP\\100%", "CORP\\alice"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", EVERYBODY),
        ("ALI", ["CORP\\alice"]),
        ("corp\\", ["CORP\\100%", "CORP\\alice"]),
        ("alice ad", ["CORP\\alice"]),
        ("adams@CORP", ["CORP\\alice"]),
        ("Böh", ["bob"]),
        ("ZOË", ["zoë"]),
        ("%", ["CORP\\100%"]),
        ("_", ["CORP\\100%"]),
        ("/", ["zoë"]),
        ("x", ["CORP\\100%", "CORP\\alice"]),
        ("nobody", []),
    ],
)
def test_users_are_found_by_a_text_in_their_names(people: Product, text: str, found: list[str]) -> None:
    """In any case, by name; no character stands for others."""
    rows, count = people.core.user_register.search(people.operator(), people.tenant, text)
    assert ([str(name) for name, _ in rows], count) == (found, len(found))
    assert people.last_event()["event"] == "user:search"


def test_a_search_is_answered_page_by_page(people: Product) -> None:
    """With the number of all; beyond the last there is nobody."""
    register, call, tenant = people.core.user_register, people.operator(), people.tenant
    pages = [register.search(call, tenant, "", first=first, most=2) for first in (0, 2, 4)]
    assert [[str(name) for name, _ in rows] for rows, _ in pages] == [EVERYBODY[:2], EVERYBODY[2:], []]
    assert {count for _, count in pages} == {4}
    for most in (0, 501):
        with pytest.raises(PolicyError, match="500"):
            register.search(call, tenant, "", most=most)
    with pytest.raises(MalformedRequestError):
        register.search(call, tenant, "x" * 257)


def test_users_of_another_tenant_are_not_found(people: Product) -> None:
    """Nor counted."""
    other = people.of_tenant("other")
    assert other.core.user_register.search(other.operator(), other.tenant, "") == ([], 0)


def test_names_of_people_are_kept(people: Product) -> None:
    """As they are spelled, without space around them; what is too long or no text is refused."""
    register, alice, tenant = people.core.user_register, people.operator("CORP\\alice"), people.tenant
    register.update(alice, tenant, ProfileChange(first_name=" Al\u0131ce ", phone="+12125550100"))
    profile = register.profile(alice, tenant)
    assert (profile.first_name, profile.last_name) == ("Al\u0131ce", "Adams")
    for bad in ("x" * 257, "\0", "\ud800"):
        for change in (ProfileChange(first_name=bad), ProfileChange(last_name=bad)):
            with pytest.raises(MalformedRequestError, match="name"):
                register.update(alice, tenant, change)


def test_tokens_may_outlive_their_user(product: Product) -> None:
    """In stock, without the user's failures; the rest goes."""
    product.add_user("alice")
    product.add_device("alice", "H1")
    product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    for _ in range(10):
        product.core.otp.verify(product.call("alice"), product.wrong_code("H1"))
    product.core.user_register.delete(product.operator("alice"), product.tenant, keep_tokens=True)
    (kept,) = product.core.device_register.listing(product.tenant)
    assert (kept.serial, kept.user) == ("H1", None)
    product.add_user("bob")
    product.core.device_register.assign(product.operator("bob"), product.tenant, "H1")
    assert product.core.otp.verify(product.call("bob"), product.next_code("H1")).accepted
