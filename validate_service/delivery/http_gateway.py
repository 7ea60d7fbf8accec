"""HTTP services that send text messages and make calls: one message is one request."""

import json
from collections.abc import Callable, Mapping
from string import Template
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from requests import Response
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from validate_service.config import GatewaySettings
from validate_service.core.messages import Message
from validate_service.delivery.attempt import SendError, TimeLimit
from validate_service.delivery.limited_http import LimitedSession, named

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
            with LimitedSession(limit) as session, self._answer(session, message) as answer:
                self._require_success(answer)
        except (RequestException, HTTPError, TimeoutError) as error:
            raise named(error) from None

    def _answer(self, session: LimitedSession, message: Message) -> Response:
        settings = self._settings
        headers = {"User-Agent": "ValidateService", "Accept-Encoding": "identity"}
        for name, value in settings.headers.items():
            headers[name] = _filled(value, message, _escape_in_header)
        seconds = session.limit.remaining()
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
