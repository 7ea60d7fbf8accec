"""Session tokens: good until they expire."""

import pytest

from tests.product import Product
from tests.world import FakeClock
from validate_service.core.errors import MalformedRequestError, NotFoundError
from validate_service.core.model import TokenPurpose
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


@pytest.mark.parametrize("purpose", TokenPurpose)
def test_a_token_is_of_its_purpose(product: Product, purpose: TokenPurpose) -> None:
    """Who asks for none takes any; one of another purpose is no guess."""
    product.add_user("alice")
    core, call = product.core, product.call("alice")
    token = core.auth_token_desk.issue(product.operator("alice"), product.tenant, life_s=60, purpose=purpose)
    (other,) = set(TokenPurpose) - {purpose}
    assert core.auth_tokens.verify(call, token).accepted
    assert core.auth_tokens.verify(call, token, purpose).accepted
    assert [core.auth_tokens.verify(call, token, other).outcome for _ in range(11)] == [Outcome.NOT_ALLOWED] * 11
    assert core.auth_tokens.verify_bearer(product.call(), token, purpose).accepted
    assert core.auth_tokens.verify_bearer(product.call(), token, other).outcome is Outcome.NOT_ALLOWED


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


def bearer(product: Product, token: str) -> Outcome:
    """Return what becomes of an attempt that does not say whose token it is."""
    return product.core.auth_tokens.verify_bearer(product.call(), token).outcome


def expire(product: Product, token: str, user: str = "") -> None:
    """Let a token expire, as whoever administers."""
    product.core.auth_token_desk.expire(product.operator(user), product.tenant, token)


def test_a_token_tells_whose_it_is(product: Product) -> None:
    """The audit trail learns it too; a token of nobody's is no guess at anybody's."""
    product.add_user("alice")
    token = issued(product)
    assert bearer(product, token) is Outcome.ACCEPTED
    assert product.last_event()["user_name"] == "alice"
    assert bearer(product, "x") is Outcome.UNKNOWN_USER
    other = product.of_tenant("other")
    assert bearer(other, token) is Outcome.UNKNOWN_USER


@pytest.mark.parametrize("user", ["alice", "ALICE", ""])
def test_a_token_can_be_expired_once(product: Product, user: str) -> None:
    """By whoever holds it, with its user's name or with nobody's."""
    product.add_user("alice")
    token, other = issued(product), issued(product)
    expire(product, token, user)
    assert (product.last_event()["event"], product.last_event()["user_name"]) == ("auth_token:expire", "alice")
    assert [verified(product, one) for one in (token, other)] == [Outcome.EXPIRED, Outcome.ACCEPTED]
    with pytest.raises(NotFoundError):
        expire(product, token, user)


def test_a_token_is_not_expired_in_anothers_name(product: Product) -> None:
    """Nor by another tenant, nor one that is not there."""
    for user in ("alice", "bob"):
        product.add_user(user)
    token, other = issued(product), product.of_tenant("other")
    for refused, user, text in [(product, "bob", token), (product, "alice", "x"), (other, "", token)]:
        with pytest.raises(NotFoundError):
            expire(refused, text, user)
    assert verified(product, token) is Outcome.ACCEPTED
