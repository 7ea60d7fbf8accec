"""Load over keep-alive connections, and what it cost the server."""

import os
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Round:
    """What one round of requests took."""

    requests: int
    seconds: float
    cpu_seconds: float
    latencies: Sequence[float]

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        return self.cpu_seconds / self.requests * 1e6

    def percentile_ms(self, percent: int) -> float:
        return percentile_ms(self.latencies, percent)


def percentile_ms(seconds: Sequence[float], percent: int) -> float:
    """Return the percentile of so many times, in milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1e3


def run_round(port: int, pid: int, messages: Sequence[bytes], expected: bytes, connections: int) -> Round:
    """Send *messages*, whole HTTP requests, over so many connections; every answer must hold *expected*."""
    latencies: list[float] = []
    failures: list[bytes] = []
    shares = [messages[number::connections] for number in range(connections)]
    threads = [Thread(target=_send, args=(port, share, expected, latencies, failures)) for share in shares]
    cpu, begin = cpu_seconds(pid), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    if failures or len(latencies) != len(messages):
        raise RuntimeError(f"{len(failures)} wrong answers, the first: {failures[:1]!r}")
    return Round(len(messages), seconds, cpu_seconds(pid) - cpu, latencies)


def _send(port: int, messages: Sequence[bytes], expected: bytes, latencies: list[float], failures: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for message in messages:
            begin = time.perf_counter()
            connection.sendall(message)
            answer = _receive(connection)
            latencies.append(time.perf_counter() - begin)
            if expected not in answer:
                failures.append(answer)


def _receive(connection: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    while len(body) < length:
        body += connection.recv(65536)
    return body


def family(pid: int) -> Iterator[int]:
    """Yield *pid* and its children."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(child)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that *pid* and its children used, user and system."""
    total = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS_PER_SECOND


def worker_memory_mib(pid: int) -> float:
    """Return the resident memory of the largest child of *pid*."""
    return max(_resident_kib(child) for child in list(family(pid))[1:]) / 1024


def resident_kib(pid: int) -> int:
    """Return the resident memory of all children of *pid*."""
    return sum(_resident_kib(child) for child in list(family(pid))[1:])


def _resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
