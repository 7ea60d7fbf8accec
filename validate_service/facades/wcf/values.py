"""The kinds of values that parameters and members have, and how XML Schema writes them."""

import re
from enum import Enum
from typing import TypeAlias

Value: TypeAlias = str | int | bool | None

_INTEGER = re.compile(r"[+-]?[0-9]{1,12}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class Kind(Enum):
    """A simple type; the value is the XML Schema name."""

    STRING = "string"
    SHORT = "short"
    INT = "int"
    BOOLEAN = "boolean"

    @property
    def nillable(self) -> bool:
        """Whether a value can be ``xsi:nil``: the types are .NET's, where only a string can."""
        return self is Kind.STRING

    @property
    def default(self) -> Value:
        """What a value is that is not there, as in .NET."""
        return _DEFAULTS[self]

    def read(self, text: str) -> Value:
        """Return what *text* means.

        Raises:
            ValueError: it is no value of this type.
        """
        if self is Kind.STRING:
            return text
        if self is Kind.BOOLEAN:
            return _boolean(text.strip())
        return _integer(text.strip(), _BITS[self])

    def write(self, value: Value) -> str:
        """Return *value* as text, before anything is escaped."""
        return str(value).lower() if isinstance(value, bool) else str(value)


_DEFAULTS: dict[Kind, Value] = {Kind.STRING: None, Kind.SHORT: 0, Kind.INT: 0, Kind.BOOLEAN: False}
_BITS = {Kind.SHORT: 16, Kind.INT: 32}


def _boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        raise ValueError("no boolean")
    return _BOOLEANS[text]


def _integer(text: str, bits: int) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("no integer")
    number = int(text)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError("out of range")
    return number
