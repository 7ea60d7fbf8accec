"""What a field of the connector may hold, besides what fields of every JSON call may."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from validate_service.core.errors import MalformedRequestError
from validate_service.core.fido.applications import require_app_id
from validate_service.core.fields import LONGEST_NAME
from validate_service.core.typed_codes import TypedCode
from validate_service.facades.declarations.json_object import read_object
from validate_service.facades.declarations.kinds import Schema

Value = TypeVar("Value")

LONGEST_CODE = 64
LONGEST_SEED = 1024
_HEX = "([0-9A-Fa-f]{2})*"
_SWITCH = {"0": False, "1": True, "false": False, "true": True}
_WEBSAFE = re.compile("[A-Za-z0-9_-]*")


@dataclass(frozen=True)
class OneOf(Generic[Value]):
    """One of a few words or numbers; a number may be text, and a word is matched without case.

    Attributes:
        meanings: What each of them means, by its text as we write it.
    """

    meanings: Mapping[str, Value]

    def read(self, name: str, value: object) -> Value:
        """Return what *value* means."""
        word = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(word, str):
            for known, meaning in self.meanings.items():
                if known.lower() == word.strip().lower():
                    return meaning
        raise MalformedRequestError(f"{name} must be {' or '.join(word or 'empty' for word in self.meanings)}.")

    @property
    def schemas(self) -> list[Schema]:
        """The words as we write them; a number in both forms."""
        return [{"enum": [*self.meanings, *(int(word) for word in self.meanings if word.isdigit())]}]


@dataclass(frozen=True)
class Switch:
    """On or off: 1 or 0, or a boolean; either may be text."""

    def read(self, name: str, value: object) -> bool:
        """Return whether *value* is on."""
        word = str(value).strip().lower() if isinstance(value, str | int) else ""
        if word not in _SWITCH:
            raise MalformedRequestError(f"{name} must be 0 or 1.")
        return _SWITCH[word]

    @property
    def schemas(self) -> list[Schema]:
        """The words, in lower case, and what they mean."""
        return [{"enum": [*_SWITCH, 0, 1]}, {"type": "boolean"}]


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


@dataclass(frozen=True)
class Websafe:
    """Bytes in the Base64 for URLs (RFC 4648 section 5) or the usual one, with or without padding; empty for none.

    Attributes:
        longest: Most characters.
    """

    longest: int

    def read(self, name: str, value: object) -> bytes:
        """Return the bytes."""
        if isinstance(value, str) and len(value) <= self.longest and (decoded := bytes_of(value)) is not None:
            return decoded
        raise MalformedRequestError(f"{name} must be Base64.")

    @property
    def schemas(self) -> list[Schema]:
        """Text."""
        return [{"type": "string", "maxLength": self.longest}]


@dataclass(frozen=True)
class ApplicationId:
    """The URL of an application of security keys.

    Attributes:
        may_be_empty: Whether it may also be none.
    """

    may_be_empty: bool = False

    def read(self, name: str, value: object) -> str:
        """Return *value*, if it is one."""
        if not isinstance(value, str):
            raise MalformedRequestError(f"{name} must be text.")
        return value if self.may_be_empty and not value else require_app_id(value)

    @property
    def schemas(self) -> list[Schema]:
        """Text."""
        return [{"type": "string", "maxLength": LONGEST_NAME}]


@dataclass(frozen=True)
class Members:
    """An object of JSON, or the text of one.

    Attributes:
        longest: Most characters of the text.
    """

    longest: int

    def read(self, name: str, value: object) -> Mapping[str, object]:
        """Return its members by their names in lower case."""
        if isinstance(value, Mapping):
            return value
        if isinstance(value, str) and len(value) <= self.longest:
            return read_object(value.encode("utf-8", "surrogatepass"))
        raise MalformedRequestError(f"{name} must be an object.")

    @property
    def schemas(self) -> list[Schema]:
        """Both forms."""
        return [{"type": "object"}, {"type": "string", "maxLength": self.longest}]


def bytes_of(text: str) -> bytes | None:
    """Return the bytes that *text* spells in either Base64, or ``None`` if it spells none.

    Browsers write that for URLs, .NET's ``Convert.ToBase64String`` the usual one.

    >>> bytes_of("YQ"), bytes_of("YQ=="), bytes_of("Y")
    (b'a', b'a', None)
    >>> bytes_of("fn5-") == bytes_of("fn5+")
    True
    """
    bare = text.rstrip("=").replace("+", "-").replace("/", "_")
    if not _WEBSAFE.fullmatch(bare) or len(bare) % 4 == 1:
        return None
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def websafe(data: bytes) -> str:
    """Return *data* in the Base64 for URLs, without padding.

    >>> websafe(b"a")
    'YQ'
    """
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> str:
    """Return the text whose Base64 *text* is, or what is no hex."""
    try:
        return base64.b64decode(text.strip(), validate=True).decode("ascii")
    except ValueError:
        return "none"
