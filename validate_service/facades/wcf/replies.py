"""Answers in an envelope, as WCF writes it."""

from dataclasses import dataclass, field
from http import HTTPStatus

from validate_service.facades.http.responses import Response
from validate_service.facades.soap.envelope import SOAP_11, SoapVersion
from validate_service.facades.soap.faults import FaultCode, QualifiedCode
from validate_service.facades.soap.xml_text import escape, escape_attribute
from validate_service.facades.wcf.addressing import WSA_2004, Addressed
from validate_service.facades.wcf.faults import Header, WcfFault

_CODES_12 = {FaultCode.CLIENT: "Sender", FaultCode.SERVER: "Receiver"}


@dataclass(frozen=True)
class Exchange:
    """What an answer takes over from its request.

    Attributes:
        version: The SOAP version.
        addressed: What the request's addressing headers say.
    """

    version: SoapVersion
    addressed: Addressed = field(default_factory=Addressed)

    def reply(self, action: str, body: str) -> Response:
        """Return the answer that holds *body*, which is XML."""
        return self._response(HTTPStatus.OK, action, "", body)

    def fault(self, fault: WcfFault, status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR) -> Response:
        """Return the answer that says *fault*.

        Its status is 500 in both SOAP versions: so WCF answers, and its clients read no fault under 400.
        """
        content = _fault_11(fault) if self.version is SOAP_11 else _fault_12(fault)
        unknown = "" if self.version is SOAP_11 or fault.header is None else _not_understood(fault.header)
        return self._response(status, fault.action, unknown, f"<s:Fault>{content}</s:Fault>")

    def _response(self, status: HTTPStatus, action: str, block: str, body: str) -> Response:
        addressing = self.addressed.version
        namespace = "" if addressing is None else f' xmlns:a="{addressing.namespace}"'
        headers = self._addressing_headers(action) + block
        text = (
            f'<s:Envelope xmlns:s="{self.version.namespace}"{namespace}>'
            + (f"<s:Header>{headers}</s:Header>" if headers else "")
            + f"<s:Body>{body}</s:Body></s:Envelope>"
        )
        return Response(status, self.version.content_type, text.encode())

    def _addressing_headers(self, action: str) -> str:
        addressing, message_id = self.addressed.version, self.addressed.message_id
        if addressing is None:
            return ""
        written = f'<a:Action s:mustUnderstand="1">{escape(action)}</a:Action>'
        if message_id:
            written += f"<a:RelatesTo>{escape(message_id)}</a:RelatesTo>"
        if addressing is WSA_2004:
            # There an answer must say where it goes.
            written += f'<a:To s:mustUnderstand="1">{addressing.anonymous}</a:To>'
        return written


def _fault_11(fault: WcfFault) -> str:
    code = _qualified("faultcode", fault.subcodes[-1]) if fault.subcodes else _plain("faultcode", fault.code.value)
    return f'{code}<faultstring xml:lang="en-US">{escape(fault.text)}</faultstring>'


def _fault_12(fault: WcfFault) -> str:
    subcodes = ""
    for code in reversed(fault.subcodes):
        subcodes = f"<s:Subcode>{_qualified('s:Value', code)}{subcodes}</s:Subcode>"
    value = _plain("s:Value", _CODES_12.get(fault.code, fault.code.value))
    return (
        f'<s:Code>{value}{subcodes}</s:Code><s:Reason><s:Text xml:lang="en-US">{escape(fault.text)}</s:Text></s:Reason>'
    )


def _plain(tag: str, name: str) -> str:
    return f"<{tag}>s:{name}</{tag}>"


def _qualified(tag: str, code: QualifiedCode) -> str:
    return f'<{tag} xmlns:a="{escape_attribute(code.namespace)}">a:{code.name}</{tag}>'


def _not_understood(header: Header) -> str:
    """Return the header block of SOAP 1.2 part 1, section 5.4.8."""
    name = escape_attribute(header.name)
    if not header.namespace:
        return f'<s:NotUnderstood qname="{name}"/>'
    return f'<s:NotUnderstood qname="h:{name}" xmlns:h="{escape_attribute(header.namespace)}"/>'
