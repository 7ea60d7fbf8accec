"""Messages to phones: where they go, what they say, and what becomes of them."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.core.authenticators.conftest import Desk
from tests.delivery.push_service import Browser
from tests.primitives.software_phone import URL, SoftwarePhone, phone_call
from tests.product import Product, copied_product
from tests.world import FakeBackground, FakeClock, FakePushService, fake_world
from validate_service.core.authenticators.messages import LONGEST_ENDPOINT, PhoneMessageDesk
from validate_service.core.errors import ConflictError, MalformedRequestError, PolicyError
from validate_service.core.metrics import Metric
from validate_service.core.model import ApprovalPurpose, Subscription
from validate_service.core.ports import Sent
from validate_service.core.profiles import ProfileChange

ENDPOINT = "https://push.example/for/"
KEY = b"\4" + bytes(64)


@dataclass
class Messages:
    """Messages to phones, and what is outside of the product.

    Attributes:
        desk: Alice and who asks her.
        service: The push service.
        background: What waits to be sent.
        counted: What was counted.
    """

    desk: Desk
    service: FakePushService
    background: FakeBackground
    counted: Counter[Metric]

    @property
    def sender(self) -> PhoneMessageDesk:
        """What is tested."""
        return self.desk.core.phone_messages

    def work(self) -> None:
        """Send what waits."""
        self.background.work()

    def subscribe(self, phone: SoftwarePhone, subscription: Subscription) -> None:
        """Let messages for the phone go there."""
        self.sender.subscribe(phone_call(), phone.holder(self.desk.core), subscription)

    def subscribed(self, name: str = "one") -> SoftwarePhone:
        """Return a phone of alice that takes messages."""
        phone = self.desk.phone()
        self.subscribe(phone, browser(name).subscription)
        return phone

    def audited(self) -> list[tuple[str, str]]:
        """Return what was noted about deliveries: how they ended, and which phone it was."""
        events = self.desk.product.audit(event="push:deliver")
        return [(event["reason"], event["device"]) for event in events]


def browser(name: str) -> Browser:
    """Return a browser with an endpoint of this name."""
    return Browser(ENDPOINT + name, KEY)


@pytest.fixture
def messages(new_product: Product, tmp_path: Path, clock: FakeClock) -> Iterator[Messages]:
    """A product whose user alice is asked on phones that take messages."""
    service, background, counted = FakePushService(KEY), FakeBackground(), Counter[Metric]()
    world = fake_world(
        clock, push_service=service, background=background, count=lambda metric: counted.update([metric])
    )
    reachable = replace(new_product, settings=replace(new_product.settings, public_url=URL))
    product = copied_product(reachable, tmp_path, world)
    product.add_user("alice")
    yield Messages(Desk(product, clock), service, background, counted)
    product.installation.database.close()


def test_every_phone_that_takes_messages_is_told(messages: Messages, clock: FakeClock) -> None:
    """Of the push, for as long as it lives, in place of what was told of it before; and of nothing but that."""
    messages.subscribed("one")
    messages.subscribed("two")
    messages.desk.phone()
    approval = messages.desk.ask()
    assert messages.service.sent == []
    clock.advance(3.2)
    messages.work()
    assert [subscription.endpoint for subscription, *_ in messages.service.sent] == [ENDPOINT + "one", ENDPOINT + "two"]
    for _, message, life_s, topic in messages.service.sent:
        notification = {"title": "Sign-in request", "navigate": f"{URL}/pingme/"}
        assert json.loads(message) == {"web_push": 8030, "notification": notification}
        assert (life_s, topic) == (46, approval.id)
    assert messages.counted == {Metric.MESSAGES_TAKEN: 2}
    assert messages.audited() == []


@pytest.mark.parametrize(
    ("language", "purpose", "title"),
    [
        ("German", ApprovalPurpose.SIGN_IN, "Anmeldeanfrage"),
        ("de-AT", ApprovalPurpose.SIGN_IN, "Anmeldeanfrage"),
        ("fr", ApprovalPurpose.SIGN_IN, "Sign-in request"),
        ("de", ApprovalPurpose.TEST, "Testnachricht"),
    ],
)
def test_a_message_is_in_the_users_language(
    messages: Messages, language: str, purpose: ApprovalPurpose, title: str
) -> None:
    """Or in English."""
    product = messages.desk.product
    product.core.user_register.update(product.operator("alice"), product.tenant, ProfileChange(language=language))
    phone = messages.subscribed()
    if purpose is ApprovalPurpose.TEST:
        messages.desk.core.phone_answers.test(phone_call(), phone.holder(messages.desk.core))
    else:
        messages.desk.ask()
    messages.work()
    assert json.loads(messages.service.sent[0][1])["notification"]["title"] == title


@pytest.mark.parametrize(
    ("sent", "metric"),
    [
        (Sent.FAILED, Metric.MESSAGES_FAILED),
        (Sent.REFUSED, Metric.MESSAGES_REFUSED),
        (Sent.GONE, Metric.SUBSCRIPTIONS_GONE),
    ],
)
def test_what_does_not_get_through_is_counted_and_audited(messages: Messages, sent: Sent, metric: Metric) -> None:
    """With the phone's name, under the id of the push; a phone that is gone is not tried again."""
    phone = messages.subscribed()
    messages.service.answer = sent
    asked = []
    for _ in range(2):
        asked.append(messages.desk.ask())
        messages.work()
    tries = 1 if sent is Sent.GONE else 2
    assert messages.audited() == [(sent.value, phone.serial)] * tries
    assert messages.counted == {metric: tries}
    event = messages.desk.product.audit(event="push:deliver")[0]
    assert (event["request_id"], event["user_name"], event["surface"]) == (asked[0].id, "alice", "web_push")


def test_a_phone_that_went_elsewhere_meanwhile_keeps_its_new_place(messages: Messages) -> None:
    """What is gone is the old one."""
    phone = messages.subscribed("old")
    messages.desk.ask()
    messages.subscribe(phone, browser("new").subscription)
    messages.service.answer = Sent.GONE
    messages.work()
    subscription = phone.holder(messages.desk.core).authenticator.subscription
    assert subscription is not None
    assert subscription.endpoint == ENDPOINT + "new"


def test_too_many_messages_are_dropped(messages: Messages) -> None:
    """Nobody waits for a place: the page that is open learns of the push all the same."""
    first, second = messages.subscribed("one"), messages.subscribed("two")
    messages.background.places = 1
    messages.desk.ask()
    assert messages.audited() == [("dropped", second.serial)]
    messages.work()
    assert messages.counted == {Metric.MESSAGES_TAKEN: 1, Metric.MESSAGES_DROPPED: 1}
    assert first.serial != second.serial


def test_a_message_that_waited_too_long_is_dropped(messages: Messages, clock: FakeClock) -> None:
    """The push has expired: there is nothing to look at."""
    phone = messages.subscribed()
    messages.desk.ask()
    clock.advance(50)
    messages.work()
    assert messages.service.sent == []
    assert messages.audited() == [("dropped", phone.serial)]


def test_without_a_push_service_nobody_is_told(messages: Messages) -> None:
    """And nothing is looked up."""
    messages.subscribed()
    messages.service.key = None
    assert messages.sender.public_key() is None
    messages.desk.ask()
    assert messages.background.waiting == []


def test_a_user_who_was_deleted_meanwhile_is_not_told(messages: Messages) -> None:
    """Nor does it hurt anybody."""
    messages.subscribed()
    approval = messages.desk.ask()
    messages.work()
    messages.sender.announce(10**9, approval)
    assert messages.background.waiting == []


def test_phones_learn_whose_messages_to_expect(messages: Messages) -> None:
    """By the key that the push service is shown."""
    assert messages.sender.public_key() == KEY


def test_a_phone_says_where_messages_reach_it(messages: Messages) -> None:
    """In place of where they did; audited, but not again where nothing changed."""
    phone, one = messages.desk.phone(), browser("one").subscription
    for subscription in (one, one, browser("two").subscription):
        messages.subscribe(phone, subscription)
    events = messages.desk.product.audit(event="phone:subscribe")
    assert [(event["reason"], event["device"], event["caller"]) for event in events] == [
        ("done", phone.serial, phone.serial)
    ] * 2
    assert all("push.example" not in str(event) for event in events)


def test_a_cloned_subscription_is_refused(messages: Messages) -> None:
    """Two phones with one endpoint: one of them is a copy."""
    messages.subscribed("one")
    copy = messages.desk.phone()
    with pytest.raises(ConflictError):
        messages.subscribe(copy, browser("one").subscription)
    assert copy.holder(messages.desk.core).authenticator.subscription is None


@pytest.mark.parametrize("endpoint", ["https://elsewhere.example/x", "http://push.example/for/x", "file:///etc/passwd"])
def test_only_known_push_services_are_taken(messages: Messages, endpoint: str) -> None:
    """A phone must not make the server call whomever it likes."""
    phone = messages.desk.phone()
    with pytest.raises(PolicyError):
        messages.subscribe(phone, replace(browser("x").subscription, endpoint=endpoint))


GOOD = browser("x").subscription


@pytest.mark.parametrize(
    "subscription",
    [
        replace(GOOD, endpoint=ENDPOINT + "x" * LONGEST_ENDPOINT),
        replace(GOOD, message_key=b""),
        replace(GOOD, message_key=GOOD.message_key[:-1]),
        replace(GOOD, message_key=GOOD.message_key + b"\0"),
        replace(GOOD, message_key=GOOD.message_key[:-1] + bytes([GOOD.message_key[-1] ^ 1])),
        replace(GOOD, message_key=b"\2" + GOOD.message_key[1:33]),
        replace(GOOD, message_key=b"\0"),
        replace(GOOD, message_secret=b""),
        replace(GOOD, message_secret=bytes(17)),
    ],
)
def test_what_no_browser_says_is_refused(messages: Messages, subscription: Subscription) -> None:
    """A key that is no point on the curve, a secret of another length, an endpoint without end."""
    phone = messages.desk.phone()
    with pytest.raises(MalformedRequestError):
        messages.subscribe(phone, subscription)
