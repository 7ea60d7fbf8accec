"""What every way of sending shares: the time limit of a message, and how a try fails."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock
from typing import TypeVar

Connection = TypeVar("Connection", bound=socket.socket)

PAUSE_S = 0.3
"""How long to wait before the second try: a service that is being restarted may be back by then."""


class SendError(Exception):
    """One try failed.  The text names the kind of failure, never the recipient or the text."""

    def __init__(self, kind: str, *, is_passing: bool) -> None:
        """Keep *kind*, and whether a second try may do better."""
        super().__init__(kind)
        self.is_passing = is_passing


class TimeLimit:
    """The time that one message has, and the connection that ends with it.

    A socket's own time-out is about one read or write: who answers one byte a second never meets it.  So another thread
    ends the connection when the time is over.
    """

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._ends_at = time.monotonic() + seconds
        self._over = Event()
        self._lock = Lock()
        self._connection: socket.socket | None = None

    def remaining(self) -> float:
        """Return the seconds that are left: more than none.

        Raises:
            TimeoutError: none are left.
        """
        seconds = self._ends_at - time.monotonic()
        if self._over.is_set() or seconds <= 0:
            raise TimeoutError
        return seconds

    def pause(self, seconds: float) -> bool:
        """Wait for *seconds* and return ``True``, or return ``False`` if so much time is not left."""
        if self._ends_at - time.monotonic() <= seconds:
            return False
        return not self._over.wait(seconds)

    def hold(self, connection: socket.socket) -> None:
        """Let *connection* end with the time; it takes the place of an older one."""
        with self._lock:
            self._connection = connection
        if self._over.is_set():
            self.end()

    def replace(self, changed: Callable[[], Connection]) -> Connection:
        """Hold the connection that *changed* makes of the one held, which does not end in between.

        Raises:
            TimeoutError: the time was over before.
            OSError: as *changed*, which must not wait for the other side.
        """
        with self._lock:
            if self._over.is_set():
                raise TimeoutError
            connection = changed()
            self._connection = connection
        return connection

    def end(self) -> None:
        """End the time and the connection now: who waits on it is told that it is closed."""
        self._over.set()
        with self._lock:
            if self._connection is not None:
                # The plain socket's way: the one of TLS would change an object that another thread reads from.
                with suppress(OSError):
                    socket.socket.shutdown(self._connection, socket.SHUT_RDWR)


def try_twice(send: Callable[[], None], limit: TimeLimit) -> None:
    """Do *send*; once more after a pause, if it failed in a way that passes, and there is time.

    Raises:
        SendError: it failed for good, or twice.
    """
    try:
        send()
    except SendError as error:
        if not error.is_passing or not limit.pause(PAUSE_S):
            raise
        send()
