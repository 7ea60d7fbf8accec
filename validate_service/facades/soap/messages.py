"""The body of a SOAP message: parameters out of XML, results into XML."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from validate_service.facades.soap.envelope import XSI
from validate_service.facades.soap.parsing import Element, elements_of, local_name, namespace_of
from validate_service.facades.soap.signatures import Field, Kind, Signature
from validate_service.facades.soap.xml_text import escape

Value: TypeAlias = bool | str | Sequence[str | None] | None

_NIL = f"{{{XSI}}}nil"
_TRUE = ("true", "1")


class NotTextError(Exception):
    """An element that holds a string has an element, a comment or a processing instruction in it."""


def read_parameters(signature: Signature, element: Element | None) -> list[Value]:
    """Return the operation's parameters in wire order, ``None`` for each that is missing.

    A parameter is read from the service's namespace, from the operation element's own, or from none: the
    vendor's samples write host names in place of the namespace.  Of several the first counts.

    Raises:
        NotTextError: A string has something else than text in it.
    """
    values: list[Value] = [None] * len(signature.parameters)
    if element is None:
        return values
    own = f"{{{namespace_of(element.tag)}}}"
    positions = signature.positions
    waiting = set(range(len(values)))
    for child in element:
        tag = child.tag
        index = positions.get(tag)
        if index is None and isinstance(tag, str) and tag.startswith(own):
            index = positions.get(local_name(tag))
        if index in waiting:
            waiting.remove(index)
            values[index] = _value(signature.parameters[index], child)
    return values


def _value(field: Field, element: Element) -> Value:
    if field.kind is not Kind.TEXTS:
        return _text(element)
    if element.get(_NIL) in _TRUE:
        return None
    items = (child for child in elements_of(element) if local_name(child.tag) == "string")
    return [None if item.get(_NIL) in _TRUE else _text(item) for item in items]


def _text(element: Element) -> str:
    if len(element):
        raise NotTextError
    return element.text or ""


def write_results(signature: Signature, namespace: str, values: Iterable[Value]) -> str:
    """Return the response element; a result that is ``None`` is left out."""
    results = "".join(
        _written(field, value) for field, value in zip(signature.results, values, strict=True) if value is not None
    )
    name = f"{signature.name}Response"
    return _element(name, results, f' xmlns="{namespace}"')


def _written(field: Field, value: bool | str | Sequence[str | None]) -> str:  # noqa: FBT001 - a wire value
    if isinstance(value, bool):
        return f"<{field.name}>{'true' if value else 'false'}</{field.name}>"
    if isinstance(value, str):
        return _element(field.name, escape(value))
    return _element(field.name, "".join(_item(item) for item in value))


def _item(item: str | None) -> str:
    return '<string xsi:nil="true" />' if item is None else _element("string", escape(item))


def _element(name: str, content: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{content}</{name}>" if content else f"<{name}{attributes} />"
