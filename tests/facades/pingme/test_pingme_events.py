"""What the page is told by itself: at once if it has not seen it, and else when there is something new."""

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from tests.facades.pingme.phone_page import PhonePage
from tests.interference import SilentDatabase
from tests.primitives.software_phone import URL
from tests.world import FakeClock
from validate_service.core.audit import AuditEvent
from validate_service.core.ports import Change, Database, Session, Transaction
from validate_service.facades.http.deferral import PARK, Deferral
from validate_service.facades.pingme.application import PingMeApplication
from validate_service.facades.pingme.events import LIFE_S, RETRY_MS

PATIENCE_S = 30


def fields_of(event: str) -> dict[str, str]:
    """Return the fields of the one event in a stream (HTML, section 9.2.6)."""
    assert event.endswith("\n\n")
    return dict(line.split(": ", 1) for line in event.strip().split("\n"))


@dataclass
class Parked:
    """A request for events that waits.

    Attributes:
        deferral: What it waits for.
        finish: Answers it.
        started: The status lines that it was answered with.
    """

    deferral: Deferral
    finish: Callable[[], Iterable[bytes]]
    started: list[str]

    def answer(self) -> str:
        return b"".join(self.finish()).decode()


def parked(page: PhonePage, seen: str) -> Parked:
    """Return the request for something newer than *seen*, as a server parks it."""
    waiting: list[tuple[Deferral, Callable[[], Iterable[bytes]]]] = []
    started: list[str] = []
    cookie = f"__Host-mfa_me={page.phone.session}"
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": "/pingme/events", "HTTP_COOKIE": cookie}
    environ |= {"HTTP_LAST_EVENT_ID": seen, PARK: lambda *handed_in: waiting.append(handed_in)}
    start_response: Any = lambda status, *_: started.append(status)  # noqa: E731
    assert page.client.application(environ, start_response) == ()
    ((deferral, finish),) = waiting
    return Parked(deferral, finish, started)


@dataclass
class FailingDatabase:
    """A database that fails from some moment on."""

    database: Database
    fails: bool = False

    def read(self) -> AbstractContextManager[Session]:
        return SilentDatabase().read() if self.fails else self.database.read()

    def write(self) -> AbstractContextManager[Transaction]:
        return self.database.write()

    def commit(self, change: Change, event: AuditEvent) -> None:
        self.database.commit(change, event)

    def commit_if_changed(self, change: Change, event: AuditEvent) -> bool:
        return self.database.commit_if_changed(change, event)


def seen_by(page: PhonePage) -> str:
    """Return the id of what the page sees now."""
    return fields_of(page.events().text)["id"]


def test_the_page_learns_all_that_waits_oldest_first(page: PhonePage, clock: FakeClock) -> None:
    """With the server's time, by which it counts down; and never the number that must be typed."""
    page.ask(number="47")
    clock.advance(2)
    page.post("/test", {})
    answer = page.events()
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    event = fields_of(answer.text)
    told = json.loads(event["data"])
    assert (event["retry"], told["now"]) == (str(RETRY_MS), clock.now())
    assert [(one["needs_number"], one["test"]) for one in told["questions"]] == [(True, False), (False, True)]
    assert "match_number" not in told["questions"][0]


def test_who_has_seen_it_waits_for_something_new(page: PhonePage) -> None:
    """In no thread; woken when the portal asks."""
    waiting = parked(page, seen_by(page))
    assert waiting.deferral.life_s == LIFE_S
    is_awake = Event()
    forget = waiting.deferral.watch(is_awake.set)
    approval = page.ask()
    assert is_awake.wait(PATIENCE_S)
    forget()
    event = fields_of(waiting.answer())
    assert [one["id"] for one in json.loads(event["data"])["questions"]] == [approval.id]


def test_what_was_asked_just_before_the_watch_is_not_missed(page: PhonePage) -> None:
    """The watch looks once more when it begins."""
    waiting = parked(page, seen_by(page))
    page.ask()
    woken: list[bool] = []
    forget = waiting.deferral.watch(lambda: woken.append(True))
    forget()
    assert woken


def test_after_a_wait_in_which_nothing_came_the_event_is_the_same(page: PhonePage) -> None:
    """So the browser waits on; and who hung up has changed nothing."""
    seen = seen_by(page)
    waiting = parked(page, seen)
    waiting.deferral.abandon()
    assert fields_of(waiting.answer())["id"] == seen


def test_without_a_session_there_are_no_events(stranger: PhonePage) -> None:
    """A browser that is answered so does not ask again by itself."""
    assert stranger.events().status_code == 401


def test_a_session_that_ended_during_the_wait_is_told_nothing(page: PhonePage) -> None:
    """The phone may have been removed meanwhile."""
    waiting = parked(page, seen_by(page))
    page.ask()
    page.submit("/sign-out")
    assert "questions" not in waiting.answer()
    assert waiting.started == ["401 Unauthorized"]


def test_a_database_that_fails_during_the_wait_ends_it(page: PhonePage) -> None:
    """The browser is told to ask again; it does not wait for what nobody can see."""
    core = page.product.core
    database = FailingDatabase(core.phone_inbox.database)
    failing = replace(core, phone_inbox=replace(core.phone_inbox, database=database))
    page.client.application = PingMeApplication(failing, URL)
    waiting = parked(page, seen_by(page))
    database.fails = True
    woken: list[bool] = []
    forget = waiting.deferral.watch(lambda: woken.append(True))
    forget()
    assert woken
    waiting.answer()
    assert waiting.started == ["503 Service Unavailable"]


def test_events_are_asked_for_by_get_only(page: PhonePage) -> None:
    """Like every stream of events."""
    assert page.post("/events", {}).status_code == 405
