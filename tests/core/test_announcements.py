"""Announcements: who gets a token is told, without what is secret of it."""

import pytest

from tests.product import Product
from tests.world import FakeCourier
from validate_service.core.errors import DeliveryError, NotFoundError
from validate_service.core.messages import Channel
from validate_service.core.profiles import ProfileChange


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice can be reached, and has a new token."""
    change = ProfileChange(email="alice@example.org", phone="+491711234567", language="de")
    product.core.user_register.add(product.operator("alice"), product.tenant, change)
    product.add_device("alice", "TOKEN-1")
    return product


def tell(product: Product, channel: Channel, user: str = "alice") -> None:
    product.core.announcement_desk.tell_of_device(product.operator(user), product.tenant, "TOKEN-1", channel)


@pytest.mark.parametrize(
    ("channel", "recipient"), [(Channel.EMAIL, "alice@example.org"), (Channel.SMS, "+491711234567")]
)
def test_a_user_is_told_of_a_new_token(alice: Product, courier: FakeCourier, channel: Channel, recipient: str) -> None:
    """In the user's language, with the serial and without the seed."""
    tell(alice, channel)
    (message,) = courier.sent
    assert (message.channel, message.recipient, message.language) == (channel, recipient, "de")
    assert "TOKEN-1" in message.body
    assert alice.seeds["TOKEN-1"].hex() not in message.body.lower()
    assert (alice.last_event()["event"], alice.last_event()["reason"]) == ("message:send", "done")


def test_who_cannot_be_told_is_known(alice: Product, courier: FakeCourier) -> None:
    """Nobody, who has no address, and whom the carrier does not reach."""
    with pytest.raises(NotFoundError):
        tell(alice, Channel.SMS, "nobody")
    alice.add_user("bob")
    with pytest.raises(DeliveryError):
        tell(alice, Channel.EMAIL, "bob")
    courier.failure = DeliveryError("refused")
    with pytest.raises(DeliveryError):
        tell(alice, Channel.EMAIL)
    assert courier.sent == []
