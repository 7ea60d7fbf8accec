"""ValidateOTP at a fixed rate while nobody waits for their users, while thousands do, and while thousands come and go.

One server has nobody who waits, another one all of them; the load goes to them in turn.  All callers are one process,
and all phones are another: they answer in the database, as other nodes do.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

from tests.bench.crowd import Answer, Crowd
from tests.bench.figures import show, spread
from tests.bench.load import percentile_ms
from tests.bench.processes import cpu_seconds, resident_kib
from tests.bench.report import machine
from tests.bench.servers import WORKERS, Server, product_server
from tests.bench.soap import one_time_passwords, request, soap_request
from tests.product import Product, create_product
from validate_service.bootstrap import open_installation
from validate_service.core.calls import Call
from validate_service.core.model import DeviceKind, Profile, Tenant
from validate_service.core.names import UserName
from validate_service.core.origin import Origin
from validate_service.storage.devices import DeviceTable
from validate_service.storage.users import UserTable

OTP_PER_SECOND, ANSWERS_PER_SECOND, ASKED_PER_SECOND = 300, 200, 300
PHONES = 4
"""Threads that answer."""

IN_TIME_S = 1.0
"""A call of the load that was answered later than this after it was due was not served at the offered rate."""

_LIFE_S = 300
_CONNECTIONS = 26
_USERS = 4 * _CONNECTIONS
_SETTLE_S = 1.0
_PATIENCE_S = 60
_WARM_UP = 500


class Remote:
    """An object in a process of its own, whose methods are called one at a time."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(target=_serve, args=(make, theirs), daemon=True)
        self._process.start()

    def begin(self, name: str, *arguments: Any, **named: Any) -> None:
        self._pipe.send((name, arguments, named))

    def end(self) -> Any:
        result = self._pipe.recv()
        if isinstance(result, BaseException):
            raise result
        return result

    def call(self, name: str, *arguments: Any, **named: Any) -> Any:
        self.begin(name, *arguments, **named)
        return self.end()

    def close(self) -> None:
        self._process.terminate()
        self._process.join()


def _serve(make: Callable[[], Any], pipe: Any) -> None:
    served = make()
    while True:
        name, arguments, named = pipe.recv()
        try:
            pipe.send(getattr(served, name)(*arguments, **named))
        except Exception as error:  # noqa: BLE001  # for the other side to raise
            pipe.send(error)


class Phones:
    """The users' phones."""

    def __init__(self, product: Product) -> None:
        self._tenant: Tenant = product.tenant
        self._core = open_installation(product.settings).core

    def see(self, size: int) -> None:
        """Return when so many pushes are pending."""
        deadline = time.monotonic() + _PATIENCE_S
        while (found := len(self._core.approval_desk.pending(self._tenant))) != size:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{found} pushes are pending, and not {size}")
            time.sleep(_SETTLE_S)

    def approve(self, most: int, per_second: float) -> dict[str, float]:
        """Approve so many pushes, the oldest first; return when each user did, on the monotonic clock."""
        pending = self._core.approval_desk.pending(self._tenant)[:most]
        clicks: dict[str, float] = {}
        begin, numbers = time.monotonic(), count()

        def answer() -> None:
            while (number := next(numbers)) < len(pending):
                time.sleep(max(0, begin + number / per_second - time.monotonic()))
                clicks[str(pending[number].user)] = time.monotonic()
                call = Call(Origin("cli", "bench", "", "bench"), caller="bench")
                self._core.approval_desk.answer(call, self._tenant, pending[number].id, approve=True)

        threads = [Thread(target=answer) for _ in range(PHONES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return clicks


@dataclass
class Part:
    """One round of one contestant: what became of the load, and of the pushes that were answered meanwhile."""

    load: list[Answer]
    cpu_seconds: float
    seconds: float
    returns: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        found = {
            "p50_ms": percentile_ms([one.at for one in self.load], 50),
            "p99_ms": percentile_ms([one.at for one in self.load], 99),
            "in_time_percent": 100 * sum(one.at <= IN_TIME_S for one in self.load) / len(self.load),
            "cpu_percent": 100 * self.cpu_seconds / self.seconds,
        }
        if self.returns:
            found["return_p50_ms"] = percentile_ms(self.returns, 50)
            found["return_p99_ms"] = percentile_ms(self.returns, 99)
        return found


@dataclass
class PushReport:
    """What the measurement found; the first contestant is what the others are compared with.

    Attributes:
        rounds: The figures of each contestant, round by round.
        notes: Sentences that belong below the table.
    """

    rounds: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, contestant: str, part: Part) -> None:
        self.rounds.setdefault(contestant, []).append(part.figures())

    def as_dict(self) -> dict[str, Any]:
        baseline = next(iter(self.rounds.values()))
        found = {}
        for name, rounds in self.rounds.items():
            ratios = [mine["p99_ms"] / theirs["p99_ms"] for mine, theirs in zip(rounds, baseline, strict=True)]
            found[name] = {"p99_ratio": spread(ratios)} | {
                figure: spread([one[figure] for one in rounds]) for figure in rounds[0]
            }
        return {"machine": machine(), "contestants": found, "notes": self.notes}

    def as_table(self) -> str:
        columns = {
            "p99_ratio": "OTP p99, times the first row",
            "p50_ms": "OTP p50 ms",
            "p99_ms": "OTP p99 ms",
            "in_time_percent": "OTP served in time, %",
            "return_p50_ms": "answer to return p50 ms",
            "return_p99_ms": "answer to return p99 ms",
            "cpu_percent": "CPU of the server, % of one core",
        }
        lines = [machine(), "", f"| | {' | '.join(columns.values())} |", "|---" * (len(columns) + 1) + "|"]
        for name, found in self.as_dict()["contestants"].items():
            figures = [show(found[figure]) if figure in found else "" for figure in columns]
            lines.append(f"| {name} | {' | '.join(figures)} |")
        return "\n".join([*lines, "", *self.notes])


@dataclass(frozen=True)
class Bench:
    """A product that is served, and its callers."""

    product: Product
    server: Server
    callers: Remote

    def part(self, seconds: float, clicks: Callable[[], dict[str, float]] = dict) -> Part:
        """Put the load on the server for so many seconds; *clicks* tells when which user answered meanwhile."""
        size = round(OTP_PER_SECOND * seconds) // _USERS * _USERS
        messages = [
            soap_request(user, code, self.product.api_key)
            for user, code in one_time_passwords(self.product, size, _USERS)
        ]
        cpu, begin = cpu_seconds(self.server.pid), time.monotonic()
        shares = [messages[number::_CONNECTIONS] for number in range(_CONNECTIONS)]
        load: list[Answer] = self.callers.call("load", shares, per_second=OTP_PER_SECOND)
        seconds, cpu = time.monotonic() - begin, cpu_seconds(self.server.pid) - cpu
        if wrong := [one.text for one in load if not one.is_true]:
            raise RuntimeError(f"{len(wrong)} wrong answers, the first: {wrong[:1]!r}")
        clicked = clicks()
        return Part(load, cpu, seconds, self._returns(clicked))

    def _returns(self, clicked: dict[str, float]) -> list[float]:
        """Return how long after the user's answer each caller had its own."""
        answered: list[Answer] = []
        deadline = time.monotonic() + _PATIENCE_S
        while len(answered) < len(clicked):
            self.callers.call("look", 0.1)
            answered += self.callers.call("take_answers")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(clicked) - len(answered)} answers did not return")
        if not all(one.is_true for one in answered):
            raise RuntimeError("not every approval was answered true")
        return [one.at - clicked[one.name] for one in answered]


def measure(rounds: int, seconds: float, waiting: int, database_urls: Sequence[str]) -> PushReport:
    """Run the contestants in turn, so many rounds of so many seconds each.

    Args:
        rounds: How many.
        seconds: How long each part of a round takes.
        waiting: How many calls wait.
        database_urls: Two empty databases; empty texts for SQLite.
    """
    report = PushReport()
    idle, cycle = f"{waiting} wait", f"{waiting} wait, {ANSWERS_PER_SECOND} answers and new pushes a second besides"
    with ExitStack() as stack:
        quiet = stack.enter_context(_bench(database_urls[0], 0))
        busy = stack.enter_context(_bench(database_urls[1], waiting))
        phones = Remote(partial(Phones, busy.product))
        stack.callback(phones.close)
        kib = _raise(busy, phones, waiting)
        for number in range(rounds + 1):
            parts = {"nobody waits": quiet.part(seconds), idle: busy.part(seconds)}
            phones.begin("approve", round(ANSWERS_PER_SECOND * seconds), ANSWERS_PER_SECOND)
            parts[cycle] = busy.part(seconds, phones.end)
            if number:  # the first round warms up
                for name, part in parts.items():
                    report.add(name, part)
        busy.callers.call("hang_up")
    report.notes.append(
        f"{OTP_PER_SECOND} ValidateOTP a second over {_CONNECTIONS} keep-alive connections, {WORKERS} workers, "
        f"{database_urls[0].partition(':')[0] or 'sqlite'}, {rounds} alternating rounds of {seconds:g} s; medians "
        f"(least-most).  {kib:.1f} KiB of resident memory for each call that waits."
    )
    return report


@contextmanager
def _bench(database_url: str, users: int) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        product = create_product(Path(folder), database_url=database_url)
        for number in range(_USERS):
            product.add_user(f"user{number}")
            product.add_device(f"user{number}", f"T{number}")
        add_people(product, users)
        with product_server(product) as server:
            callers = Remote(partial(Crowd, server.port))
            try:
                yield Bench(product, server, callers)
            finally:
                callers.close()


def add_people(product: Product, size: int) -> None:
    """Add users with phones, all in one transaction."""
    users, devices, tenant_id = UserTable(), DeviceTable(), product.tenant.id
    with product.installation.database.write() as transaction:
        for number in range(size):
            user_id = users.add(transaction, tenant_id, UserName("", f"person{number}"), Profile(), 0)
            devices.add(
                transaction,
                tenant_id,
                user_id=user_id,
                serial=f"PHONE-{number}",
                kind=DeviceKind.AUTHENTICATOR,
                sealed_seed=None,
                digits=6,
                algorithm="SHA1",
                period=30,
                window=1,
                last_spent=-1,
                at=0,
            )


def push_request(user: str, api_key: str) -> bytes:
    """Return a call of ValidatePushCustom."""
    return request(
        "ValidatePushCustom",
        f"<username>{user}</username><domain></domain><customMessage>Sign in to the portal?</customMessage>"
        f"<customTimeout>{_LIFE_S}</customTimeout><apiKey>{api_key}</apiKey>",
    )


def _raise(bench: Bench, phones: Remote, waiting: int) -> float:
    """Let all wait; return how many KiB of the server's memory each of them takes."""
    people = [f"person{number}" for number in range(waiting)]
    calls = [(name, push_request(name, bench.product.api_key)) for name in people]
    first = calls[:_WARM_UP]
    bench.callers.call("ask", first, per_second=ASKED_PER_SECOND)
    phones.call("see", len(first))
    bench.part(_SETTLE_S, partial(phones.call, "approve", len(first), ANSWERS_PER_SECOND))
    before = resident_kib(bench.server.pid)
    bench.callers.call("ask", calls, per_second=ASKED_PER_SECOND, again=True)
    phones.call("see", waiting)
    bench.callers.call("look", _SETTLE_S)
    if early := bench.callers.call("take_answers"):
        raise RuntimeError(f"{len(early)} did not wait, the first: {early[0].text!r}")
    return (resident_kib(bench.server.pid) - before) / waiting
