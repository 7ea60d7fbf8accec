"""Profiles: what may be said of a user, and how it is kept."""

import pytest

from tests.product import Product
from validate_service.core.errors import ConflictError, MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.model import Profile, Role
from validate_service.core.profiles import ProfileChange, email_address, language_tag, phone_number, roles_of

EVERYTHING = ProfileChange(
    email="alice@corp.local",
    phone="+49 171 1234567",
    carrier="Verizon",
    language="Deutsch [German]",
    roles="User, admin",
)


def profile(product: Product, user: str = "alice") -> Profile:
    return product.core.user_register.profile(product.operator(user), product.tenant)


def added(product: Product, change: ProfileChange, user: str = "alice") -> int:
    return product.core.user_register.add(product.operator(user), product.tenant, change)


def test_a_user_has_what_was_said(product: Product) -> None:
    """In the spelling that is kept."""
    added(product, EVERYTHING)
    assert profile(product) == Profile(
        email="alice@corp.local",
        phone="+491711234567",
        carrier="Verizon",
        language="de",
        roles=(Role.USER, Role.ADMIN),
    )


def test_what_is_not_said_stays_and_what_is_empty_is_cleared(product: Product) -> None:
    """Language, roles, state and authentication set have no empty value: they stay."""
    added(product, EVERYTHING)
    call, register = product.operator("alice"), product.core.user_register
    before = profile(product)
    register.update(call, product.tenant, ProfileChange(language="", roles="", state="", auth_set=""))
    assert profile(product) == before
    register.update(call, product.tenant, ProfileChange(email="", phone="", carrier="", state="Disabled"))
    cleared = Profile(language="de", roles=before.roles, enabled=False)
    assert profile(product) == cleared
    register.update(call, product.tenant, ProfileChange(state="active"))
    assert profile(product).enabled


def test_two_changes_at_once_both_count(product: Product) -> None:
    """Nothing that was only read is written back: a user disabled meanwhile stays disabled."""
    added(product, EVERYTHING)
    call, register, users = product.operator("alice"), product.core.user_register, product.core.user_register.users
    user_id = register.get(call, product.tenant).id
    with product.installation.database.write() as transaction:
        assert users.update(transaction, user_id, None, ProfileChange(state="disabled").accepted())
        assert users.update(transaction, user_id, None, ProfileChange(email="a@b.example").accepted())
    assert (profile(product).enabled, profile(product).email) == (False, "a@b.example")


def test_a_user_who_is_named_by_number_may_be_renamed(product: Product) -> None:
    """But not to a name that is taken; an empty name stays."""
    user_id, _ = added(product, EVERYTHING), product.add_user("bob")
    register, tenant = product.core.user_register, product.tenant
    register.update(product.operator(""), tenant, ProfileChange(language="en"), user_id=user_id)
    assert product.last_event()["user_name"] == "alice"
    register.update(product.operator("CORP\\Alice"), tenant, ProfileChange(), user_id=user_id)
    assert register.get(product.operator("alice@corp"), tenant).id == user_id
    with pytest.raises(ConflictError, match="Bob"):
        register.update(product.operator("Bob"), tenant, ProfileChange(email=""), user_id=user_id)
    assert profile(product, "alice@corp").email == "alice@corp.local"


def test_an_unknown_number_is_not_found(product: Product) -> None:
    """Another tenant's user is unknown too."""
    other = product.of_tenant("other")
    theirs = product.core.user_register.add(other.operator("eve"), other.tenant)
    for user_id in (theirs, 4711):
        with pytest.raises(NotFoundError, match="number"):
            product.core.user_register.update(product.operator(), product.tenant, ProfileChange(), user_id=user_id)


def test_a_user_who_is_deleted_meanwhile_is_not_found(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found at first, gone at the change, or before the profile is read."""
    added(product, EVERYTHING)
    register, call = product.core.user_register, product.operator("alice")
    found = register.get(call, product.tenant)
    register.delete(call, product.tenant)
    monkeypatch.setattr(type(register), "get", lambda *_: found)
    with pytest.raises(NotFoundError, match="meanwhile"):
        register.update(call, product.tenant, ProfileChange())
    with pytest.raises(NotFoundError):
        register.profile(call, product.tenant)


@pytest.mark.parametrize(
    "change",
    [
        *(
            ProfileChange(email=text)
            for text in ("no address", "a b@c.example", "a@b\r\nBcc: c@d.example", "a@b@c", "@", "\0@b.c")
        ),
        *(ProfileChange(phone=text) for text in ("12345", "1" * 16, "abc", "+", "++4917112345", "0171\0123456")),
        *(ProfileChange(language=text) for text in ("Klingon", "e", "de_AT", "de-", "x" * 99)),
        *(ProfileChange(roles=text) for text in ("root", "user,root", ",", "user;admin")),
        *(ProfileChange(state=text) for text in ("locked", "1", "true")),
        ProfileChange(auth_set="nobody knows it"),
    ],
)
def test_what_is_not_acceptable_is_refused_and_nothing_is_saved(product: Product, change: ProfileChange) -> None:
    """Neither a user nor a part of one; the text never holds the value."""
    with pytest.raises(PolicyError) as refusal:
        added(product, change)
    assert product.core.user_register.listing(product.tenant) == []
    assert not any(value in refusal.value.public for value in (change.email, change.phone) if value)


@pytest.mark.parametrize(
    "change", [ProfileChange(carrier="x" * 65), ProfileChange(carrier="\0"), ProfileChange(roles="\0")]
)
def test_what_no_database_can_hold_is_a_bad_request(product: Product, change: ProfileChange) -> None:
    """Too long, or a character that is not allowed."""
    with pytest.raises(MalformedRequestError):
        added(product, change)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        (" ", ""),
        ("555-010-0100", "5550100100"),
        ("+1 (555) 010.0100", "+15550100100"),
        ("0049171/1234567", "+491711234567"),
    ],
)
def test_a_phone_number_is_kept_as_digits(text: str, kept: str) -> None:
    """Separators are for people."""
    assert phone_number(text) == kept


def test_addresses_of_inner_domains_are_addresses() -> None:
    """Windows estates have them."""
    for address in ("a@b", "a@corp.local", "a@mail.test", "jürgen@müller.example"):
        assert email_address(address) == address
    assert email_address(" ") == ""


@pytest.mark.parametrize(
    ("text", "tag"),
    [("EN", "en"), ("german", "de"), ("Français", "fr"), ("pt-br", "pt-BR"), (" Español [Spanish] ", "es")],
)
def test_a_language_has_one_tag(text: str, tag: str) -> None:
    """Whatever it is called."""
    assert language_tag(text) == tag


def test_a_role_that_is_named_twice_is_had_once() -> None:
    """In the order of the first mention."""
    assert roles_of("Admin,user,ADMIN") == (Role.ADMIN, Role.USER)
