"""Which operation a SOAP message calls, in which version, by the rules of an ASMX service.

A SOAPAction header with a media type other than SOAP 1.2's names the operation.  Otherwise the ``action``
parameter does, and failing that the first element in the body.  The answer's version is the envelope's, whatever
the media type says.
"""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from validate_service.facades.http.deferral import Answer
from validate_service.facades.http.requests import Environ, RefusedBodyError, origin_of, read_body
from validate_service.facades.http.responses import Response
from validate_service.facades.soap.calls import CallServer, Written
from validate_service.facades.soap.decoding import MediaType, parse_media_type, xml_to_utf8
from validate_service.facades.soap.envelope import SOAP_11, SOAP_12, VERSIONS, SoapVersion, fault_message
from validate_service.facades.soap.faults import FaultCode, SoapFault, server_fault
from validate_service.facades.soap.messages import NotTextError
from validate_service.facades.soap.operations import Invocation, Operations, Pending
from validate_service.facades.soap.parsing import (
    NOT_WELL_FORMED,
    Element,
    Glimpse,
    OverLimitError,
    UnreadableError,
    elements_of,
    glimpse_of,
    local_name,
    namespace_of,
    parse,
)
from validate_service.facades.soap.signatures import Contract, Signature
from validate_service.facades.soap.xml_text import echo

UNREADABLE = "Server was unable to read request. ---> "
OVER_LIMIT = UNREADABLE + "The request has too many levels, attributes or elements."
TOO_LARGE = UNREADABLE + "The request is too large."
MISSING = "Request format is invalid: Missing required soap:{} element."
UNKNOWN_SOAP_ACTION = "Server did not recognize the value of HTTP Header SOAPAction: {}."
UNKNOWN_ACTION = "Unable to handle request. The action '{}' was not recognized."
NO_ACTION = "Unable to handle request without a valid action parameter. Please supply a valid soap action."
NOT_UNDERSTOOD = "SOAP header {} was not understood."
VERSION_MISMATCH = (
    f"Possible SOAP version mismatch: Envelope namespace {{}} was unexpected. Expecting {SOAP_11.namespace}."
)

_TRUE = ("1", "true")


class RejectedError(Exception):
    """A message is answered without a call.

    Attributes:
        version: The SOAP version of the answer.
        status: Its HTTP status.
        fault: What it says; ``None`` for an empty answer.
    """

    def __init__(
        self,
        version: SoapVersion,
        fault: SoapFault | None = None,
        status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR,
    ) -> None:
        super().__init__(status.phrase)
        self.version = version
        self.status = status
        self.fault = fault

    def response(self) -> Response:
        """Return the answer."""
        body = b"" if self.fault is None else fault_message(self.version, self.fault)
        return Response(self.status, self.version.content_type, body)


@dataclass(frozen=True, slots=True)
class _Document:
    """A parsed body; without a root, *problem* says why."""

    root: Element | None
    problem: UnreadableError | None = None

    def glimpse(self) -> Glimpse:
        """Return what stands at the start."""
        if self.problem is not None:
            return self.problem.glimpse
        return glimpse_of(self.root)


class Gateway:
    """Answers SOAP messages to one service."""

    def __init__(self, contract: Contract, server: CallServer, operations: Operations) -> None:
        self._contract = contract
        self._server = server
        self._operations = operations
        self._by_action = {contract.action(signature): signature for signature in contract.operations.values()}
        self._by_header = {f'"{action}"': signature for action, signature in self._by_action.items()}

    def answer(self, environ: Environ) -> Answer:
        """Return the answer to a POST of anything that may be a SOAP message."""
        media = parse_media_type(environ.get("CONTENT_TYPE") or "")
        try:
            return self._call(environ, media)
        except RejectedError as rejected:
            return rejected.response()

    def _call(self, environ: Environ, media: MediaType) -> Answer:
        assumed = SOAP_12 if media.name == SOAP_12.media_type else SOAP_11
        try:
            body = read_body(environ)
        except RefusedBodyError as refused:
            too_large = refused.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise RejectedError(
                assumed, SoapFault(FaultCode.CLIENT, TOO_LARGE) if too_large else None, refused.status
            ) from None
        signature, version, element = self._route(media, environ.get("HTTP_SOAPACTION"), body)
        invocation = Invocation(self._operations, origin_of(environ, "soap", signature.name))
        try:
            answer = self._server.call_with_element(signature, element, version, invocation)
        except NotTextError:
            raise RejectedError(version, None, HTTPStatus.BAD_REQUEST) from None
        if isinstance(answer, Pending):
            return answer.deferral(lambda: _response(version, self._server.late_answer(signature, version, answer)))
        return _response(version, answer)

    def _route(
        self, media: MediaType, soap_action: str | None, body: bytes
    ) -> tuple[Signature, SoapVersion, Element | None]:
        """Return the operation, the version and the operation's element, which may be missing."""
        if soap_action is None or media.name == SOAP_12.media_type:
            assumed, named = SOAP_12, self._by_action.get(unquote(media.action))
        else:
            assumed, named = SOAP_11, self._by_soap_action(soap_action)
        document = _read(body, media.charset, assumed)
        signature = named or self._by_element(document, media.action)
        if media.name not in (SOAP_11.media_type, SOAP_12.media_type):
            raise RejectedError(assumed, None, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if document.root is None:
            raise RejectedError(document.glimpse().version or assumed, None, HTTPStatus.BAD_REQUEST)
        version = _version(namespace_of(document.root.tag))
        if version is SOAP_11 and media.name != SOAP_11.media_type:
            raise RejectedError(SOAP_11, None, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        soap_body = _body(document.root, version)
        return signature, version, self._element(signature, soap_body)

    def _by_soap_action(self, header: str) -> Signature:
        signature = self._by_header.get(header)
        if signature is not None:
            return signature
        quoted = len(header) > 1 and header[0] == header[-1] == '"'
        action = unquote((header[1:-1] if quoted else header).replace("+", " "))
        if action not in self._by_action:
            raise RejectedError(SOAP_11, SoapFault(FaultCode.CLIENT, UNKNOWN_SOAP_ACTION.format(echo(action))))
        return self._by_action[action]

    def _by_element(self, document: _Document, action: str) -> Signature:
        glimpse, problem = document.glimpse(), document.problem
        if problem is not None and glimpse.namespace is None:
            raise RejectedError(SOAP_12, server_fault(problem.public))
        version = _version(glimpse.namespace or "")
        if problem is not None and glimpse.operation is None:
            raise RejectedError(version, server_fault(problem.public))
        missing = "" if document.root is None else _missing_part(document.root, version)
        if missing:
            raise RejectedError(version, server_fault(MISSING.format(missing)))
        signature = self._contract.operations.get(local_name(glimpse.operation or ""))
        if signature is None:
            text = UNKNOWN_ACTION.format(echo(action)) if action else NO_ACTION
            raise RejectedError(version, SoapFault(FaultCode.CLIENT, text))
        return signature

    def _element(self, signature: Signature, soap_body: Element) -> Element | None:
        """Return the last element of the operation's name, with the service's namespace if there is such a one."""
        exact = list(soap_body.iterchildren(f"{{{self._contract.namespace}}}{signature.name}"))
        named = exact or [child for child in elements_of(soap_body) if local_name(child.tag) == signature.name]
        return named[-1] if named else None


def _response(version: SoapVersion, answer: Written) -> Response:
    written, succeeded = answer
    return Response(HTTPStatus.OK if succeeded else HTTPStatus.INTERNAL_SERVER_ERROR, version.content_type, written)


def _read(body: bytes, charset: str, assumed: SoapVersion) -> _Document:
    data = xml_to_utf8(body, charset)
    if data is None:
        return _Document(None, UnreadableError(NOT_WELL_FORMED, Glimpse()))
    try:
        return _Document(parse(data))
    except OverLimitError as error:
        version = error.glimpse.version or assumed
        raise RejectedError(version, SoapFault(FaultCode.CLIENT, OVER_LIMIT)) from None
    except UnreadableError as error:
        return _Document(None, error)


def _version(namespace: str) -> SoapVersion:
    version = VERSIONS.get(namespace)
    if version is None:
        fault = SoapFault(FaultCode.VERSION_MISMATCH, VERSION_MISMATCH.format(echo(namespace)))
        raise RejectedError(SOAP_11, fault)
    return version


def _missing_part(root: Element, version: SoapVersion) -> str:
    """Return which part of a message is not there at all, or nothing."""
    if local_name(root.tag) != "Envelope":
        return "Envelope"
    return "" if any(child.tag == f"{{{version.namespace}}}Body" for child in root) else "Body"


def _body(root: Element, version: SoapVersion) -> Element:
    """Return the Body, which must be first or come right after the Header.

    This service understands no header, so each that must be understood is refused, whatever role it is for.
    """
    if local_name(root.tag) != "Envelope":
        raise RejectedError(version, SoapFault(FaultCode.CLIENT, UNREADABLE + MISSING.format("Envelope")))
    parts = elements_of(root)
    header = parts.pop(0) if parts and parts[0].tag == f"{{{version.namespace}}}Header" else None
    if not parts or parts[0].tag != f"{{{version.namespace}}}Body":
        raise RejectedError(version, SoapFault(FaultCode.CLIENT, UNREADABLE + MISSING.format("Body")))
    if header is not None:
        _refuse_mandatory(elements_of(header), version)
    return parts[0]


def _refuse_mandatory(headers: list[Element], version: SoapVersion) -> None:
    for header in headers:
        if header.get(f"{{{version.namespace}}}mustUnderstand") in _TRUE:
            text = NOT_UNDERSTOOD.format(echo(local_name(header.tag)))
            raise RejectedError(version, SoapFault(FaultCode.MUST_UNDERSTAND, text))
