"""restservice.svc as one WSGI callable."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from validate_service.core.calls import Call
from validate_service.core.services import Core
from validate_service.facades.http.requests import Environ, StartResponse, origin_of, read_body
from validate_service.facades.http.responses import Response
from validate_service.facades.rest.answers import failure, failure_of, response
from validate_service.facades.rest.calls import RestCall, Sender
from validate_service.facades.rest.contract import CALLS_BY_PATH

VERBS = "POST, OPTIONS"


class RestApplication:
    """Answers everything below ``/restservices/restservice.svc``; paths match without case, as on IIS.

    The media type of a request is ignored: the vendor's own samples send none, so curl says that JSON is a form.
    """

    def __init__(self, core: Core) -> None:
        """Answer from *core*."""
        self._core = core

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        return self._answer(environ).send(environ, start_response)

    def _answer(self, environ: Environ) -> Response:
        rest_call = CALLS_BY_PATH.get(environ.get("PATH_INFO", "").lower())
        if rest_call is None:
            return failure(HTTPStatus.NOT_FOUND, "There is no such call.")
        verb = environ["REQUEST_METHOD"]
        if verb == "OPTIONS":
            return Response(HTTPStatus.NO_CONTENT, "", b"", (("Allow", VERBS),))
        if verb != "POST":
            return failure(HTTPStatus.METHOD_NOT_ALLOWED, "Calls are made with POST.", ("Allow", VERBS))
        try:
            return self._run(rest_call, environ)
        except Exception as error:  # noqa: BLE001  # nothing is hidden: failure_of logs what it does not know
            return failure_of(error, rest_call.challenge)

    def _run(self, rest_call: RestCall[Any], environ: Environ) -> Response:
        body = read_body(environ)
        with self._core.refusals.recorded(Call(origin_of(environ, "rest", rest_call.name))) as call:
            return response(rest_call.run(self._core, call, body, _sender(environ)))


def _sender(environ: Environ) -> Sender:
    # Browsers add these to every POST of a page, and no page can take them away.
    is_page = "HTTP_ORIGIN" in environ or "HTTP_SEC_FETCH_SITE" in environ
    return Sender(environ.get("HTTP_AUTHORIZATION", ""), is_page)
