"""An answer that is not known yet: handed to a server that parks, or waited for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event, Thread
from typing import Any

import pytest

from validate_service.core.ports import Forget, Wake
from validate_service.facades.http.deferral import PARK, Deferral
from validate_service.facades.http.responses import Response, text_response

PATIENCE_S = 30


@dataclass
class Question:
    """Something that is answered later.

    Attributes:
        happened: What was done with the deferral.
        wakes: Who waits.
    """

    happened: list[str] = field(default_factory=list)
    wakes: list[Wake] = field(default_factory=list)
    is_watched: Event = field(default_factory=Event)

    def watch(self, wake: Wake) -> Forget:
        self.wakes.append(wake)
        self.is_watched.set()
        return lambda: self.happened.append("forgotten")

    def answer(self) -> Response:
        self.happened.append("answered")
        return text_response(HTTPStatus.OK, "yes")

    def deferral(self, answer: Callable[[], Response] | None = None, *, life_s: float = PATIENCE_S) -> Deferral:
        return Deferral(self.watch, life_s, answer or self.answer, lambda: self.happened.append("abandoned"))


@dataclass
class Client:
    """Who asked: keeps how the answer began."""

    status: str = ""

    def start_response(self, status: str, _headers: list[tuple[str, str]]) -> None:
        self.status = status


def test_without_a_server_that_parks_the_answer_is_waited_for() -> None:
    """The watch ends before the answer."""
    question, client, body = Question(), Client(), list[bytes]()
    deferral = question.deferral()
    thread = Thread(target=lambda: body.extend(deferral.send({"REQUEST_METHOD": "POST"}, client.start_response)))
    thread.start()
    assert question.is_watched.wait(PATIENCE_S)
    assert question.happened == []
    question.wakes[0]()
    thread.join(PATIENCE_S)
    assert (client.status, body, question.happened) == ("200 OK", [b"yes"], ["forgotten", "answered"])


def test_without_news_it_is_answered_when_its_life_is_over() -> None:
    """Whatever the answer is then."""
    question, client = Question(), Client()
    body = question.deferral(life_s=0.01).send({"REQUEST_METHOD": "POST"}, client.start_response)
    assert (client.status, list(body), question.happened) == ("200 OK", [b"yes"], ["forgotten", "answered"])


def parked(deferral: Deferral, client: Client, method: str = "POST") -> Callable[[], Iterable[bytes]]:
    """Return what the server is handed that parks the deferral."""
    taken: list[Any] = []
    environ = {"REQUEST_METHOD": method, PARK: lambda *handed: taken.append(handed)}
    assert list(deferral.send(environ, client.start_response)) == []
    ((same, finish),) = taken
    assert same is deferral
    return finish  # type: ignore[no-any-return]


@pytest.mark.parametrize(("method", "body"), [("POST", [b"yes"]), ("HEAD", [])])
def test_a_server_that_parks_finishes_when_it_is_time(method: str, body: list[bytes]) -> None:
    """Nothing is watched, started or answered before."""
    question, client = Question(), Client()
    finish = parked(question.deferral(), client, method)
    assert (client.status, question.happened, question.wakes) == ("", [], [])
    assert list(finish()) == body
    assert (client.status, question.happened) == ("200 OK", ["answered"])


def test_a_defect_is_answered_too(caplog: pytest.LogCaptureFixture) -> None:
    """With 500, and a line in the log that says where and not what."""

    def fail() -> Response:
        raise ZeroDivisionError("the secret")

    client = Client()
    assert list(parked(Question().deferral(fail), client)()) == [b""]
    assert client.status == "500 Internal Server Error"
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text
