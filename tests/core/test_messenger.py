"""Messages to users: which way they go, in whose words, and what becomes of a code that nobody got."""

from dataclasses import replace

import pytest

from tests.product import Product
from tests.world import FakeClock, FakeCourier
from validate_service.core.errors import DeliveryError, NotFoundError, PolicyError, UnavailableError, ValidateError
from validate_service.core.messages import Channel, MessageKind
from validate_service.core.outcomes import Outcome
from validate_service.core.profiles import ProfileChange

EVERYWHERE = ProfileChange(email="alice@example.org", phone="+491711234567", carrier="Veri Zone")


def issued(product: Product, *, life_s: int = 90, user: str = "alice") -> str:
    desk = product.core.auth_code_desk
    tenant = product.core.tenant_register.get("default")
    return desk.issue(product.operator(user), tenant, life_s=life_s, digits=8, send=True)


def verified(product: Product, code: str) -> Outcome:
    return product.core.auth_codes.verify(product.call("alice"), code).outcome


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice can be reached in every way."""
    product.core.user_register.add(product.operator("alice"), product.tenant, EVERYWHERE)
    return product


def test_a_code_that_was_sent_is_the_code_that_is_good(alice: Product, courier: FakeCourier) -> None:
    """The text says how long, rounded up to minutes, and in whose name."""
    code = issued(alice, life_s=61)
    (message,) = courier.sent
    assert (message.channel, message.recipient, message.subject) == (Channel.SMS, "+491711234567", "")
    assert code in message.body
    assert "2 min" in message.body
    assert "ValidateService" in message.body
    assert verified(alice, code) is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("carried", "channel", "recipient"),
    [
        ({Channel.EMAIL, Channel.SMS, Channel.VOICE}, Channel.SMS, "+491711234567"),
        ({Channel.EMAIL, Channel.VOICE}, Channel.EMAIL, "alice@example.org"),
        ({Channel.VOICE}, Channel.VOICE, "+491711234567"),
    ],
)
def test_a_code_goes_to_the_phone_first(
    alice: Product, courier: FakeCourier, carried: set[Channel], channel: Channel, recipient: str
) -> None:
    """Then by mail, then it is read out, as far as anything is configured that carries it."""
    courier.channels = carried
    issued(alice)
    assert [(message.channel, message.recipient) for message in courier.sent] == [(channel, recipient)]
    assert alice.last_event()["device"] == channel


def test_the_tenant_chooses_the_order(alice: Product, courier: FakeCourier) -> None:
    """Whatever is not on the list is not tried; an empty list is the built-in order again."""
    register, call = alice.core.tenant_register, alice.operator()
    register.set_channels(call, alice.tenant, MessageKind.AUTH_CODE, [Channel.VOICE, Channel.EMAIL])
    issued(alice)
    courier.channels = {Channel.SMS}
    with pytest.raises(NotFoundError):
        issued(alice)
    register.set_channels(call, alice.tenant, MessageKind.AUTH_CODE, [])
    issued(alice)
    assert [message.channel for message in courier.sent] == [Channel.VOICE, Channel.SMS]


def test_a_carriers_mail_gateway_carries_the_sms(alice: Product, courier: FakeCourier) -> None:
    """As a mail without subject, in the words of an SMS; other carriers' phones are reached as before."""
    register, call = alice.core.tenant_register, alice.operator()
    register.set_carrier(call, alice.tenant, "VERI zone", "txt.example.net")
    courier.channels = {Channel.EMAIL}
    issued(alice)
    (message,) = courier.sent
    assert (message.channel, message.recipient) == (Channel.EMAIL, "491711234567@txt.example.net")
    assert (message.subject, message.link) == ("", "")
    assert alice.last_event()["device"] == "sms"
    register.set_carrier(call, alice.tenant, "veri zone", "")
    courier.channels = set(Channel)
    issued(alice)
    assert courier.sent[-1].channel is Channel.SMS


@pytest.mark.parametrize("domain", ["no domain", "@", "a@b", "x.example\r\nBcc: y"])
def test_a_carriers_gateway_has_a_mail_domain(product: Product, domain: str) -> None:
    """Nothing else is kept."""
    before = product.core.tenant_register.get("default").settings
    with pytest.raises(PolicyError):
        product.core.tenant_register.set_carrier(product.operator(), product.tenant, "carrier", domain)
    assert product.core.tenant_register.get("default").settings == before


def test_messages_come_from_the_organisation(alice: Product, courier: FakeCourier) -> None:
    """As its operator calls it."""
    alice.core.tenant_register.set_organisation(alice.operator(), alice.tenant, " St. Mary's Hospital ")
    issued(alice)
    assert "St. Mary's Hospital" in courier.sent[0].body


def test_the_tenants_own_words_are_sent(alice: Product, courier: FakeCourier) -> None:
    """In the user's language."""
    texts, call = alice.core.message_text_register, alice.operator()
    text = texts.find(alice.tenant, MessageKind.AUTH_CODE, Channel.SMS, "en")
    own = type(text)("de", "", "Kode: $code")
    texts.set(call, alice.tenant, MessageKind.AUTH_CODE, Channel.SMS, own)
    alice.core.user_register.update(alice.operator("alice"), alice.tenant, ProfileChange(language="de-AT"))
    code = issued(alice)
    assert (courier.sent[0].body, courier.sent[0].language) == (f"Kode: {code}", "de")


@pytest.mark.parametrize("failure", [DeliveryError("refused"), UnavailableError("full")])
def test_a_code_that_nobody_got_is_withdrawn(alice: Product, courier: FakeCourier, failure: ValidateError) -> None:
    """It must not lie about; the audit trail says what failed and which way."""
    kept = issued(alice)
    courier.failure = failure
    with pytest.raises(type(failure)):
        issued(alice)
    assert verified(alice, kept) is Outcome.NOT_ENROLLED
    (event,) = alice.audit(event="message:send", reason=failure.code)
    assert (event["device"], event["user_name"]) == ("sms", "alice")


def test_a_code_that_cannot_be_sent_replaces_nothing(alice: Product, courier: FakeCourier) -> None:
    """Who has no address keeps the older code."""
    older = alice.core.auth_code_desk.issue(alice.operator("alice"), alice.tenant, life_s=60)
    courier.channels = set()
    with pytest.raises(NotFoundError, match="No message can reach"):
        issued(alice)
    assert verified(alice, older) is Outcome.ACCEPTED


def test_who_has_no_address_is_told_apart_from_nobody(product: Product) -> None:
    """Both are failures in words."""
    product.add_user("bare")
    for user, text in (("bare", "No message can reach"), ("nobody", "no user")):
        with pytest.raises(NotFoundError, match=text):
            issued(product, user=user)
    with pytest.raises(NotFoundError):
        product.core.auth_code_desk.messenger.way_to(product.tenant, 4711, MessageKind.AUTH_CODE)


def test_nothing_of_a_message_is_in_the_audit_trail_or_its_own_repr(alice: Product, courier: FakeCourier) -> None:
    """Neither code nor address nor number."""
    code = issued(alice)
    text = f"{alice.audit()} {courier.sent}"
    assert not [secret for secret in (code, "+491711234567", "alice@example.org") if secret in text]


@pytest.mark.parametrize("channel", list(Channel))
def test_a_code_goes_the_one_way_that_was_asked_for(alice: Product, courier: FakeCourier, channel: Channel) -> None:
    """Or no way: a second best channel may be in the wrong hands."""
    desk, operator, tenant = alice.core.auth_code_desk, alice.operator("alice"), alice.tenant
    desk.send(operator, tenant, channel)
    assert [message.channel for message in courier.sent] == [channel]
    courier.channels.remove(channel)
    with pytest.raises(DeliveryError):
        desk.send(operator, tenant, channel)


def test_a_code_that_is_only_sent_is_no_tokens(alice: Product, courier: FakeCourier) -> None:
    """It is longer than what a token shows, has no zero in front, and is good for ten minutes."""
    desk, clock = alice.core.auth_code_desk, alice.core.auth_code_desk.clock
    assert isinstance(clock, FakeClock)
    zero_first = iter([bytes(18), bytes(range(1, 19)), bytes(18), bytes(range(1, 19))])
    desk = replace(desk, randomness=lambda _: next(zero_first))
    for life_s, outcome in [(599, Outcome.ACCEPTED), (600, Outcome.EXPIRED)]:
        desk.send(alice.operator("alice"), alice.tenant, Channel.SMS)
        assert "123456789" in courier.sent[-1].body
        assert "10 min" in courier.sent[-1].body
        clock.advance(life_s)
        assert verified(alice, "123456789") is outcome
