"""What comes from outside: time, chance, the key ring, and whoever carries messages."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from validate_service.core.key_ring import KeyRing
from validate_service.core.messages import Channel, Message
from validate_service.core.model import Instant

Randomness: TypeAlias = Callable[[int], bytes]
"""Returns so many bytes that nobody can predict, as ``os.urandom`` does."""


Sleep: TypeAlias = Callable[[float], None]
"""Waits for so many seconds, as ``time.sleep`` does."""

Stopping: TypeAlias = Callable[[], bool]
"""Tells whether this process is about to end: then nobody waits any longer."""


class Clock(Protocol):
    """The server's clock; never a caller's."""

    def now(self) -> Instant:
        """Return the present instant in microseconds."""


class Courier(Protocol):
    """Carries messages out of the house."""

    def carries(self, channel: Channel) -> bool:
        """Tell whether the installation has a way for *channel*."""

    def deliver(self, message: Message) -> None:
        """Hand *message* over to the mail server or gateway, within the time limit of its channel.

        Raises:
            DeliveryError: it was refused, or not taken in time; it was tried twice, unless it was refused for good.
            UnavailableError: as many messages are on their way as this process has places for.
        """


class KeyRingSource(Protocol):
    """Where the key ring comes from."""

    def current(self) -> KeyRing:
        """Return the ring as it is now.

        Raises:
            UnavailableError: it is missing, damaged, or not the one that the database was written under.
        """


class KeyRingStore(KeyRingSource, Protocol):
    """Where the key ring is kept."""

    def store(self, ring: KeyRing) -> None:
        """Replace the ring, as a whole and durably."""
