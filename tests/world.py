"""The outside, as tests want it: a clock that stands still, and waiting that moves it."""

import os
from dataclasses import dataclass

from validate_service.bootstrap import World
from validate_service.core.lockout import MICROSECONDS


@dataclass
class FakeClock:
    """A clock that stands still until a test moves it."""

    instant: int = 1_700_000_000 * MICROSECONDS

    def now(self) -> int:
        return self.instant

    def advance(self, seconds: float) -> None:
        self.instant += round(seconds * MICROSECONDS)


def fake_world(clock: FakeClock) -> World:
    """Return a world at the time of *clock*, in which waiting takes no time but moves the clock."""
    return World(clock, os.urandom, clock.advance)
