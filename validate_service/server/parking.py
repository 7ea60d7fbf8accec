"""Calls whose answer is not known yet wait here: a connection each, and no thread.

A parked call is woken by whoever learns of its answer, by its deadline, or by the end of the worker; then a thread
answers it.  If its client hangs up before, its place is free at once.
"""

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from selectors import EVENT_READ
from socket import socket
from typing import TYPE_CHECKING, Any

from validate_service.core.ports import Forget
from validate_service.facades.http.deferral import PARK, Deferral

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_AHEAD_BYTES = 65_536
"""Who sends more than this behind a call that waits is no HTTP client, and is closed."""

_RECEIVE_BYTES = 65_536


class Deferred(BaseException):  # no error: it takes the call out of gunicorn, which would answer now
    """The application does not know the answer yet.

    Attributes:
        deferral: What it knows.
        finish: Starts the response and returns its body, once the answer is due.
        response: gunicorn's response to the call.
    """

    def __init__(self, deferral: Deferral, finish: Callable[[], Iterable[bytes]], response: Any) -> None:
        super().__init__()
        self.deferral = deferral
        self.finish = finish
        self.response = response


class Parkable:
    """An application whose calls can be parked, as a WSGI callable for the worker alone."""

    def __init__(self, application: "WSGIApplication") -> None:
        """Call *application*."""
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333).

        Raises:
            Deferred: the answer is not known yet.
        """
        handed_in: list[tuple[Deferral, Callable[[], Iterable[bytes]]]] = []
        environ[PARK] = lambda deferral, finish: handed_in.append((deferral, finish))
        answer = self._application(environ, start_response)
        if handed_in:
            raise Deferred(*handed_in[0], start_response.__self__)  # type: ignore[attr-defined]
        return answer


@dataclass(slots=True)
class _Asked:
    """As much of a request as gunicorn's response needs later: a parked call should hold little."""

    method: str
    version: tuple[int, int]
    must_close: bool

    def should_close(self) -> bool:
        return self.must_close


def _nothing() -> None:
    """Forget nothing."""


@dataclass(slots=True, eq=False)
class Parked:
    """One call that waits.

    Attributes:
        number: Its own in its process.
        conn: Its connection.
        deferral: What the application knows.
        finish: Starts the response and returns its body.
        response: gunicorn's response to it.
        deadline: When it is answered anyhow, on the monotonic clock.
        forget: Ends the watch for its answer.
        is_due: Whether its answer can be fetched.
        ahead: What its client sent behind it.
    """

    number: int
    conn: Any
    deferral: Deferral
    finish: Callable[[], Iterable[bytes]]
    response: Any
    deadline: float
    forget: Forget = _nothing
    is_due: bool = False
    ahead: bytes = b""

    def answer(self, is_alive: Callable[[], bool]) -> bool:
        """Write the answer; tell whether the connection may be kept.  Runs in a thread."""
        conn, response = self.conn, self.response
        body = self.finish()
        if not is_alive():
            response.force_close()
        conn.sock.setblocking(True)
        try:
            for part in body:
                response.write(part)
            response.close()
        except OSError:  # the client is gone
            return False
        unreader = conn.parser.unreader
        unreader.unread(unreader.take_buffered() + self.ahead)
        return not response.should_close()


class ParkingLot:
    """The parked calls of one worker.  Its main thread alone parks and drives out; threads only say that it is time."""

    def __init__(self, worker: Any, *, most_answering: int) -> None:
        """Park for *worker*, and let at most so many of its threads answer at once: the others serve new calls."""
        self._worker = worker
        self._most_answering = most_answering
        self._numbers = itertools.count()
        self._parked: dict[int, Parked] = {}
        self._deadlines: list[tuple[float, int]] = []
        self._due: deque[Callable[[], None]] = deque()
        self._busy = 0

    def watch(self, conn: Any, deferred: Deferred) -> Parked:
        """Return the call that *deferred* speaks of, watched but not parked yet.  Runs in a thread."""
        response, deferral = deferred.response, deferred.deferral
        request = response.req
        response.req = _Asked(request.method, request.version, request.should_close())
        conn.parser.mesg = conn.arrival = None
        deadline = time.monotonic() + deferral.life_s
        parked = Parked(next(self._numbers), conn, deferral, deferred.finish, response, deadline)
        parked.forget = deferral.watch(partial(self._wake, parked))
        return parked

    def _wake(self, parked: Parked) -> None:
        """Say that the answer is known.  Runs in any thread."""
        parked.is_due = True
        self._worker.method_queue.defer(self._answer, parked.number)

    def park(self, parked: Parked) -> None:
        """Let the call wait, if its answer is not known by now."""
        self._parked[parked.number] = parked
        parked.conn.sock.setblocking(False)
        self._worker.poller.register(parked.conn.sock, EVENT_READ, partial(self._receive, parked))
        heappush(self._deadlines, (parked.deadline, parked.number))
        if parked.is_due:
            self._answer(parked.number)

    def seconds_left(self) -> float:
        """Return how long nothing is due."""
        return self._deadlines[0][0] - time.monotonic() if self._deadlines else float("inf")

    def answer_late(self) -> None:
        """Answer those whose time is over."""
        now = time.monotonic()
        while self._deadlines and self._deadlines[0][0] <= now:
            self._answer(heappop(self._deadlines)[1])

    def answer_all(self) -> None:
        """Answer all, because the worker is about to end."""
        for number in list(self._parked):
            self._answer(number)

    def _answer(self, number: int) -> None:
        parked = self._parked.get(number)
        if parked is not None:
            self._drive_out(parked)
            self._do(partial(self._submit_answer, parked))

    def _drive_out(self, parked: Parked) -> None:
        del self._parked[parked.number]
        self._worker.poller.unregister(parked.conn.sock)
        # What refers to itself stays in memory until Python looks for garbage, and that holds up every thread.
        parked.forget, forget = _nothing, parked.forget
        forget()

    def _receive(self, parked: Parked, client: socket) -> None:
        """Keep what came ahead of its turn; notice that the client hung up."""
        if parked.number not in self._parked:
            # It was driven out by what the same look at the poller found before.
            return
        try:
            chunk = client.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        parked.ahead += chunk
        if not chunk or len(parked.ahead) > MOST_AHEAD_BYTES:
            self._drive_out(parked)
            self._worker.drop(parked.conn)
            self._do(partial(self._submit, parked.deferral.abandon, self._abandoned))

    def _submit_answer(self, parked: Parked) -> None:
        worker = self._worker
        self._submit(partial(parked.answer, lambda: worker.alive), partial(worker.finish_request, parked.conn))

    def _submit(self, job: Callable[[], Any], done: Callable[[Any], None]) -> None:
        def over(future: Any) -> None:
            self._worker.method_queue.defer(self._over, done, future)

        self._worker.tpool.submit(job).add_done_callback(over)

    def _over(self, done: Callable[[Any], None], future: Any) -> None:
        self._busy -= 1
        done(future)
        self._go_on()

    def _abandoned(self, future: Any) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            self._worker.log.warning("a call whose client is gone was not closed: %s", type(error).__name__)

    def _do(self, submit: Callable[[], None]) -> None:
        self._due.append(submit)
        self._go_on()

    def _go_on(self) -> None:
        while self._due and self._busy < self._most_answering:
            self._busy += 1
            self._due.popleft()()
