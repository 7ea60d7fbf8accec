"""What a field of the connector may hold, besides what fields of every JSON call may."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from validate_service.core.errors import MalformedRequestError
from validate_service.core.typed_codes import TypedCode
from validate_service.facades.declarations.kinds import Schema

Value = TypeVar("Value")

LONGEST_CODE = 64
LONGEST_SEED = 1024
_HEX = "([0-9A-Fa-f]{2})*"


@dataclass(frozen=True)
class OneOf(Generic[Value]):
    """One of a few words or numbers; a number may be text, and a word is matched without case.

    Attributes:
        meanings: What each of them means, by its text in lower case.
    """

    meanings: Mapping[str, Value]

    def read(self, name: str, value: object) -> Value:
        """Return what *value* means."""
        word = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(word, str) and word.strip().lower() in self.meanings:
            return self.meanings[word.strip().lower()]
        raise MalformedRequestError(f"{name} must be {' or '.join(word or 'empty' for word in self.meanings)}.")

    @property
    def schemas(self) -> list[Schema]:
        """The words as we write them; a number in both forms."""
        return [{"enum": [*self.meanings, *(int(word) for word in self.meanings if word.isdigit())]}]


@dataclass(frozen=True)
class Code:
    """A one-time password: text, or a number that has lost the zeros in front."""

    def read(self, name: str, value: object) -> TypedCode:
        """Return *value* as it came; whether it can be a code at all, the core decides."""
        if isinstance(value, str) and len(value) <= LONGEST_CODE:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**LONGEST_CODE:
            return value
        raise MalformedRequestError(f"{name} must be a one-time password.")

    @property
    def schemas(self) -> list[Schema]:
        """Text, or a number."""
        return [{"type": "string", "maxLength": LONGEST_CODE}, {"type": "integer", "minimum": 0}]


@dataclass(frozen=True)
class Seed:
    """The seed of a device, in hex; empty for none.

    Attributes:
        in_base64: Whether what comes is the Base64 of the hex digits.
    """

    in_base64: bool = False

    def read(self, name: str, value: object) -> bytes:
        """Return the seed's bytes."""
        if isinstance(value, str) and len(value) <= LONGEST_SEED:
            digits = _decoded(value) if self.in_base64 else value.strip()
            if re.fullmatch(_HEX, digits):
                return bytes.fromhex(digits)
        raise MalformedRequestError(f"{name} must be {'the Base64 of ' if self.in_base64 else ''}hex digits.")

    @property
    def schemas(self) -> list[Schema]:
        """Text."""
        return [{"type": "string", "maxLength": LONGEST_SEED}]


def _decoded(text: str) -> str:
    """Return the text whose Base64 *text* is, or what is no hex."""
    try:
        return base64.b64decode(text.strip(), validate=True).decode("ascii")
    except ValueError:
        return "none"
