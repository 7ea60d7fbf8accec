"""How an answer leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from validate_service.facades.http.requests import Environ, StartResponse

HEADERS = (("Cache-Control", "private, max-age=0"), ("X-Content-Type-Options", "nosniff"))


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; Content-Length is added on the way out."""

    status: HTTPStatus
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = HEADERS

    def send(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Start the response and return its body, which is empty for HEAD."""
        headers = list(self.headers)
        if self.status is not HTTPStatus.NO_CONTENT:
            headers += [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))]
        start_response(f"{self.status.value} {self.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]


def text_response(status: HTTPStatus, text: str, *headers: tuple[str, str]) -> Response:
    """Return an answer in plain text."""
    return Response(status, "text/plain; charset=utf-8", text.encode(), (*HEADERS, *headers))


def other_verb(verb: str, allowed: str) -> Response:
    """Return the answer to a *verb* that is not served here; OPTIONS asks which are."""
    if verb == "OPTIONS":
        return Response(HTTPStatus.NO_CONTENT, "", b"", (("Allow", allowed),))
    return text_response(HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed.\n", ("Allow", allowed))
