"""From a request's bytes to an envelope whose headers are understood."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import NoReturn

from validate_service.facades.http.requests import Environ, RefusedBodyError, read_body
from validate_service.facades.http.responses import Response
from validate_service.facades.soap.decoding import MediaType, parse_media_type, xml_to_utf8
from validate_service.facades.soap.envelope import SOAP_11, SOAP_12, VERSIONS, SoapVersion
from validate_service.facades.soap.parsing import (
    Element,
    OverLimitError,
    UnreadableError,
    elements_of,
    parse,
)
from validate_service.facades.wcf import faults
from validate_service.facades.wcf.addressing import (
    Addressing,
    answered_elsewhere,
    is_understood,
    read_addressing,
    repeated,
)
from validate_service.facades.wcf.faults import WcfFault
from validate_service.facades.wcf.replies import Exchange

_TRUE = ("1", "true")
_BY_MEDIA_TYPE = {version.media_type: version for version in VERSIONS.values()}
_OURS = {
    SOAP_11: ("actor", ("http://schemas.xmlsoap.org/soap/actor/next",)),
    SOAP_12: ("role", (f"{SOAP_12.namespace}/role/next", f"{SOAP_12.namespace}/role/ultimateReceiver")),
}
"""By version, the attribute that says for whom a header is, and what it says of those that are for us."""


class UnansweredError(Exception):
    """A request is answered with *response*, because it cannot be answered with an operation's result."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status.phrase)
        self.response = response


@dataclass(frozen=True)
class Envelope:
    """A message whose headers are understood.

    Attributes:
        exchange: How it is answered.
        action: What is asked.
        body: The Body element.
    """

    exchange: Exchange
    action: str
    body: Element


def read_envelope(environ: Environ) -> Envelope:
    """Return the envelope in the body of a request.

    Raises:
        UnansweredError: There is none that can be answered.
    """
    media = parse_media_type(environ.get("CONTENT_TYPE") or "")
    exchange = Exchange(_BY_MEDIA_TYPE.get(media.name, SOAP_11))
    root = _read_root(environ, media, exchange)
    http_action = media.action if exchange.version is SOAP_12 else _unquoted(environ.get("HTTP_SOAPACTION") or "")
    try:
        headers, body = _parts(root, exchange.version)
        exchange = Exchange(exchange.version, read_addressing(headers))
        _require_understood(headers, exchange)
        return Envelope(exchange, _action(exchange, http_action), body)
    except WcfFault as fault:
        raise UnansweredError(exchange.fault(fault)) from None


def _read_root(environ: Environ, media: MediaType, exchange: Exchange) -> Element:
    try:
        body = read_body(environ)
    except RefusedBodyError as refused:
        if refused.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise UnansweredError(exchange.fault(faults.too_large(), refused.status)) from None
        _refuse(refused.status, exchange.version)
    if media.name not in _BY_MEDIA_TYPE:
        _refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, exchange.version)
    data = xml_to_utf8(body, media.charset)
    if data is None:
        _refuse(HTTPStatus.BAD_REQUEST, exchange.version)
    try:
        return parse(data, odd_namespaces=False)
    except OverLimitError:
        raise UnansweredError(exchange.fault(faults.undeserializable(faults.OVER_LIMIT))) from None
    except UnreadableError as error:
        if error.glimpse.version is None:
            _refuse(HTTPStatus.BAD_REQUEST, exchange.version)
        raise UnansweredError(exchange.fault(faults.undeserializable(faults.NOT_WELL_FORMED))) from None


def _refuse(status: HTTPStatus, version: SoapVersion) -> NoReturn:
    raise UnansweredError(Response(status, version.content_type, b""))


def _unquoted(header: str) -> str:
    quoted = len(header) > 1 and header[0] == header[-1] == '"'
    return header[1:-1] if quoted else header


def _parts(root: Element, version: SoapVersion) -> tuple[list[Element], Element]:
    """Return the headers and the Body, which must be first or come right after the Header."""
    if root.tag != f"{{{version.namespace}}}Envelope":
        raise faults.version_mismatch() if root.tag.endswith("}Envelope") else faults.no_envelope()
    parts = elements_of(root)
    header = parts.pop(0) if parts and parts[0].tag == f"{{{version.namespace}}}Header" else None
    if not parts or parts[0].tag != f"{{{version.namespace}}}Body":
        raise faults.no_envelope()
    return [] if header is None else elements_of(header), parts[0]


def _require_understood(headers: list[Element], exchange: Exchange) -> None:
    addressing = exchange.addressed.version
    for header in headers:
        if _is_mandatory(header, exchange.version) and not is_understood(header, addressing):
            raise faults.not_understood(header.tag)
    if addressing is not None:
        _require_answerable(headers, addressing)


def _is_mandatory(header: Element, version: SoapVersion) -> bool:
    name, values = _OURS[version]
    role = header.get(f"{{{version.namespace}}}{name}") or ""
    return header.get(f"{{{version.namespace}}}mustUnderstand") in _TRUE and role in ("", *values)


def _require_answerable(headers: list[Element], addressing: Addressing) -> None:
    name = repeated(headers, addressing)
    if name is not None:
        raise faults.twice(addressing, name)
    name = answered_elsewhere(headers, addressing)
    if name is not None:
        raise faults.not_anonymous(addressing, name)


def _action(exchange: Exchange, http_action: str) -> str:
    """Return the action that a message names; what its HTTP request says besides must be the same."""
    addressing, said = exchange.addressed.version, exchange.addressed.action
    if addressing is not None and said and http_action and said != http_action:
        raise faults.other_action(addressing, said, http_action)
    return said or http_action
