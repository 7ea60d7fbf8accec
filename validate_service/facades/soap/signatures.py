"""What the operations look like on the wire, read once from Spyne's descriptors."""

import inspect
from dataclasses import dataclass
from enum import Enum
from typing import Any

from validate_service.facades.soap._spyne_compat import Array, Boolean


class Kind(Enum):
    """The types a field can have; the value is the XML Schema name."""

    TEXT = "string"
    FLAG = "boolean"
    TEXTS = "ArrayOfString"


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter or result: its name on the wire, its kind and the least number of times it occurs."""

    name: str
    kind: Kind
    min_occurs: int


@dataclass(frozen=True, slots=True)
class Signature:
    """One operation.

    Attributes:
        name: The operation's name on the wire.
        parameters: What a request carries, in wire order.
        results: What an answer carries, in wire order: the result, then out parameters.
        summary: One sentence for customers.
        description: The rest of what customers should know.
        descriptor: Spyne's method descriptor, by which Spyne runs the operation.
        positions: Where a parameter stands in ``parameters``, by the names in which it may be spelled in XML:
            qualified with the service's namespace, or not qualified.
    """

    name: str
    parameters: tuple[Field, ...]
    results: tuple[Field, ...]
    summary: str
    description: str
    descriptor: Any
    positions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Contract:
    """A service: its name, its namespace and its operations by name, in the order of declaration."""

    name: str
    namespace: str
    operations: dict[str, Signature]

    def action(self, operation: Signature) -> str:
        """Return the SOAP action of *operation*."""
        return self.namespace + operation.name


def read_contract(service_class: Any, *, name: str, namespace: str) -> Contract:
    """Return the contract that a Spyne service class declares."""
    signatures = (_signature(descriptor, namespace) for descriptor in service_class.public_methods.values())
    return Contract(name, namespace, {signature.name: signature for signature in signatures})


def _signature(descriptor: Any, namespace: str) -> Signature:
    parameters = _fields(descriptor.in_message)
    summary, _, description = inspect.cleandoc(descriptor.doc).partition("\n")
    positions = {field.name: index for index, field in enumerate(parameters)}
    return Signature(
        name=descriptor.operation_name,
        parameters=parameters,
        results=_fields(descriptor.out_message),
        summary=summary,
        description=" ".join(description.split()),
        descriptor=descriptor,
        positions=positions | {f"{{{namespace}}}{name}": index for name, index in positions.items()},
    )


def _fields(message: Any) -> tuple[Field, ...]:
    return tuple(Field(name, _kind(cls), int(cls.Attributes.min_occurs)) for name, cls in message._type_info.items())  # noqa: SLF001


def _kind(cls: type) -> Kind:
    if issubclass(cls, Array):
        return Kind.TEXTS
    return Kind.FLAG if issubclass(cls, Boolean) else Kind.TEXT
