"""Answers that are not known yet: somebody must do something first, and no thread waits for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event
from typing import TypeAlias

from validate_service.core.ports import Forget, Wake
from validate_service.facades.http.defects import report_defect
from validate_service.facades.http.requests import Environ, StartResponse
from validate_service.facades.http.responses import Response, text_response

PARK = "validate_service.park"
"""Key of what a server that can park requests puts into the environment: a :data:`Park`."""


@dataclass(frozen=True, slots=True)
class Deferral:
    """An answer that is not known yet.

    Attributes:
        watch: Called once, with what is to be called when the answer is known: at once, later or never, and from any
            thread.  Returns what ends the watch.
        life_s: After so many seconds the request is answered anyhow.
        answer: Returns the answer; may take its time.  Called once, by a thread of its own.
        abandon: Called in place of it if the client hung up.
    """

    watch: Callable[[Wake], Forget]
    life_s: float
    answer: Callable[[], Response]
    abandon: Callable[[], None]

    def send(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request to a server that parks it; where there is none, wait and answer."""
        # Not the whole environment: what is parked should hold little.
        asked = {"REQUEST_METHOD": environ["REQUEST_METHOD"]}
        park: Park | None = environ.get(PARK)
        if park is None:
            self._wait()
            return self._answered().send(asked, start_response)
        park(self, lambda: self._answered().send(asked, start_response))
        return ()

    def _wait(self) -> None:
        known = Event()
        forget = self.watch(known.set)
        known.wait(self.life_s)
        forget()

    def _answered(self) -> Response:
        """Return the answer; nobody is left above who would answer in place of a defect."""
        try:
            return self.answer()
        except Exception as error:  # noqa: BLE001  # whatever failed, the client gets an answer
            report_defect(error)
            return text_response(HTTPStatus.INTERNAL_SERVER_ERROR, "")


Park: TypeAlias = Callable[[Deferral, Callable[[], Iterable[bytes]]], None]
"""Takes a deferral, and what starts the response and returns its body once the answer is due."""

Answer: TypeAlias = Response | Deferral
"""What a facade returns."""
