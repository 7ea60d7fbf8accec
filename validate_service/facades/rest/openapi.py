"""The calls in an OpenAPI document, made from the declarations that serve them."""

from http import HTTPStatus
from typing import Any

from validate_service.facades.declarations.kinds import Schema
from validate_service.facades.declarations.openapi import Paths, json_content
from validate_service.facades.rest.answers import Members
from validate_service.facades.rest.calls import BEARER_CHALLENGE, RestCall
from validate_service.facades.rest.contract import CALLS, SERVICE_PATH
from validate_service.facades.rest.fields import API_KEY

BEARER = "administratorKey"
SECURITY_SCHEMES = {
    BEARER: {"type": "http", "scheme": "bearer", "description": "The API key of an administrator."},
}

_FAILURES = {
    HTTPStatus.BAD_REQUEST: "The body is no JSON object, or a field is missing or holds what it may not hold.",
    HTTPStatus.UNAUTHORIZED: "The API key is not valid.",
    HTTPStatus.FORBIDDEN: "The calling address is not allowed, or the API key may not be used for this call.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Calls are made with POST.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 64 KiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body has a content coding.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests of this kind.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The service cannot decide now.",
}
_HEADERS = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate", "How a caller shows who it is.", {"type": "string"}),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Allow", "What is served.", {"type": "string"}),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After", "Seconds to wait.", {"type": "integer", "minimum": 1}),
}


def rest_paths() -> Paths:
    """Return the Paths Object of the ten calls."""
    return {f"{SERVICE_PATH}/{call.name}": {"post": _operation(call)} for call in CALLS}


def _operation(call: RestCall[Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": call.name,
        "tags": ["restservice.svc"],
        "summary": call.summary,
        "description": call.description,
        "requestBody": {
            "required": not call.takes_any_body,
            "content": json_content(_request_schema(call), call=call.declaration.example),
        },
        "responses": {"200": _answer(call)} | {str(status.value): _failure(status) for status in _FAILURES},
    }
    if call.challenge == BEARER_CHALLENGE:
        # An empty requirement: from an administration network no key is needed.
        operation["security"] = [{BEARER: []}, {}]
    return operation


def _request_schema(call: RestCall[Any]) -> Schema:
    schema = call.declaration.schema
    if call.takes_any_body:
        return {"description": "Anything is taken.", "anyOf": [schema, {}]}
    # Without a key a call is not malformed, but it is refused.
    return schema if API_KEY.name in schema["required"] else schema | {"required": [*schema["required"], API_KEY.name]}


def _answer(call: RestCall[Any]) -> dict[str, Any]:
    failure = {"status": "failure", "Result": "There is no user CORP\\alice."}
    schema = {"oneOf": [_schema_of(call.example), _schema_of(failure)]}
    return {"description": "Done, or why not.", "content": json_content(schema, success=call.example, failure=failure)}


def _failure(status: HTTPStatus) -> dict[str, Any]:
    meaning = _FAILURES[status]
    example = {"status": "failure", "Result": meaning}
    answer = {"description": meaning, "content": json_content(_schema_of(example), failure=example)}
    if status not in _HEADERS:
        return answer
    name, description, schema = _HEADERS[status]
    return answer | {"headers": {name: {"description": description, "required": True, "schema": schema}}}


def _schema_of(example: Members) -> Schema:
    """Return the schema of the answers that are like *example*: the same members, with any text in place of texts."""
    properties = {name: {"type": "boolean" if isinstance(value, bool) else "string"} for name, value in example.items()}
    properties["status"] = {"const": example["status"]}
    return {"type": "object", "properties": properties, "required": list(example), "additionalProperties": False}
