"""The connector as one WSGI callable."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError, ValidateError
from validate_service.core.fields import is_storable
from validate_service.core.services import Core
from validate_service.facades.connector.answers import (
    ERROR_CODES,
    defect,
    failure,
    reply_to_error,
    response,
    unreadable,
)
from validate_service.facades.connector.dispatch import UNKNOWN, request_type_of, run
from validate_service.facades.declarations.json_object import read_object
from validate_service.facades.http.requests import (
    Environ,
    RefusedBodyError,
    StartResponse,
    origin_of,
    read_body,
)
from validate_service.facades.http.responses import Response

VERBS = "POST, OPTIONS"
SURFACE = "connector"
LONGEST_TYPE = 64


class ConnectorApplication:
    """Answers ``U2FServer.aspx``: requests of all types, in JSON under any media type."""

    def __init__(self, core: Core) -> None:
        """Answer from *core*."""
        self._core = core

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        return self._answer(environ).send(environ, start_response)

    def _answer(self, environ: Environ) -> Response:
        verb = environ["REQUEST_METHOD"]
        if verb == "OPTIONS":
            return Response(HTTPStatus.NO_CONTENT, "", b"", (("Allow", VERBS),))
        if verb != "POST":
            return failure(HTTPStatus.METHOD_NOT_ALLOWED, "Requests are made with POST.", ("Allow", VERBS))
        type_name = ""
        try:
            given = self._read(environ)
            type_name = _type_name(given)
            request_type = request_type_of(type_name)
            origin = origin_of(environ, SURFACE, request_type.name)
            return response(type_name, run(self._core, origin, request_type, given))
        except (RefusedBodyError, MalformedRequestError) as error:
            return unreadable(error)
        except ValidateError as error:
            return response(type_name, reply_to_error(error, ERROR_CODES[type(error)]))
        except Exception as error:  # noqa: BLE001  # nothing is hidden: it is logged
            return defect(type_name, error)

    def _read(self, environ: Environ) -> Mapping[str, object]:
        body = read_body(environ)
        try:
            return read_object(body)
        except MalformedRequestError:
            with self._core.refusals.recorded(Call(origin_of(environ, SURFACE, UNKNOWN))):
                raise


def _type_name(given: Mapping[str, object]) -> str:
    """Return the type as it came, without space around it; empty if it cannot be any."""
    value = given.get("type")
    if not isinstance(value, str) or not is_storable(value):
        return ""
    name = value.strip()
    return name if len(name) <= LONGEST_TYPE else ""
