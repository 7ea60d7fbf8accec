"""Session tokens: good until they expire."""

import pytest

from tests.product import Product
from tests.world import FakeClock
from validate_service.core.errors import MalformedRequestError, NotFoundError
from validate_service.core.outcomes import Outcome


def issued(product: Product, user: str = "alice", life_s: int = 60) -> str:
    """Return a new token of *user*."""
    return product.core.auth_token_desk.issue(product.operator(user), product.tenant, life_s=life_s)


def verified(product: Product, token: str, user: str = "alice") -> Outcome:
    """Return what becomes of one attempt."""
    return product.core.auth_tokens.verify(product.call(user), token).outcome


def test_a_token_is_good_as_often_as_wanted_until_it_expires(product: Product, clock: FakeClock) -> None:
    """Not at the instant of its expiry; and an expired one is no guess."""
    product.add_user("alice")
    token = issued(product)
    clock.advance(59.999999)
    assert [verified(product, token) for _ in range(3)] == [Outcome.ACCEPTED] * 3
    clock.advance(0.000001)
    assert [verified(product, token) for _ in range(11)] == [Outcome.EXPIRED] * 11


def test_a_user_may_have_several_tokens(product: Product) -> None:
    """One for each session; each is 32 random bytes as text."""
    product.add_user("alice")
    tokens = {issued(product), issued(product)}
    assert {len(token) for token in tokens} == {43}
    assert [verified(product, token) for token in tokens] == [Outcome.ACCEPTED] * 2


def test_a_token_is_its_users_only(product: Product) -> None:
    """Anything else is a wrong code."""
    for user in ("alice", "bob"):
        product.add_user(user)
    token = issued(product)
    assert verified(product, token, "bob") is Outcome.WRONG_CODE
    assert verified(product, token, "nobody") is Outcome.UNKNOWN_USER
    assert [verified(product, wrong) for wrong in ("", token[:-1], token + "=", "\ud800")] == [Outcome.WRONG_CODE] * 4


def test_a_disabled_users_token_is_refused(product: Product) -> None:
    """Disabling ends every session."""
    product.add_user("alice")
    token = issued(product)
    product.core.user_register.set_enabled(product.operator("alice"), product.tenant, enabled=False)
    assert verified(product, token) is Outcome.DISABLED


@pytest.mark.parametrize("life_s", [0, 30 * 86_400 + 1])
def test_a_life_out_of_range_is_refused(product: Product, life_s: int) -> None:
    """One second to thirty days."""
    product.add_user("alice")
    with pytest.raises(MalformedRequestError, match="life"):
        issued(product, life_s=life_s)


def test_an_unknown_user_gets_no_token(product: Product) -> None:
    """The operator is told so."""
    with pytest.raises(NotFoundError):
        issued(product, "nobody")
