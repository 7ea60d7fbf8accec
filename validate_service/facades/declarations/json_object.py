"""The JSON object in a request's body (RFC 8259), read more strictly than Python does."""

import json
from typing import Any, NoReturn

from validate_service.core.errors import MalformedRequestError

DEEPEST = 32
"""Arrays and objects inside each other.  No call needs any."""

NO_OBJECT = "The body must be a JSON object in UTF-8."
NAME_TWICE = "The body must not give a name twice, in whatever case."
TOO_DEEP = f"The body must not nest deeper than {DEEPEST} levels."


def read_object(body: bytes) -> dict[str, object]:
    """Return the members of the object in *body* by their names in lower case; a byte order mark is skipped.

    Raises:
        MalformedRequestError: *body* is no UTF-8, no JSON object, holds a number that is none, gives a name twice,
            or nests too deep.
    """
    try:
        value = _DECODER.decode(body.decode("utf-8-sig"))
    except RecursionError:
        raise MalformedRequestError(TOO_DEEP) from None
    except ValueError:
        # Without the parser's own text, which quotes the body.
        raise MalformedRequestError(NO_OBJECT) from None
    if not isinstance(value, dict):
        raise MalformedRequestError(NO_OBJECT)
    _require_shallow(body, value)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = {name.lower(): value for name, value in pairs}
    if len(members) != len(pairs):
        raise MalformedRequestError(NAME_TWICE)
    return members


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse_constant)


def _require_shallow(body: bytes, value: object) -> None:
    # Few brackets cannot nest deep: nearly every body ends here.
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return
    level: list[object] = [value]
    for _ in range(DEEPEST):
        level = [inner for container in level for inner in _containers_in(container)]
    if level:
        raise MalformedRequestError(TOO_DEEP)


def _containers_in(container: Any) -> list[object]:
    members = container.values() if isinstance(container, dict) else container
    return [member for member in members if isinstance(member, dict | list)]
