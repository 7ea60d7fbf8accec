"""Enrolment links: issued for a user, sent, good once and briefly."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.product import Product, create_product
from tests.world import FakeClock, FakeCourier, fake_world
from validate_service.core.enrolments import PATH, hash_of_token
from validate_service.core.errors import (
    ConflictError,
    DeliveryError,
    NotFoundError,
    PolicyError,
    RateLimitedError,
    UnavailableError,
    ValidateError,
)
from validate_service.core.messages import Channel
from validate_service.core.model import Factor
from validate_service.core.profiles import ProfileChange

URL = "https://mfa.example.org"
Row = tuple[bytes, int, int, int, int | None]


@pytest.fixture
def alice(tmp_path: Path, clock: FakeClock, courier: FakeCourier) -> Iterator[Product]:
    """A product that knows its address, with a user who can be reached."""
    product = create_product(tmp_path, fake_world(clock, courier), public_url=URL)
    change = ProfileChange(email="alice@example.org", phone="+491711234567", language="de")
    product.core.user_register.add(product.operator("alice"), product.tenant, change)
    yield product
    product.installation.database.close()


def rows(product: Product) -> list[Row]:
    with product.installation.database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT token_hash, user_id, issued_at, expires_at, used_at FROM enrolments")
        return [tuple(row) for row in found.fetchall()]


def issued(product: Product) -> str:
    return product.core.enrolment_desk.issue(product.operator("alice"), product.tenant)


def test_a_link_holds_a_token_of_which_only_a_keyed_hash_is_kept(alice: Product, clock: FakeClock) -> None:
    """Behind the #, which no proxy logs; good for an hour."""
    link = issued(alice)
    url, token = link.split(PATH)
    assert (url, len(token)) == (URL, 43)
    ((token_hash, user_id, issued_at, expires_at, used_at),) = rows(alice)
    assert bytes(token_hash) == hash_of_token(alice.installation.keys.current(), token)
    assert (issued_at, expires_at - issued_at, used_at) == (clock.now(), 3600 * 1_000_000, None)
    assert alice.last_event()["event"] == "enrolment:issue"
    assert alice.last_event()["user_id"] == user_id


def test_a_new_link_replaces_the_older_one(alice: Product) -> None:
    """Only the newest is good."""
    issued(alice)
    older = rows(alice)
    issued(alice)
    assert len(rows(alice)) == 1
    assert rows(alice) != older


def test_a_link_is_sent_by_mail_in_the_users_language(alice: Product, courier: FakeCourier) -> None:
    """With the link for the QR code beside the text."""
    number = alice.core.enrolment_desk.send(alice.operator("alice"), alice.tenant)
    (message,) = courier.sent
    assert (message.channel, message.recipient, message.language) == (Channel.EMAIL, "alice@example.org", "de")
    assert message.link.startswith(URL + PATH)
    assert message.link in message.body
    assert "60" in message.body
    assert rows(alice)[0][1] == number
    assert [event["event"] for event in alice.audit()][-2:] == ["enrolment:issue", "message:send"]


def test_without_mail_the_link_goes_by_sms(alice: Product, courier: FakeCourier) -> None:
    """As text only: a phone cannot scan its own screen."""
    courier.channels = {Channel.SMS}
    alice.core.enrolment_desk.send(alice.operator("alice"), alice.tenant)
    (message,) = courier.sent
    assert (message.channel, message.recipient, message.link) == (Channel.SMS, "+491711234567", "")
    assert URL + PATH in message.body


@pytest.mark.parametrize("failure", [DeliveryError("refused"), UnavailableError("full")])
def test_a_link_that_nobody_got_is_withdrawn(alice: Product, courier: FakeCourier, failure: ValidateError) -> None:
    """And the audit trail says why."""
    courier.failure = failure
    with pytest.raises(type(failure)):
        alice.core.enrolment_desk.send(alice.operator("alice"), alice.tenant)
    assert rows(alice) == []
    assert (alice.last_event()["event"], alice.last_event()["reason"]) == ("message:send", failure.code)


def test_who_cannot_be_reached_gets_no_link(alice: Product, courier: FakeCourier) -> None:
    """Nothing is issued either."""
    courier.channels = set()
    with pytest.raises(NotFoundError, match="No message can reach"):
        alice.core.enrolment_desk.send(alice.operator("alice"), alice.tenant)
    assert rows(alice) == []


def test_whose_set_lacks_pushes_gets_no_link(alice: Product) -> None:
    """An authenticator would be of no use."""
    alice.core.auth_set_register.add(alice.operator(), alice.tenant, "cards", frozenset({Factor.CARD}))
    change = ProfileChange(auth_set="cards")
    alice.core.user_register.update(alice.operator("alice"), alice.tenant, change)
    with pytest.raises(PolicyError, match="push"):
        issued(alice)


def test_an_installation_that_does_not_know_its_address_makes_no_link(alice: Product) -> None:
    """The Host header of a request would let a stranger choose where the link leads."""
    desk = replace(alice.core.enrolment_desk, public_url="")
    with pytest.raises(ConflictError, match="public_url"):
        desk.issue(alice.operator("alice"), alice.tenant)


def test_nobody_is_flooded_with_links_and_codes(alice: Product, clock: FakeClock) -> None:
    """Five at once, then one a minute, both counted together; the refused one changes nothing."""
    codes = alice.core.auth_code_desk
    for _ in range(4):
        issued(alice)
    codes.issue(alice.operator("alice"), alice.tenant, life_s=60)
    before = rows(alice)
    with pytest.raises(RateLimitedError) as refusal:
        issued(alice)
    assert refusal.value.retry_after_s == 60
    with pytest.raises(RateLimitedError):
        codes.issue(alice.operator("alice"), alice.tenant, life_s=60)
    assert rows(alice) == before
    clock.advance(59.5)
    with pytest.raises(RateLimitedError) as refusal:
        issued(alice)
    assert refusal.value.retry_after_s == 1
    clock.advance(0.5)
    issued(alice)
    with pytest.raises(RateLimitedError):
        issued(alice)
    clock.advance(86_400)
    for _ in range(5):
        issued(alice)


def test_one_users_flood_is_not_anothers(alice: Product) -> None:
    """Each has a pace of their own."""
    for _ in range(5):
        issued(alice)
    alice.add_user("bob")
    assert alice.core.enrolment_desk.issue(alice.operator("bob"), alice.tenant)


def test_an_unknown_user_gets_no_link(alice: Product) -> None:
    """Nothing is made for nobody."""
    with pytest.raises(NotFoundError):
        alice.core.enrolment_desk.issue(alice.operator("nobody"), alice.tenant)


def test_the_pace_of_who_is_gone_is_no_pace(alice: Product, clock: FakeClock) -> None:
    """A user deleted meanwhile has nothing to wait for, and nothing is counted."""
    users = alice.core.user_register.users
    with alice.installation.database.write() as transaction:
        assert users.pace_issue(transaction, 4711, clock.now(), every=1, burst=1) == clock.now()
