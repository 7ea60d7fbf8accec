"""The outside, as tests want it: a clock that stands still, and messages that go nowhere."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from validate_service.bootstrap import World
from validate_service.core.errors import ValidateError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.messages import Channel, Message
from validate_service.core.model import Subscription
from validate_service.core.ports import Sent


@dataclass
class FakeClock:
    """A clock that stands still until a test moves it."""

    instant: int = 1_700_000_000 * MICROSECONDS

    def now(self) -> int:
        return self.instant

    def advance(self, seconds: float) -> None:
        self.instant += round(seconds * MICROSECONDS)


@dataclass
class FakeCourier:
    """Carries messages nowhere, or fails as a test says.

    Attributes:
        channels: What it carries.
        failure: What a delivery ends in; ``None`` for success.
        sent: What was delivered.
    """

    channels: set[Channel] = field(default_factory=lambda: set(Channel))
    failure: ValidateError | None = None
    sent: list[Message] = field(default_factory=list)

    def carries(self, channel: Channel) -> bool:
        return channel in self.channels

    def deliver(self, message: Message) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)


@dataclass
class FakePushService:
    """Sends messages to phones nowhere, or fails as a test says.

    Attributes:
        key: The key that phones are to expect messages from; ``None`` if none are sent.
        endpoints: What the endpoints begin with that messages may be sent to.
        answer: What becomes of every message.
        sent: What was sent: where to, what, for how many seconds, under which topic.
    """

    key: bytes | None = None
    endpoints: str = "https://push.example/for/"
    answer: Sent = Sent.TAKEN
    sent: list[tuple[Subscription, bytes, int, str]] = field(default_factory=list)

    def public_key(self) -> bytes | None:
        return self.key

    def takes(self, endpoint: str) -> bool:
        return endpoint.startswith(self.endpoints)

    def send(self, subscription: Subscription, message: bytes, *, life_s: int, topic: str) -> Sent:
        self.sent.append((subscription, message, life_s, topic))
        return self.answer


@dataclass
class FakeBackground:
    """Jobs in the background, which are done when a test says so.

    Attributes:
        places: For how many there is room.
        waiting: Those that wait.
    """

    places: int = 1000
    waiting: list[Callable[[], None]] = field(default_factory=list)

    def __call__(self, job: Callable[[], None]) -> bool:
        if len(self.waiting) >= self.places:
            return False
        self.waiting.append(job)
        return True

    def work(self) -> None:
        """Do what waits."""
        while self.waiting:
            self.waiting.pop(0)()


def fake_world(clock: FakeClock, courier: FakeCourier | None = None, **more: Any) -> World:
    """Return a world at the time of *clock*, in which nothing leaves the product but what a test takes."""
    outside: dict[str, Any] = {"push_service": FakePushService(), "background": FakeBackground()} | more
    return World(clock, os.urandom, courier or FakeCourier(), **outside)
