"""Which return codes a type of the connector can answer, as its declaration and the code that answers it say."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from validate_service.facades.connector.answers import ERROR_CODES
from validate_service.facades.connector.fields import COMMON, FIELD_CODES, MISSING_CODES
from validate_service.facades.connector.request_types import RequestType
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.declarations.fields import Field

CONNECTOR = "validate_service.facades.connector."
OTHERWISE = APIReturnCode.CreateTransactionFailed


def codes_of_field(field: Field[Any]) -> list[APIReturnCode]:
    """Return the code of a field that holds what it may not, and that of a missing one where it is another."""
    bad = FIELD_CODES.get(field.name, OTHERWISE)
    missing = MISSING_CODES.get(field.name, bad) if field.required else bad
    return [bad] if missing is bad else [bad, missing]


def common_codes() -> set[APIReturnCode]:
    """Return the codes that every type can answer: of success, of the common fields, and of errors."""
    of_errors = {*ERROR_CODES.values(), *_written_in(RequestType.code_of.__code__)}
    return {APIReturnCode.Success} | _codes_of(COMMON) | of_errors


def own_codes(one: RequestType) -> set[APIReturnCode]:
    """Return the codes that *one* can answer besides those of every type."""
    return (_codes_of(one.fields) | decided_codes(one)) - common_codes()


def decided_codes(one: RequestType) -> set[APIReturnCode]:
    """Return the codes that *one* answers where its fields are good: of its errors, and those its functions name."""
    return {*one.codes.values(), *_named_in(one.answer)}


def _codes_of(fields: Iterable[Field[Any]]) -> set[APIReturnCode]:
    return {code for field in fields for code in codes_of_field(field)}


def _named_in(answer: Any) -> set[APIReturnCode]:
    """Return the codes in *answer* and in all functions of the connector that it uses, and in the tables they use."""
    named: set[APIReturnCode] = set()
    waiting, seen = [inspect.unwrap(answer)], set()
    while waiting:
        function = waiting.pop()
        seen.add(function)
        named |= _written_in(function.__code__)
        used = [function.__globals__.get(name) for name in _names_in(function.__code__)]
        named |= {code for table in used if isinstance(table, Mapping) for code in _codes_in(table)}
        waiting += [one for one in map(inspect.unwrap, filter(_is_ours, used)) if one not in seen]
    return named


def _written_in(code: CodeType) -> set[APIReturnCode]:
    return {APIReturnCode[name] for name in _names_in(code) if name in APIReturnCode.__members__}


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _codes_in(table: Mapping[Any, Any]) -> set[APIReturnCode]:
    return {value for value in table.values() if isinstance(value, APIReturnCode)}


def _is_ours(used: object) -> bool:
    return isinstance(used, FunctionType) and used.__module__.startswith(CONNECTOR)
