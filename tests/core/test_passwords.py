"""Passwords: the policy for new ones (SP 800-63B-4 section 3.1.1.2), and verifying them."""

import pytest

from tests.product import Product
from validate_service.core.errors import MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.names import UserName
from validate_service.core.outcomes import Outcome
from validate_service.core.passwords import normal_password, require_good_password
from validate_service.core.settings import PasswordPolicy
from validate_service.primitives.slow_hash import matches_slow_hash

ALICE = UserName("CORP", "alice")
GOOD = "correct horse battery staple"


@pytest.mark.parametrize("password", [GOOD, "x" * 14 + "yz", "пароль для всего мира", "a" * 64 + "bc" * 32])
def test_length_is_all_that_is_asked(password: str) -> None:
    """No digits, no capitals, no symbols."""
    require_good_password(password, PasswordPolicy(), ALICE)


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("x" * 13 + "y", "at least 15"),
        ("", "at least 15"),
        ("ab" * 60 + "x" * 9, "at most 128"),
        ("1234567890QWERTYuiop", "used most"),
        ("abcabcabcabcabcabc", "repeats itself"),
        ("zzzzzzzzzzzzzzzz", "repeats itself"),
        ("my name is ALICE, really", "user's name"),
        ("welcome to corp 2026", "user's name"),
    ],
)
def test_a_bad_password_is_refused_by_the_rule_it_breaks(password: str, rule: str) -> None:
    """The text never holds the password."""
    with pytest.raises(PolicyError, match=rule) as refusal:
        require_good_password(password, PasswordPolicy(), ALICE)
    assert not password or password not in refusal.value.public


def test_what_no_database_can_hold_is_no_password() -> None:
    """It is the request that is bad, not the choice; nor is anything hashed that is longer than any policy allows."""
    for password in (f"{GOOD}\0", "x" * 1025):
        with pytest.raises(MalformedRequestError):
            require_good_password(password, PasswordPolicy(), ALICE)


def test_only_a_slow_hash_is_kept(product: Product) -> None:
    """Of the password as every keyboard spells it."""
    product.add_user("alice")
    product.core.password_desk.set_password(product.operator("alice"), product.tenant, f"{GOOD} ﬁn\u0065\u0301")
    with product.installation.database.engine.connect() as connection:
        ((stored,),) = connection.exec_driver_sql("SELECT password_hash FROM users").fetchall()
    assert stored.startswith("$argon2id$")
    assert matches_slow_hash(stored, normal_password(f"{GOOD} fin\u00e9"))
    assert product.last_event()["event"] == "password:set"


def test_the_policy_is_the_tenants(product: Product) -> None:
    """Eight characters are enough where a password is never the only factor; fewer are never."""
    register, call = product.core.tenant_register, product.operator()
    with pytest.raises(PolicyError, match="from 8 to"):
        register.set_policy(call, product.tenant, "password.shortest", 7)
    register.set_policy(call, product.tenant, "password.shortest", 8)
    product.add_user("alice")
    desk, tenant = product.core.password_desk, register.get("default")
    desk.set_password(product.operator("alice"), tenant, "xylofon8")
    with pytest.raises(PolicyError, match="used most"):
        desk.set_password(product.operator("alice"), tenant, "Password1")


def test_an_unknown_user_has_no_password(product: Product) -> None:
    """And gets none."""
    with pytest.raises(NotFoundError):
        product.core.password_desk.set_password(product.operator("nobody"), product.tenant, GOOD)


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has a password."""
    product.add_user("alice")
    product.core.password_desk.set_password(product.operator("alice"), product.tenant, f"{GOOD} ﬁn")
    return product


def verified(product: Product, password: str, user: str = "alice") -> Outcome:
    """Return what becomes of one attempt."""
    return product.core.passwords.verify(product.call(user), password).outcome


@pytest.mark.parametrize("spelling", [f"{GOOD} ﬁn", f"{GOOD} fin"])
def test_the_right_password_is_accepted_as_often_as_it_is_given(alice: Product, spelling: str) -> None:
    """However a keyboard spells it; each time stands in the audit trail."""
    assert [verified(alice, spelling) for _ in range(3)] == [Outcome.ACCEPTED] * 3
    assert [event["event"] for event in alice.audit(reason="accepted")] == ["password:verify"] * 3


def test_wrong_passwords_are_counted_and_lock(alice: Product) -> None:
    """A right one before the lock forgives them."""
    assert [verified(alice, GOOD) for _ in range(9)] == [Outcome.WRONG_CODE] * 9
    assert verified(alice, f"{GOOD} fin") is Outcome.ACCEPTED
    assert [verified(alice, password) for password in ["", GOOD] * 5] == [Outcome.WRONG_CODE] * 10
    assert verified(alice, f"{GOOD} fin") is Outcome.LOCKED


def test_who_has_no_password_has_no_right_one(alice: Product) -> None:
    """Nor has nobody, nor who was disabled."""
    alice.add_user("bob")
    assert verified(alice, "", "bob") is Outcome.WRONG_CODE
    assert verified(alice, GOOD, "nobody") is Outcome.UNKNOWN_USER
    alice.core.user_register.set_enabled(alice.operator("alice"), alice.tenant, enabled=False)
    assert verified(alice, f"{GOOD} fin") is Outcome.DISABLED


@pytest.mark.parametrize("password", ["x" * 1025, "\0", "\ud800"])
def test_what_can_be_no_password_is_not_hashed(alice: Product, password: str) -> None:
    """Nor counted."""
    with pytest.raises(MalformedRequestError):
        verified(alice, password)
    assert alice.core.user_register.get(alice.operator("alice"), alice.tenant).failures.total == 0
