"""What a field of a JSON call may hold.

A kind reads a value and says the same as a JSON schema, so that what is described is what is taken.
"""

import re
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from validate_service.core.errors import MalformedRequestError
from validate_service.core.fields import require_text

Schema: TypeAlias = dict[str, Any]
Value_co = TypeVar("Value_co", covariant=True)

_ANYTHING = "[^\\u0000]*"
_TRUE_OR_FALSE = "[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]"


class Kind(Protocol[Value_co]):
    """One sort of values."""

    def read(self, name: str, value: object) -> Value_co:
        """Return what *value* means.

        Args:
            name: The field's name, for the error's text.
            value: What the JSON parser made of it; never ``None``.

        Raises:
            MalformedRequestError: it is no value of this kind; the text names the field and the rule.
        """

    @property
    def schemas(self) -> list[Schema]:
        """The JSON schemas of all forms in which a value may come."""


@dataclass(frozen=True)
class Text:
    """Text without NUL and without half surrogate pairs.

    Attributes:
        longest: Most characters.
        pattern: What all of it must match; empty for anything.
        rule: What *pattern* means, as the end of a sentence that begins with the field's name.
    """

    longest: int
    pattern: str = ""
    rule: str = ""

    def read(self, name: str, value: object) -> str:
        """Return *value* if it is such text."""
        if not isinstance(value, str):
            raise MalformedRequestError(f"{name} must be text.")
        text = require_text(name, value, longest=self.longest)
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise MalformedRequestError(f"{name} {self.rule}.")
        return text

    @property
    def schemas(self) -> list[Schema]:
        """One form."""
        return [{"type": "string", "maxLength": self.longest, "pattern": f"^({self.pattern or _ANYTHING})$"}]


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def read(self, name: str, value: object) -> bool:
        """Return whether *value* is yes."""
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and re.fullmatch(_TRUE_OR_FALSE, value):
            return value.lower() == "true"
        raise MalformedRequestError(f"{name} must be true or false.")

    @property
    def schemas(self) -> list[Schema]:
        """A boolean, or one of its names in any case."""
        return [{"type": "boolean"}, {"type": "string", "pattern": f"^({_TRUE_OR_FALSE})$"}]


@dataclass(frozen=True)
class Number:
    """A whole number that is not negative.  What range makes sense, the core decides.

    Attributes:
        most_digits: Most decimal digits.
    """

    most_digits: int

    def read(self, name: str, value: object) -> int:
        """Return the number, which may come as digits."""
        number = value
        if isinstance(value, str) and re.fullmatch(self._digits, value):
            number = int(value)
        elif isinstance(value, float) and value.is_integer():
            number = int(value)  # to JSON 6.0 and 6 are the same
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= self._largest:
            return number
        raise MalformedRequestError(f"{name} must be a whole number from 0 to {self._largest}.")

    @property
    def schemas(self) -> list[Schema]:
        """A number, or its digits."""
        return [
            {"type": "integer", "minimum": 0, "maximum": self._largest},
            {"type": "string", "pattern": f"^{self._digits}$"},
        ]

    @property
    def _largest(self) -> int:
        return int("9" * self.most_digits)

    @property
    def _digits(self) -> str:
        return f"[0-9]{{1,{self.most_digits}}}"
