"""Thousands of HTTP calls at once, from one thread that costs little: some wait long, others come at a fixed rate."""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

LOST = b""
"""The answer of a call whose connection was closed."""


class Answer(NamedTuple):
    """What one call was answered, and when on the monotonic clock."""

    name: str
    at: float
    text: bytes

    @property
    def is_true(self) -> bool:
        return self.text.startswith(b"HTTP/1.1 200 ") and b"Result>true<" in self.text

    @property
    def is_false(self) -> bool:
        return self.text.startswith(b"HTTP/1.1 200 ") and b"Result>false<" in self.text


@dataclass(slots=True, eq=False)
class _Connection:
    socket: socket.socket
    name: str
    done: Callable[["_Connection", bytes], None]
    received: bytes = b""
    due: deque[tuple[float, bytes]] = field(default_factory=deque)
    is_busy: bool = False

    def is_whole(self) -> bool:
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        return len(body) >= int(length or 0)


class Crowd:
    """Callers of one service.

    Attributes:
        waiting: How many calls were asked and not answered yet.
        answers: What those that waited were answered, in this order.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._again: dict[str, bytes] = {}
        self.waiting = 0
        self.answers: list[Answer] = []

    def ask(self, calls: Iterable[tuple[str, bytes]], *, per_second: float, again: bool = False) -> None:
        """Make named calls, each over a connection of its own, and do not wait for their answers.

        Args:
            calls: Names and whole requests.
            per_second: How many to begin in a second.
            again: Whether each call is to be made again as soon as it is answered.
        """
        begin = time.monotonic()
        for number, (name, request) in enumerate(calls):
            self.look(begin + number / per_second - time.monotonic())
            if again:
                self._again[name] = request
            self._open(name, self._answered).sendall(request)
            self.waiting += 1

    def look(self, seconds: float) -> None:
        """See what comes in so many seconds."""
        end = time.monotonic() + seconds
        while True:
            for key, _ in self._selector.select(max(0, end - time.monotonic())):
                self._receive(key.data)
            if time.monotonic() >= end:
                return

    def look_until(self, is_enough: Callable[[], bool], *, patience_s: float) -> bool:
        """See what comes until it is enough; tell whether it ever was."""
        deadline = time.monotonic() + patience_s
        while not is_enough() and time.monotonic() < deadline:
            self.look(0.02)
        return is_enough()

    def load(self, shares: Sequence[Sequence[bytes]], *, per_second: float) -> list[Answer]:
        """Make calls at a fixed rate, whatever comes of them; return their answers when all are there.

        Args:
            shares: For each connection the requests that go over it, one after the other.
            per_second: How many to begin in a second, over all connections.

        Returns:
            The answers; each one's time is how long after it was due it came.
        """
        answers: list[Answer] = []
        connections = [self._connected(str(number)) for number in range(len(shares))]
        for connection in connections:
            connection.done = lambda one, text: self._loaded(one, text, answers)
        begin = time.monotonic()
        for place in range(max(map(len, shares))):
            for number, (connection, share) in enumerate(zip(connections, shares, strict=True)):
                if place < len(share):
                    due = begin + (place * len(shares) + number) / per_second
                    self.look(due - time.monotonic())
                    connection.due.append((due, share[place]))
                    self._send_next(connection)
        while any(connection.due for connection in connections):
            self.look(0.02)
        for connection in connections:
            self._close(connection)
        return answers

    def take_answers(self) -> list[Answer]:
        """Return the answers since the last time."""
        taken, self.answers = self.answers, []
        return taken

    def hang_up(self) -> None:
        """Close all connections."""
        for key in list(self._selector.get_map().values()):
            self._close(key.data)
        self._again.clear()
        self.waiting = 0

    def _connected(self, name: str) -> _Connection:
        client = socket.create_connection(("127.0.0.1", self._port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(client, name, self._answered)
        self._selector.register(client, selectors.EVENT_READ, connection)
        return connection

    def _open(self, name: str, done: Callable[[_Connection, bytes], None]) -> socket.socket:
        connection = self._connected(name)
        connection.done = done
        return connection.socket

    def _close(self, connection: _Connection) -> None:
        self._selector.unregister(connection.socket)
        connection.socket.close()

    def _receive(self, connection: _Connection) -> None:
        try:
            chunk = connection.socket.recv(65_536)
        except ConnectionError:
            chunk = b""
        connection.received += chunk
        if not chunk:
            self._close(connection)
            connection.done(connection, LOST)
        elif connection.is_whole():
            text, connection.received = connection.received, b""
            connection.done(connection, text)

    def _answered(self, connection: _Connection, text: bytes) -> None:
        self.answers.append(Answer(connection.name, time.monotonic(), text))
        request = self._again.get(connection.name)
        if request is not None and text is not LOST:
            connection.socket.sendall(request)
            return
        self.waiting -= 1
        if text is not LOST:
            self._close(connection)

    def _send_next(self, connection: _Connection) -> None:
        if connection.due and not connection.is_busy:
            connection.is_busy = True
            connection.socket.sendall(connection.due[0][1])

    def _loaded(self, connection: _Connection, text: bytes, answers: list[Answer]) -> None:
        if text is LOST:
            raise ConnectionError("a connection of the load was closed")
        due, _ = connection.due.popleft()
        answers.append(Answer(connection.name, time.monotonic() - due, text))
        connection.is_busy = False
        self._send_next(connection)
