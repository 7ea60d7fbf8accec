"""The types in an OpenAPI document, made from the declarations that serve them.

One path takes all types, and answers 200 to whatever is an object: so the operation takes any object, and each type has
a schema and an example of its own.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from validate_service.facades.connector.contract import NOT_SERVED, SERVICE_PATH, TYPES
from validate_service.facades.connector.request_types import RequestType
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.declarations.kinds import Schema
from validate_service.facades.declarations.openapi import Paths, json_content

_ANSWER: Schema = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "The type of the request; empty if it had none."},
        "errorCode": {
            "enum": [code.value for code in APIReturnCode],
            "x-enum-varnames": [code.name for code in APIReturnCode],
            "description": "What became of the request; 0 is success, and nothing else is.",
        },
        "errorMessage": {"type": "string", "description": "The same for people; `OK` for success."},
    },
    "required": ["type", "errorCode", "errorMessage"],
}
_FAILURES = {
    HTTPStatus.BAD_REQUEST: "The body is no JSON object.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Requests are made with POST.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 64 KiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body has a content coding.",
}


def connector_paths() -> Paths:
    """Return the Paths Object of the connector."""
    return {SERVICE_PATH: {"post": _operation()}}


def connector_schemas() -> Mapping[str, Schema]:
    """Return the schemas of the requests of all types, by name."""
    return {f"connector.{one.name}": _request_schema(one) for one in TYPES}


def _operation() -> dict[str, Any]:
    taken: Schema = {"type": "object", "properties": {"type": {"description": "The type, in any case."}}}
    return {
        "operationId": "U2FServer",
        "tags": ["SurePassID connector"],
        "summary": "A request of the type that its body says.",
        "description": _description(),
        "requestBody": {
            "required": True,
            "content": json_content(taken, **{one.name: _example(one) for one in TYPES}),
        },
        "responses": {"200": _answer()} | {str(status.value): _failure(status) for status in _FAILURES},
    }


def _description() -> str:
    served = "".join(f"* `{' or '.join((one.name, *one.aliases))}`: {one.summary}\n" for one in TYPES)
    missing = "".join(f"* `{name}`: {reason}\n" for name, reason in NOT_SERVED.items())
    return f"{served}\nNot supported:\n\n{missing}"


def _request_schema(one: RequestType) -> Schema:
    schema = one.declaration.schema
    kind = {"enum": [one.name, *one.aliases], "description": one.summary}
    return schema | {"properties": {"type": kind, **schema["properties"]}, "required": ["type", *schema["required"]]}


def _example(one: RequestType) -> dict[str, Any]:
    return {"type": one.name, **one.declaration.example}


def _answer() -> dict[str, Any]:
    done = {one.name: {"type": one.name, "errorCode": 0, "errorMessage": "OK", **one.extras} for one in TYPES}
    return {"description": "What became of the request.", "content": json_content(_ANSWER, **done)}


def _failure(status: HTTPStatus) -> dict[str, Any]:
    meaning = _FAILURES[status]
    example = {"type": "", "errorCode": APIReturnCode.CreateTransactionFailed.value, "errorMessage": meaning}
    answer = {"description": meaning, "content": json_content(_ANSWER, failure=example)}
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        return answer | {
            "headers": {"Allow": {"description": "What is served.", "required": True, "schema": {"type": "string"}}}
        }
    return answer
