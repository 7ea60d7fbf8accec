"""The courier: hands each message to what carries its channel, within a time limit."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from threading import BoundedSemaphore
from typing import Protocol

from validate_service.core.errors import DeliveryError, UnavailableError
from validate_service.core.messages import Channel, Message
from validate_service.delivery.attempt import SendError, TimeLimit, try_twice


class Transport(Protocol):
    """Carries the messages of one channel."""

    def send(self, message: Message, limit: TimeLimit) -> None:
        """Try once to hand *message* over.

        Raises:
            SendError: it was not taken.
        """


class Courier:
    """Sends each message in a thread of its own, so that no caller waits longer than the time limit."""

    def __init__(self, transports: Mapping[Channel, Transport], *, timeout_s: float, places: int) -> None:
        """Keep what carries each channel.

        Args:
            transports: What carries each channel; a channel that is missing is carried by nothing.
            timeout_s: The time limit of one message, both tries together.
            places: How many messages may be on their way at once.
        """
        self._transports = dict(transports)
        self._timeout_s = timeout_s
        self._places = places
        self._free_places = BoundedSemaphore(places)
        # Its threads begin with the first message: a process that forks before it serves loses none.
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="courier")

    def carries(self, channel: Channel) -> bool:
        """Tell whether the installation has a way for *channel*."""
        return channel in self._transports

    def deliver(self, message: Message) -> None:
        """Hand *message* over, within the time limit, whatever the other side does.

        Raises:
            DeliveryError: nothing carries its channel, it was refused, or not taken in time.
            UnavailableError: all places are taken.  A place whose message was given up is taken until its thread is
                free: looking up a name cannot be cut short.
        """
        transport = self._transports.get(message.channel)
        if transport is None:
            raise DeliveryError(f"{message.channel}: nothing is set up to carry it")
        if not self._free_places.acquire(blocking=False):
            raise UnavailableError(f"as many messages are on their way as there are places: {self._places}")
        limit = TimeLimit(self._timeout_s)
        sending = self._threads.submit(self._send, transport, message, limit)
        in_time, _ = wait([sending], self._timeout_s)
        # Whoever reads headers takes the end of the connection for theirs: what is done from now on was not taken.
        limit.end()
        if not in_time:
            raise DeliveryError(f"{message.channel}: not taken within {self._timeout_s} s")
        sending.result()

    def _send(self, transport: Transport, message: Message, limit: TimeLimit) -> None:
        try:
            try_twice(lambda: transport.send(message, limit), limit)
        except SendError as error:
            raise DeliveryError(f"{message.channel}: {error}") from None
        finally:
            self._free_places.release()
