"""The service's description, as WCF publishes it in one document.

WCF's other form imports its schemas from documents of their own.  It is not offered: every client reads the one
document, and Mono's svcutil makes an empty proxy of the other.
"""

from functools import cache
from typing import Any

from lxml import etree

from validate_service.facades.soap.envelope import XSD
from validate_service.facades.soap.wsdl import HTTP_TRANSPORT, SOAP, SOAP12, WSDL
from validate_service.facades.soap.xml_text import escape_attribute
from validate_service.facades.wcf.addressing import WSA_2005
from validate_service.facades.wcf.contract import INTERFACE, NAMESPACE, OPERATIONS, SERVICE_NAME
from validate_service.facades.wcf.schemas import schemas

POLICY = "http://schemas.xmlsoap.org/ws/2004/09/policy"
UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WSDL_ADDRESSING = "http://www.w3.org/2006/05/addressing/wsdl"

BASIC = f"BasicHttpBinding_{INTERFACE}"
WS = f"WSHttpBinding_{INTERFACE}"

# Each binding with the namespace of its extension elements.
_BINDINGS = ((BASIC, SOAP), (WS, SOAP12))

_PREFIXES = {
    "wsdl": WSDL,
    "xs": XSD,
    "tns": NAMESPACE,
    "soap": SOAP,
    "soap12": SOAP12,
    "wsp": POLICY,
    "wsu": UTILITY,
    "wsaw": WSDL_ADDRESSING,
    "wsa10": WSA_2005.namespace,
}

# Stands for the service's address until a request tells it.
_ADDRESS = "SERVICE-ADDRESS"


def wsdl(address: str) -> bytes:
    """Return the WSDL of the service at the URL *address*."""
    return _document().replace(_ADDRESS, escape_attribute(address)).encode()


@cache
def _document() -> str:
    """Return the WSDL; only the service's address differs between requests."""
    root = _definitions()
    etree.indent(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return written.decode().replace("'", '"', 4) + "\n"


def _add(parent: Any, namespace: str, tag: str, /, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{namespace}}}{tag}", attributes)


def _definitions() -> Any:
    root = etree.Element(f"{{{WSDL}}}definitions", nsmap=_PREFIXES)
    root.set("name", SERVICE_NAME)
    root.set("targetNamespace", NAMESPACE)
    _add_policy(root)
    _add(root, WSDL, "types").extend(schemas())
    _add_messages(root)
    _add_port_type(root)
    for name, extension in _BINDINGS:
        _add_binding(root, name, extension)
    _add_service(root)
    return root


def _add_policy(root: Any) -> None:
    """Say that clients of the second binding address their messages."""
    policy = _add(root, POLICY, "Policy", **{f"{{{UTILITY}}}Id": f"{WS}_policy"})
    alternatives = _add(_add(policy, POLICY, "ExactlyOne"), POLICY, "All")
    _add(alternatives, WSDL_ADDRESSING, "UsingAddressing")


def _add_messages(root: Any) -> None:
    for operation in OPERATIONS:
        for direction, element in (("Input", operation.name), ("Output", f"{operation.name}Response")):
            message = _add(root, WSDL, "message", name=_message(operation.name, direction))
            _add(message, WSDL, "part", name="parameters", element=f"tns:{element}")


def _message(operation: str, direction: str) -> str:
    return f"{INTERFACE}_{operation}_{direction}Message"


def _add_port_type(root: Any) -> None:
    port_type = _add(root, WSDL, "portType", name=INTERFACE)
    action = f"{{{WSDL_ADDRESSING}}}Action"
    for one in OPERATIONS:
        operation = _add(port_type, WSDL, "operation", name=one.name)
        for tag, direction, value in (("input", "Input", one.action), ("output", "Output", one.reply_action)):
            _add(operation, WSDL, tag, **{action: value}, message=f"tns:{_message(one.name, direction)}")


def _add_binding(root: Any, name: str, extension: str) -> None:
    binding = _add(root, WSDL, "binding", name=name, type=f"tns:{INTERFACE}")
    if name == WS:
        _add(binding, POLICY, "PolicyReference", URI=f"#{WS}_policy")
    _add(binding, extension, "binding", transport=HTTP_TRANSPORT)
    for one in OPERATIONS:
        operation = _add(binding, WSDL, "operation", name=one.name)
        _add(operation, extension, "operation", soapAction=one.action, style="document")
        for direction in ("input", "output"):
            _add(_add(operation, WSDL, direction), extension, "body", use="literal")


def _add_service(root: Any) -> None:
    service = _add(root, WSDL, "service", name=SERVICE_NAME)
    for name, extension in _BINDINGS:
        port = _add(service, WSDL, "port", name=name, binding=f"tns:{name}")
        _add(port, extension, "address", location=_ADDRESS)
        if name == WS:
            reference = _add(port, WSA_2005.namespace, "EndpointReference")
            _add(reference, WSA_2005.namespace, "Address").text = _ADDRESS
