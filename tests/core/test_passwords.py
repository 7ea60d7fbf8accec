"""Passwords: the policy for new ones (SP 800-63B-4 section 3.1.1.2)."""

import pytest

from tests.product import Product
from validate_service.core.errors import MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.names import UserName
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
