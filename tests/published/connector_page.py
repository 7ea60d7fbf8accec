"""``docs/connector.md``: the types of the connector and all return codes, made from the declarations."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.facades.connector.test_return_codes import SCENARIOS, test_a_code_is_reached
from tests.published.type_codes import codes_of_field, common_codes, decided_codes
from validate_service.core import errors
from validate_service.facades.connector.answers import ERROR_CODES
from validate_service.facades.connector.contract import SERVICE_PATH, TYPES, TYPES_BY_NAME
from validate_service.facades.connector.fields import COMMON
from validate_service.facades.connector.request_types import RequestType
from validate_service.facades.connector.return_codes import MESSAGES, NEVER_ANSWERED, APIReturnCode
from validate_service.facades.declarations.fields import Field
from validate_service.facades.declarations.kinds import Schema

SCENARIOS_FILE = "../tests/facades/connector/test_return_codes.py"

HEAD = f"""\
# The SurePassID connector

Made by `python -m tests.published`; do not edit.

Every request is a `POST` to `{SERVICE_PATH}` with a JSON object, whatever the media type.
Types and fields match without case; numbers and booleans may be strings; `null` is missing.  What can be read is
answered with status 200 and

    {{"type": "find_user", "errorCode": 0, "errorMessage": "OK"}}

and what the type tells besides.  Only `errorCode` 0 is yes.  What is no JSON object gets status 400, another verb than
POST 405, more than 64 KiB 413, a content coding 415, and a defect of the server 500, all in the same shape.

## Every type

"""
MEANINGS: Mapping[type[errors.ValidateError], str] = {
    errors.MalformedRequestError: "A field is missing, or holds what it may not.",
    errors.PolicyError: "A rule does not allow what is asked.",
    errors.CallerNotAuthorizedError: "The account name or key is not valid.",
    errors.AddressNotAllowedError: "The calling address is not allowed.",
    errors.ScopeMissingError: "The account may not be used for this type.",
    errors.NotFoundError: "What the request names is not there.",
    errors.ConflictError: "What the request makes is there already, or is in another state by now.",
    errors.RateLimitedError: "Too many requests of this kind.",
    errors.DeliveryError: "A message could not be delivered.",
    errors.DecryptionError: "A value does not decrypt.",
    errors.UnavailableError: "The service cannot decide now.",
}
"""What an error means to a caller; the first line of its docstring where this says nothing."""

COMMON_MEMBERS = ("type", "errorCode", "errorMessage")

CODES_HEAD = f"""\
## Return codes

All {len(APIReturnCode)} of the vendor's.  The tests that reach them are
[`test_return_codes.py::{test_a_code_is_reached.__name__}[NAME]`]({SCENARIOS_FILE}).

"""


def connector_page() -> str:
    """Return the page."""
    types = sorted(TYPES, key=lambda one: one.name)
    parts = [HEAD, _every_type(), "## Types\n\n", _overview(types), *map(_section, types)]
    return "".join(parts) + _not_served() + CODES_HEAD + _return_codes()


def _every_type() -> str:
    rows = [(_told([code]), _meaning(error)) for error, code in ERROR_CODES.items()]
    return "".join(
        [
            _fields(COMMON),
            "What can go wrong with any of them, where the type gives it no other code:\n\n",
            _table(("code", "when"), rows),
            f"So any type can answer {_told(sorted(common_codes()))}.\n\n",
        ]
    )


def _overview(types: Iterable[RequestType]) -> str:
    return _table(
        ("type", "does", "fields", "tells"),
        (
            (
                f"[{one.name}](#{one.name})",
                one.summary,
                ", ".join(f"**{field.name}**" if field.required else field.name for field in one.fields),
                ", ".join(one.extras),
            )
            for one in types
        ),
    )


def _section(one: RequestType) -> str:
    aliases = f"  Also called {_quoted(one.aliases)}." if one.aliases else ""
    tells = (
        f"  A success tells {', '.join(_member(*member) for member in one.extras.items())} besides."
        if one.extras
        else ""
    )
    fields = _fields(one.fields) if one.fields else ""
    return f"### {one.name}\n\n{one.summary}{aliases}{tells}\n\n{fields}{_decided(one)}"


def _member(name: str, value: object) -> str:
    """Return a member of an answer; with its value if all answers have it, but with another."""
    return f"`{name}` {json.dumps(value)}" if name in COMMON_MEMBERS else f"`{name}`"


def _decided(one: RequestType) -> str:
    """Return the table of the codes of *one* where its fields are good, but for those that every type can answer."""
    rows = [(code, _meaning(error)) for error, code in one.codes.items()]
    rows += [(code, MESSAGES[code]) for code in decided_codes(one) - common_codes() - set(one.codes.values())]
    return _table(("code", "when"), ((_told([code]), when) for code, when in sorted(rows))) if rows else ""


def _not_served() -> str:
    served = {name for one in TYPES for name in (one.name, *one.aliases)}
    names = sorted(set(TYPES_BY_NAME) - served)
    return f"Known, and not served: {_quoted(names)}.\n\n" if names else ""


def _return_codes() -> str:
    rows = ((str(code.value), code.name, *_fate(code)) for code in APIReturnCode)
    return _table(("code", "name", "text, or why it is never answered", "reached by"), rows).rstrip("\n") + "\n"


def _fate(code: APIReturnCode) -> tuple[str, str]:
    """Return what stands in the last two columns about *code*."""
    if code in NEVER_ANSWERED:
        return f"*Never.*  {NEVER_ANSWERED[code]}", ""
    scenario = SCENARIOS[code]
    return MESSAGES[code], f"[{scenario.__name__}]({SCENARIOS_FILE}): {_first_line(scenario)}"


def _fields(fields: Iterable[Field[Any]]) -> str:
    rows = (
        (
            " or ".join(f"`{name}`" for name in (field.name, *field.aliases)),
            _held(field.kind.schemas[0]),
            _missing(field),
            field.description,
            _told(codes_of_field(field)),
        )
        for field in fields
    )
    return _table(("field", "holds", "if missing", "is", "code of a bad one, of a missing one"), rows)


def _held(schema: Schema) -> str:
    """Return what *schema* takes, in words."""
    if "enum" in schema:
        words = dict.fromkeys(str(value) for value in schema["enum"])
        return ", ".join(f"`{word}`" if word else "nothing" for word in words)
    if schema["type"] == "string":
        return f"text, at most {schema['maxLength']} characters" if "maxLength" in schema else "text"
    return {"boolean": "true or false", "integer": "a whole number"}.get(schema["type"], str(schema["type"]))


def _missing(field: Field[Any]) -> str:
    """Return what it means if *field* is missing."""
    if field.required:
        return "refused"
    if field.default is None:
        return ""
    return f"`{field.default}`".lower() if field.default != "" else "empty"


def _meaning(error: type[errors.ValidateError]) -> str:
    return MEANINGS.get(error) or _first_line(error)


def _first_line(documented: object) -> str:
    return (documented.__doc__ or "").splitlines()[0]


def _told(codes: Iterable[APIReturnCode]) -> str:
    return ", ".join(f"{code.value} {code.name}" for code in codes)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    shown = ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
    return "".join(shown) + "\n"
