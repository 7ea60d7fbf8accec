"""Load over keep-alive connections, from one thread that costs little, and what it cost the server."""

import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector

from tests.bench.processes import cpu_seconds
from tests.bench.servers import Server

_LENGTH, _CLOSE = b"\r\ncontent-length:", b"\r\nconnection: close"
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of requests took.

    Attributes:
        requests: How many there were; all were answered right.
        seconds: How long all of them took.
        cpu_seconds: CPU time of the server.
        latencies: How long each took; empty if nobody looked.
        database_cpu_seconds: CPU time of the database, where it is a server of its own.
        load_cpu_seconds: CPU time of whoever made the requests, on the same machine.
    """

    requests: int
    seconds: float
    cpu_seconds: float
    latencies: Sequence[float] = ()
    database_cpu_seconds: float = 0
    load_cpu_seconds: float = 0

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU time of server and database per request."""
        return self.server_us + self.database_us

    @property
    def server_us(self) -> float:
        return self._each_us(self.cpu_seconds)

    @property
    def database_us(self) -> float:
        return self._each_us(self.database_cpu_seconds)

    @property
    def load_us(self) -> float:
        return self._each_us(self.load_cpu_seconds)

    def percentile_ms(self, percent: int) -> float:
        return percentile_ms(self.latencies, percent)

    def _each_us(self, seconds: float) -> float:
        return seconds / self.requests * 1e6


def percentile_ms(seconds: Sequence[float], percent: int) -> float:
    """Return the percentile of so many times, in milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1e3


def run_round(server: Server, messages: Sequence[bytes], expected: bytes, connections: int) -> Round:
    """Send *messages*, whole HTTP requests, over so many connections.

    Args:
        server: Who answers.
        messages: The first goes over the first connection, the second over the second, and so on around.
        expected: What every answer must hold.
        connections: How many requests are on their way at once.

    Raises:
        RuntimeError: an answer does not hold what is expected, or does not come.
    """
    pids, database = (server.pid, *server.others), (server.database_pid,) if server.database_pid else ()
    shares = [messages[number::connections] for number in range(connections)]
    cpu, database_cpu = cpu_seconds(*pids), cpu_seconds(*database)
    load_cpu, begin = time.process_time(), time.perf_counter()
    latencies = _send(server.port, shares, expected)
    seconds, load_cpu = time.perf_counter() - begin, time.process_time() - load_cpu
    cpu, database_cpu = cpu_seconds(*pids) - cpu, cpu_seconds(*database) - database_cpu
    return Round(len(messages), seconds, cpu, latencies, database_cpu, load_cpu)


def _send(port: int, shares: Sequence[Sequence[bytes]], expected: bytes) -> list[float]:
    """Send each share over a connection of its own; return how long each answer took."""
    latencies: list[float] = []
    with DefaultSelector() as selector, ExitStack() as lanes:
        for share in shares:
            lane = _Lane(port, share, selector)
            lanes.callback(lane.hang_up)
            lane.send_next()
        while selector.get_map():
            ready = selector.select(_PATIENCE_S)
            if not ready:
                raise RuntimeError(f"no answer for {_PATIENCE_S} s, after {len(latencies)} answers")
            for key, _ in ready:
                lane = key.data
                answer = lane.receive()
                if answer is None:
                    continue
                latencies.append(time.perf_counter() - lane.sent_at)
                if expected not in answer:
                    raise RuntimeError(f"a wrong answer after {len(latencies) - 1} right ones: {answer!r}")
                lane.send_next()
    return latencies


class _Lane:
    """One connection, and the requests that go over it one after the other."""

    def __init__(self, port: int, messages: Sequence[bytes], selector: DefaultSelector) -> None:
        self._address = ("127.0.0.1", port)
        self._messages = iter(messages)
        self._selector = selector
        self._received = b""
        self._socket: socket.socket | None = None
        self.sent_at = 0.0

    def send_next(self) -> None:
        """Send the next request, over a new connection where there is none; hang up behind the last."""
        message = next(self._messages, None)
        if message is None:
            self.hang_up()
            return
        self.sent_at = time.perf_counter()
        (self._socket or self._connect()).sendall(message)

    def receive(self) -> bytes | None:
        """Take what came; return the answer if it is whole."""
        if self._socket is None or not (chunk := self._socket.recv(65_536)):
            raise RuntimeError(f"the server closed a connection after {self._received!r}")
        answer = self._received + chunk
        head = answer[: answer.find(b"\r\n\r\n") + 2].lower()
        if not _is_whole(answer, head):
            self._received = answer
            return None
        self._received = b""
        if _CLOSE in head:
            self.hang_up()
        return answer

    def _connect(self) -> socket.socket:
        self._socket = socket.create_connection(self._address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self._socket, EVENT_READ, self)
        return self._socket

    def hang_up(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None


def _is_whole(answer: bytes, head: bytes) -> bool:
    """Tell whether *answer* has all of the body that its *head*, in small letters, promises."""
    place = head.find(_LENGTH)
    if place < 0:
        return False
    length = int(head[place + len(_LENGTH) : head.index(b"\r\n", place + 2)])
    return len(answer) >= len(head) + 2 + length
