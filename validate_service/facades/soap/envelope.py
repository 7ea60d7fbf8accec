"""SOAP 1.1 and 1.2 envelopes, written as an ASMX service writes them."""

from dataclasses import dataclass

from validate_service.facades.soap.faults import FaultCode, QualifiedCode, SoapFault
from validate_service.facades.soap.xml_text import escape, escape_attribute

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


@dataclass(frozen=True, slots=True)
class SoapVersion:
    """What differs between the two SOAP versions on the wire."""

    namespace: str
    media_type: str

    @property
    def content_type(self) -> str:
        """The Content-Type of every answer in this version."""
        return f"{self.media_type}; charset=utf-8"

    @property
    def opening(self) -> str:
        """All of an answer's text that comes before the header or body."""
        return f'{DECLARATION}<soap:Envelope xmlns:soap="{self.namespace}" xmlns:xsi="{XSI}" xmlns:xsd="{XSD}">'


SOAP_11 = SoapVersion("http://schemas.xmlsoap.org/soap/envelope/", "text/xml")
SOAP_12 = SoapVersion("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml")
VERSIONS = {version.namespace: version for version in (SOAP_11, SOAP_12)}

_BODY_OPENINGS = {version: f"{version.opening}<soap:Body>" for version in VERSIONS.values()}
_BODY_CLOSING = "</soap:Body></soap:Envelope>"

# SOAP 1.2 part 1, section 5.4.7: which envelopes this service would understand.
_UPGRADE = (
    f'<soap:Header><soap12:Upgrade xmlns:soap12="{SOAP_12.namespace}">'
    f'<soap12:SupportedEnvelope qname="soap:Envelope" xmlns:soap="{SOAP_11.namespace}" />'
    f'<soap12:SupportedEnvelope qname="soap12:Envelope" xmlns:soap12="{SOAP_12.namespace}" />'
    "</soap12:Upgrade></soap:Header>"
)
# SOAP 1.2 part 1, section 5.4.6.
_CODES_12 = {FaultCode.CLIENT: "Sender", FaultCode.SERVER: "Receiver"}


def message(version: SoapVersion, body: str) -> bytes:
    """Return the envelope around *body*, which is XML."""
    return f"{_BODY_OPENINGS[version]}{body}{_BODY_CLOSING}".encode()


def fault_message(version: SoapVersion, fault: SoapFault) -> bytes:
    """Return the envelope that says *fault*."""
    body = _fault_11(fault) if version is SOAP_11 else _fault_12(fault)
    header = _UPGRADE if fault.code is FaultCode.VERSION_MISMATCH else ""
    return f"{version.opening}{header}<soap:Body><soap:Fault>{body}</soap:Fault>{_BODY_CLOSING}".encode()


def _fault_11(fault: SoapFault) -> str:
    return (
        _code("faultcode", fault.code, {})
        + f"<faultstring>{escape(fault.reason)}</faultstring>"
        + (f"<faultactor>{escape(fault.actor)}</faultactor>" if fault.actor else "")
        + _detail("detail", fault)
    )


def _fault_12(fault: SoapFault) -> str:
    return (
        f"<soap:Code>{_code('soap:Value', fault.code, _CODES_12)}</soap:Code>"
        f'<soap:Reason><soap:Text xml:lang="en">{escape(fault.reason)}</soap:Text></soap:Reason>'
        + (f"<soap:Node>{escape(fault.actor)}</soap:Node>" if fault.actor else "")
        + _detail("soap:Detail", fault)
    )


def _code(tag: str, code: FaultCode | QualifiedCode, names: dict[FaultCode, str]) -> str:
    if isinstance(code, QualifiedCode):
        return f'<{tag} xmlns:q0="{escape_attribute(code.namespace)}">q0:{escape(code.name)}</{tag}>'
    return f"<{tag}>soap:{names.get(code, code.value)}</{tag}>"


def _detail(tag: str, fault: SoapFault) -> str:
    if fault.code is FaultCode.MUST_UNDERSTAND:
        # SOAP 1.1, section 4.4: the detail speaks of the body; a fault about a header has none.
        return ""
    if not fault.detail:
        return f"<{tag} />"
    entries = "".join(
        f'<{entry.name} xmlns="{escape_attribute(entry.namespace)}">{escape(entry.text)}</{entry.name}>'
        for entry in fault.detail
    )
    # A supplied detail has no namespace, even in SOAP 1.2: so does the recorded service.
    return f"<detail>{entries}</detail>"
