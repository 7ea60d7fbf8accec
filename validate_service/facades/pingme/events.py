"""What the page is told by itself: one event, then the browser asks again (HTML, section 9.2, server-sent events).

An event tells all that waits for an answer.  Its id says which; the browser brings it along, and waits here until it is
another, in no thread.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from validate_service.core.authenticators.inbox import PhoneInbox
from validate_service.core.errors import UnavailableError
from validate_service.core.model import Holder, PushQuestion
from validate_service.core.ports import Forget, Wake
from validate_service.facades.http.deferral import Answer, Deferral
from validate_service.facades.http.requests import Environ, StartResponse
from validate_service.facades.http.responses import Response, other_verb, text_response
from validate_service.facades.pingme.visitors import Visitors

LIFE_S = 25
"""After so many seconds the browser is answered that nothing has changed, before a proxy loses patience."""

RETRY_MS = 50
"""After so many milliseconds the browser asks again."""

_HEADERS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Events:
    """Answers ``/pingme/events``."""

    visitors: Visitors

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        return self._answer(environ).send(environ, start_response)

    def _answer(self, environ: Environ) -> Answer:
        if environ["REQUEST_METHOD"] != "GET":
            return other_verb(environ["REQUEST_METHOD"], "GET, OPTIONS")
        try:
            holder = self.visitors.holder_of(environ)
            if holder is None:
                return _refusal(HTTPStatus.UNAUTHORIZED)
            questions = self._inbox.pending(holder)
        except UnavailableError:
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE)
        seen = environ.get("HTTP_LAST_EVENT_ID", "")
        if seen != self._inbox.version(questions):
            return self._event(questions)
        # What waits should hold little.
        cookies = {"HTTP_COOKIE": environ["HTTP_COOKIE"]}
        return Deferral(partial(self._watch, holder, seen), LIFE_S, partial(self._later, cookies), _nothing)

    def _watch(self, holder: Holder, seen: str, wake: Wake) -> Forget:
        forget = self._inbox.await_news(holder, wake)
        # Something may have been asked between the first look and the watch.
        if self._is_other(holder, seen):
            wake()
        return forget

    def _is_other(self, holder: Holder, seen: str) -> bool:
        try:
            return self._inbox.version(self._inbox.pending(holder)) != seen
        except UnavailableError:
            return True

    def _later(self, cookies: Environ) -> Response:
        """Return the answer after the wait, in which the session may have ended."""
        try:
            holder = self.visitors.holder_of(cookies)
            return _refusal(HTTPStatus.UNAUTHORIZED) if holder is None else self._event(self._inbox.pending(holder))
        except UnavailableError:
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE)

    def _event(self, questions: Sequence[PushQuestion]) -> Response:
        now = self.visitors.core.phone_inbox.clock.now()
        told = _WRITER.encode({"now": now, "questions": [_shown(question) for question in questions]})
        event = f"retry: {RETRY_MS}\nid: {self._inbox.version(questions)}\ndata: {told}\n\n"
        return Response(HTTPStatus.OK, "text/event-stream", event.encode(), _HEADERS)

    @property
    def _inbox(self) -> PhoneInbox:
        return self.visitors.core.phone_inbox


def _shown(question: PushQuestion) -> dict[str, str | int | bool]:
    """Return what the scripts show of *question*, under the names that they know; they sign the same."""
    return {
        "id": question.id,
        "user": question.user,
        "login_to": question.login_to,
        "address": question.address,
        "message": question.message,
        "asked_at": question.asked_at,
        "expires_at": question.expires_at,
        "needs_number": question.needs_number,
        "needs_pin": question.needs_pin,
        "test": question.test,
    }


def _refusal(status: HTTPStatus) -> Response:
    return text_response(status, f"{status.phrase}\n")


def _nothing() -> None:
    """Leave everything as it is: who hung up changed nothing by asking."""
