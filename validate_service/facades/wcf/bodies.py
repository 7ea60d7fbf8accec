"""The body of a message: parameters out of XML, an answer into XML as a DataContractSerializer writes it."""

from collections.abc import Iterator, Mapping
from typing import Any

from validate_service.core.errors import MalformedRequestError
from validate_service.facades.soap.envelope import XSI
from validate_service.facades.soap.parsing import Element
from validate_service.facades.soap.xml_text import escape
from validate_service.facades.wcf.contract import NAMESPACE, Operation, Parameter
from validate_service.facades.wcf.data_contracts import DATA_NAMESPACE, DataContract, Member
from validate_service.facades.wcf.values import Value

BAD_PARAMETER = f"There was an error while trying to deserialize parameter {NAMESPACE}:{{}}."
NO_OPERATION = f"The Body must hold the element '{{}}' from namespace '{NAMESPACE}'."

_NIL = f"{{{XSI}}}nil"
_TRUE = ("true", "1")


def read_parameters(operation: Operation, body: Element) -> list[Value]:
    """Return the values of the operation's parameters, in wire order.

    They are read in any order; WCF itself skips what is not in its own.  Of several with one name the first counts,
    and what is no parameter is ignored.

    Raises:
        MalformedRequestError: The body holds another element than the operation's, or a parameter what it may not.
    """
    element = next(body.iterchildren("*"), None)
    if element is None or element.tag != f"{{{NAMESPACE}}}{operation.name}":
        raise MalformedRequestError(NO_OPERATION.format(operation.name))
    found: dict[str, Element] = {}
    for child in element.iterchildren("*"):
        found.setdefault(child.tag, child)
    return [_value(parameter, found.get(f"{{{NAMESPACE}}}{parameter.name}")) for parameter in operation.parameters]


def _value(parameter: Parameter, element: Element | None) -> Value:
    if element is None:
        return parameter.default
    if element.get(_NIL) in _TRUE and parameter.kind.nillable:
        return None
    try:
        return parameter.kind.read(_text(element))
    except ValueError:
        # Without the value, which may be a secret.
        raise MalformedRequestError(BAD_PARAMETER.format(parameter.name)) from None


def _text(element: Element) -> str:
    if len(element):
        raise ValueError("not only text")
    return element.text or ""


def write_answer(operation: Operation, members: Mapping[str, Any]) -> str:
    """Return the response element of an operation that answers *members*."""
    name = operation.name
    return (
        f'<{name}Response xmlns="{NAMESPACE}"><{name}Result xmlns:a="{DATA_NAMESPACE}" xmlns:i="{XSI}">'
        f"{''.join(_members(operation.answer, members))}</{name}Result></{name}Response>"
    )


def _members(contract: DataContract, values: Mapping[str, Any]) -> Iterator[str]:
    for member in contract.members:
        value = values.get(member.key)
        if value is None:
            value = None if member.items else member.kind.default
        yield f'<a:{member.name} i:nil="true"/>' if value is None else _written(member, value)


def _written(member: Member, value: Any) -> str:
    if member.items is None:
        content = escape(member.kind.write(value))
    else:
        name = member.items.name
        content = "".join(f"<a:{name}>{''.join(_members(member.items, item))}</a:{name}>" for item in value)
    return f"<a:{member.name}>{content}</a:{member.name}>" if content else f"<a:{member.name}/>"
