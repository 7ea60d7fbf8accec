"""The fields of a JSON call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from validate_service.core.errors import MalformedRequestError
from validate_service.facades.declarations.kinds import Kind, Schema

Value = TypeVar("Value")


@dataclass(frozen=True)
class Field(Generic[Value]):
    """One field.  Its names match without case; a field that is ``null`` is missing.

    Attributes:
        name: The name that is documented.
        kind: What it may hold.
        description: A sentence for the documentation.
        example: A value for the documentation, as it stands in JSON.
        required: Whether a call without it is malformed.
        default: What it means if it is missing; ``None`` if that means nothing.
        aliases: Further names.
    """

    name: str
    kind: Kind[Value]
    description: str
    example: str | int | bool
    required: bool = False
    default: Value | None = None
    aliases: tuple[str, ...] = ()

    @property
    def schema(self) -> Schema:
        """The JSON schema of the field."""
        forms = self.kind.schemas if self.required else [*self.kind.schemas, {"type": "null"}]
        schema: Schema = {"description": self.description, "examples": [self.example]}
        schema |= forms[0] if len(forms) == 1 else {"anyOf": forms}
        return schema if self.default in (None, "") else schema | {"default": self.default}


class Values:
    """What a call gave for its fields."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        """Keep *given*, the values that were read, by the documented names."""
        self._given = given

    def __getitem__(self, field: Field[Value]) -> Value:
        """Return the value of a field that is required or has a default."""
        value: Value = self._given.get(field.name, field.default)
        if value is None:
            raise KeyError(field.name)
        return value

    def get(self, field: Field[Value]) -> Value | None:
        """Return the value of any field, ``None`` if it is missing and has no default."""
        value: Value | None = self._given.get(field.name, field.default)
        return value


class Declaration:
    """All fields of a call.  What a call gives besides is ignored."""

    def __init__(self, *fields: Field[Any]) -> None:
        """Declare *fields*, in the order of the documentation."""
        self._fields = fields
        self._by_name = {name.lower(): field for field in fields for name in (field.name, *field.aliases)}

    def __iter__(self) -> Iterator[Field[Any]]:
        """Iterate over the fields in the order of the documentation."""
        return iter(self._fields)

    def read(self, given: Mapping[str, object]) -> Values:
        """Return the values of the fields.

        Args:
            given: The members of a JSON object by their names in lower case.

        Raises:
            MalformedRequestError: a field is missing, given under two names, or holds what it may not hold.
        """
        read: dict[str, Any] = {}
        for name, value in given.items():
            field = self._by_name.get(name)
            if field is None or value is None:
                continue
            if field.name in read:
                raise MalformedRequestError(f"{field.name} is given under two names.")
            read[field.name] = field.kind.read(field.name, value)
        for field in self._fields:
            if field.required and field.name not in read:
                raise MalformedRequestError(f"{field.name} is missing.")
        return Values(read)

    @property
    def schema(self) -> Schema:
        """The JSON schema of the whole object."""
        return {
            "type": "object",
            "properties": {field.name: field.schema for field in self._fields},
            "required": [field.name for field in self._fields if field.required],
        }

    @property
    def example(self) -> dict[str, Any]:
        """A call that gives every field."""
        return {field.name: field.example for field in self._fields}
