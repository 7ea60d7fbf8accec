"""HTTP services that send text messages and make calls: one message is one request."""

import json
from collections.abc import Callable, Mapping
from string import Template
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from requests import Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NoConnectionError
from requests.exceptions import RequestException, SSLError, Timeout
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from validate_service.config import GatewaySettings
from validate_service.core.messages import Message
from validate_service.delivery.attempt import SendError, TimeLimit

LONGEST_ANSWER = 64 * 1024
"""So many bytes of an answer are searched for the text of success; the rest is not read."""

_VISIBLE_OR_BLANK = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class HttpGateway:
    """Sends messages as the settings' templates say."""

    def __init__(self, settings: GatewaySettings) -> None:
        """Prepare the templates."""
        self._settings = settings
        self._escape_in_body = _escape_for(settings.content_type)

    def send(self, message: Message, limit: TimeLimit) -> None:
        """Try once to hand *message* over.

        Raises:
            SendError: it was not taken.
        """
        try:
            with Session() as session:
                # No proxy, no password file, and no other certificates, because a variable says so.
                session.trust_env = False
                for scheme in ("http://", "https://"):
                    session.mount(scheme, _LimitedConnections(limit))
                with self._answer(session, message, limit) as answer:
                    self._require_success(answer)
        except (RequestException, HTTPError, TimeoutError) as error:
            raise _named(error) from None

    def _answer(self, session: Session, message: Message, limit: TimeLimit) -> Response:
        settings = self._settings
        headers = {"User-Agent": "ValidateService", "Accept-Encoding": "identity"}
        for name, value in settings.headers.items():
            headers[name] = _filled(value, message, _escape_in_header)
        seconds = limit.remaining()
        return session.request(
            settings.method,
            _filled(settings.url, message, _escape_in_url),
            headers=headers,
            data=_filled(settings.body, message, self._escape_in_body).encode() or None,
            # Half of the time for one address of the host: the next one may answer.
            timeout=(seconds / 2, seconds),
            allow_redirects=False,
            stream=True,
            verify=str(settings.ca_file) if settings.ca_file else True,
        )

    def _require_success(self, answer: Response) -> None:
        status = answer.status_code
        if status not in self._settings.success_status:
            raise SendError(f"refused with {status}", is_passing=status == 429 or status >= 500)
        wanted = self._settings.success_text.encode()
        if wanted and wanted not in answer.raw.read(LONGEST_ANSWER, decode_content=True):
            raise SendError("the answer does not say that it was taken", is_passing=False)


class _LimitedConnections(HTTPAdapter):
    """Opens connections that end with the time limit."""

    def __init__(self, limit: TimeLimit) -> None:
        self._limit = limit
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(*args, **options)
        pool.ConnectionCls = _limited(pool.ConnectionCls, self._limit)
        return pool


def _limited(connection_class: Any, limit: TimeLimit) -> Any:
    """Return the class whose connections are those of *connection_class*, and end with *limit*."""

    def connect(self: HTTPConnection) -> None:
        connection_class.connect(self)
        if self.sock is not None:
            limit.hold(self.sock)

    return type(connection_class.__name__, (connection_class,), {"connect": connect})


def _named(error: RequestException | HTTPError | TimeoutError) -> SendError:
    """Return what says how *error* came about, without its text, which may quote the request."""
    match error:
        case SSLError():
            return SendError("no trustworthy TLS connection", is_passing=False)
        case Timeout() | TimeoutError():
            return SendError("no answer in time", is_passing=True)
        case NoConnectionError() | HTTPError():
            return SendError("the connection was not made, or lost", is_passing=True)
        case _:
            return SendError("the request cannot be made", is_passing=False)


def _filled(template: str, message: Message, escaped: Callable[[str], str]) -> str:
    values = {
        "phone": message.recipient,
        "digits": message.recipient.lstrip("+"),
        "text": message.body,
        "language": message.language,
    }
    return Template(template).substitute({name: escaped(value) for name, value in values.items()})


def _escape_for(content_type: str) -> Callable[[str], str]:
    kind = content_type.rpartition("/")[2].rpartition("+")[2]
    return _ESCAPES.get(kind, str)


def _escape_in_url(value: str) -> str:
    return quote(value, safe="")


def _escape_in_header(value: str) -> str:
    return quote(value, safe=_VISIBLE_OR_BLANK)


def _escape_in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _escape_in_xml(value: str) -> str:
    return escape(value, {'"': "&quot;", "'": "&apos;"})


_ESCAPES: Mapping[str, Callable[[str], str]] = {
    "json": _escape_in_json,
    "x-www-form-urlencoded": quote_plus,
    "xml": _escape_in_xml,
}
