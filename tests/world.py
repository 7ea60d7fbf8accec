"""The outside, as tests want it: a clock that stands still, and messages that go nowhere."""

import os
from dataclasses import dataclass, field

from validate_service.bootstrap import World
from validate_service.core.errors import ValidateError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.messages import Channel, Message


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


def fake_world(clock: FakeClock, courier: FakeCourier | None = None) -> World:
    """Return a world at the time of *clock*."""
    return World(clock, os.urandom, courier or FakeCourier())
