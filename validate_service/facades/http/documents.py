"""Documents that are the same for everybody until the process ends."""

from collections.abc import Iterable
from http import HTTPStatus

from validate_service.facades.http.requests import Environ, StartResponse
from validate_service.facades.http.responses import Response, other_verb

_VERBS = "GET, HEAD, OPTIONS"


class FixedDocument:
    """One document as a WSGI callable, at whatever path it is put."""

    def __init__(self, content_type: str, body: bytes) -> None:
        """Serve *body* as *content_type*."""
        self._response = Response(HTTPStatus.OK, content_type, body)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        verb = environ["REQUEST_METHOD"]
        response = self._response if verb in ("GET", "HEAD") else other_verb(verb, _VERBS)
        return response.send(environ, start_response)
