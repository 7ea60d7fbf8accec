"""The service's description: WSDL 1.1 with a SOAP 1.1 and a SOAP 1.2 port, and the discovery document.

ASMX's HttpGet and HttpPost ports are left out: they import the SOAP encoding schema, which makes some clients
fetch it from the network.
"""

from typing import Any

from lxml import etree

from validate_service.facades.soap.envelope import DECLARATION, XSD, XSI
from validate_service.facades.soap.signatures import Contract, Field, Kind, Signature
from validate_service.facades.soap.xml_text import escape_attribute

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
HTTP_TRANSPORT = "http://schemas.xmlsoap.org/soap/http"

# One port for each: the suffix of its name, and the namespace of its extension elements.
_PORTS = (("Soap", SOAP), ("Soap12", SOAP12))

# Stands for the service's address until a request tells it.
_ADDRESS = "ADDRESS"


class Wsdl:
    """The WSDL of one service, built once; only its address differs between requests."""

    def __init__(self, contract: Contract) -> None:
        root = _definitions(contract)
        etree.indent(root)
        document: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
        self._document = document.decode().replace("<?xml version='1.0' encoding='utf-8'?>", DECLARATION) + "\n"

    def at(self, address: str) -> bytes:
        """Return the WSDL of the service at the URL *address*."""
        return self._document.replace(f'location="{_ADDRESS}"', f'location="{escape_attribute(address)}"').encode()


def disco(contract: Contract, address: str) -> bytes:
    """Return the discovery document of the service at the URL *address*."""
    url = escape_attribute(address)
    bindings = "\n".join(
        f'  <soap address="{url}" xmlns:q{number}="{contract.namespace}" '
        f'binding="q{number}:{contract.name}{suffix}" xmlns="http://schemas.xmlsoap.org/disco/soap/" />'
        for number, (suffix, _) in enumerate(_PORTS, 1)
    )
    return (
        f"{DECLARATION}\n"
        f'<discovery xmlns:xsd="{XSD}" xmlns:xsi="{XSI}" xmlns="http://schemas.xmlsoap.org/disco/">\n'
        f'  <contractRef ref="{url}?wsdl" docRef="{url}" xmlns="http://schemas.xmlsoap.org/disco/scl/" />\n'
        f"{bindings}\n</discovery>"
    ).encode()


def _add(parent: Any, namespace: str, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{namespace}}}{tag}", attributes)


def _definitions(contract: Contract) -> Any:
    prefixes = {"wsdl": WSDL, "s": XSD, "tns": contract.namespace, "soap": SOAP, "soap12": SOAP12}
    root = etree.Element(f"{{{WSDL}}}definitions", nsmap=prefixes, targetNamespace=contract.namespace)
    _add_types(root, contract)
    for signature in contract.operations.values():
        _add_messages(root, signature)
    _add_port_type(root, contract)
    for suffix, extension in _PORTS:
        _add_binding(root, contract, suffix, extension)
    service = _add(root, WSDL, "service", name=contract.name)
    for suffix, extension in _PORTS:
        name = contract.name + suffix
        port = _add(service, WSDL, "port", name=name, binding=f"tns:{name}")
        _add(port, extension, "address", location=_ADDRESS)
    return root


def _add_types(root: Any, contract: Contract) -> None:
    types = _add(root, WSDL, "types")
    schema = _add(types, XSD, "schema", elementFormDefault="qualified", targetNamespace=contract.namespace)
    for signature in contract.operations.values():
        _add_element(schema, signature.name, signature.parameters)
        _add_element(schema, f"{signature.name}Response", signature.results)
    array = _add(_add(schema, XSD, "complexType", name=Kind.TEXTS.value), XSD, "sequence")
    item = {"minOccurs": "0", "maxOccurs": "unbounded", "name": "string", "nillable": "true", "type": "s:string"}
    _add(array, XSD, "element", **item)


def _add_element(schema: Any, name: str, fields: tuple[Field, ...]) -> None:
    element = _add(schema, XSD, "element", name=name)
    sequence = _add(_add(element, XSD, "complexType"), XSD, "sequence")
    for field in fields:
        prefix = "tns" if field.kind is Kind.TEXTS else "s"
        occurs = {"minOccurs": str(field.min_occurs), "maxOccurs": "1"}
        _add(sequence, XSD, "element", **occurs, name=field.name, type=f"{prefix}:{field.kind.value}")


def _add_messages(root: Any, signature: Signature) -> None:
    for direction, element in (("In", signature.name), ("Out", f"{signature.name}Response")):
        message = _add(root, WSDL, "message", name=f"{signature.name}Soap{direction}")
        _add(message, WSDL, "part", name="parameters", element=f"tns:{element}")


def _add_port_type(root: Any, contract: Contract) -> None:
    port_type = _add(root, WSDL, "portType", name=f"{contract.name}Soap")
    for name in contract.operations:
        operation = _add(port_type, WSDL, "operation", name=name)
        _add(operation, WSDL, "input", message=f"tns:{name}SoapIn")
        _add(operation, WSDL, "output", message=f"tns:{name}SoapOut")


def _add_binding(root: Any, contract: Contract, suffix: str, extension: str) -> None:
    name = contract.name + suffix
    binding = _add(root, WSDL, "binding", name=name, type=f"tns:{contract.name}Soap")
    _add(binding, extension, "binding", transport=HTTP_TRANSPORT)
    for signature in contract.operations.values():
        operation = _add(binding, WSDL, "operation", name=signature.name)
        _add(operation, extension, "operation", soapAction=contract.action(signature), style="document")
        for direction in ("input", "output"):
            _add(_add(operation, WSDL, direction), extension, "body", use="literal")
