"""What comes from outside: time, chance, the key ring, whoever carries messages, news from elsewhere."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TypeAlias

from validate_service.core.key_ring import KeyRing
from validate_service.core.messages import Channel, Message
from validate_service.core.metrics import Metric
from validate_service.core.model import Approval, Instant, Subscription
from validate_service.core.ports.sessions import Transaction

Randomness: TypeAlias = Callable[[int], bytes]
"""Returns so many bytes that nobody can predict, as ``os.urandom`` does."""


Stopping: TypeAlias = Callable[[], bool]
"""Tells whether this process is about to end: then nobody waits any longer."""


Announce: TypeAlias = Callable[[int, Approval], None]
"""Tells the phones of the user with this number that there is a push; comes back at once."""

Background: TypeAlias = Callable[[Callable[[], None]], bool]
"""Does a job soon, on a thread of its own; tells whether it was taken, or as many wait as there are places for."""

Count: TypeAlias = Callable[[Metric], None]
"""Counts one more of something, for whoever watches the service."""

Tell: TypeAlias = Callable[[int], None]
"""Notes how many of something there are now, for whoever watches the service; comes back at once."""

Wake: TypeAlias = Callable[[], None]
"""Is told once that there is news; may be called from any thread, and comes back at once."""

Forget: TypeAlias = Callable[[], None]
"""Ends what was arranged; may be called more than once."""


class Lookout(Protocol):
    """Learns what happens to approvals, in whatever process or node, and wakes those of this process who wait."""

    def __len__(self) -> int:
        """Return how many wait."""

    def await_answer(self, approval_id: str, wake: Wake) -> Forget:
        """Call *wake* once when the approval is answered or closed."""

    def await_question(self, user_id: int, wake: Wake) -> Forget:
        """Call *wake* once when anything changes about what the user is asked."""


class Sent(StrEnum):
    """What became of a message to a phone."""

    TAKEN = "taken"
    GONE = "gone"
    """The push service says that the phone does not want any more."""
    FAILED = "failed"
    """The push service did not take it, or not in time."""
    REFUSED = "refused"
    """The push service is none that messages may be sent to."""
    DROPPED = "dropped"
    """It was not tried: so many messages wait that there is no place, or it would come too late."""


class PushService(Protocol):
    """Sends messages to phones, as they are read by nobody else."""

    def public_key(self) -> bytes | None:
        """Return the point on P-256 that phones are to expect messages from, 65 bytes; ``None`` if none are sent."""

    def takes(self, endpoint: str) -> bool:
        """Tell whether messages may be sent to *endpoint*."""

    def send(self, subscription: Subscription, message: bytes, *, life_s: int, topic: str) -> Sent:
        """Send *message*, of at most 3,000 bytes.

        Args:
            subscription: Where to.
            message: What the phone is to read.
            life_s: For how long the push service is to keep it.
            topic: A newer message of the same topic replaces one that was not delivered yet; at most 32 characters.
        """


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


class RingLock(Protocol):
    """What keeps the ring as it is while somebody relies on it, in whichever process.

    Whoever holds or claims it must read the ring only then.
    """

    def hold(self, transaction: Transaction) -> None:
        """Let nobody change the ring before *transaction* ends; many may hold it at once."""

    def claim(self, transaction: Transaction) -> None:
        """Wait until nobody holds the ring, and let nobody before *transaction* ends."""
