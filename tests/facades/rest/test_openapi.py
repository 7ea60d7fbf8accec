"""``/openapi.json``: what it says of the ten calls is true."""

import json
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from tests.facades.rest.client import RestClient
from tests.facades.soap.wire import call
from validate_service.config import Settings
from validate_service.facades.rest.contract import CALLS
from validate_service.server.application import create_application


def document(rest: RestClient) -> dict[str, Any]:
    """Return the document as it is served."""
    application = create_application(rest.product.installation, Settings())
    answer = call(application, "GET", "/OpenAPI.json")  # type: ignore[arg-type]
    assert (answer.status, answer.content_type) == (200, "application/json")
    served: dict[str, Any] = answer.json
    return served


def operation(rest: RestClient, name: str) -> dict[str, Any]:
    found: dict[str, Any] = document(rest)["paths"][f"/restservices/restservice.svc/{name}"]["post"]
    return found


def test_the_document_is_openapi_3_1(rest: RestClient) -> None:
    """By the OpenAPI Initiative's own schema."""
    served = document(rest)
    assert served["openapi"].startswith("3.1.")
    OPENAPI_31_VALIDATOR.validate(served)


def test_the_document_has_the_ten_calls(rest: RestClient) -> None:
    """Under their documented names, each with summary and description."""
    of_rest = [item["post"] for item in document(rest)["paths"].values() if "restservice.svc" in item["post"]["tags"]]
    found = {operation["operationId"]: operation for operation in of_rest}
    assert set(found) == {call.name for call in CALLS}
    assert all(operation["summary"] and operation["description"] for operation in found.values())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_document_is_only_read(rest: RestClient, method: str) -> None:
    """Other verbs are told so."""
    application = create_application(rest.product.installation, Settings())
    answer = call(application, method, "/openapi.json")  # type: ignore[arg-type]
    assert (answer.status, answer.headers["allow"]) == (204 if method == "OPTIONS" else 405, "GET, HEAD, OPTIONS")


def test_nothing_is_served_below_the_document(rest: RestClient) -> None:
    """It is one document at one path."""
    application = create_application(rest.product.installation, Settings())
    assert call(application, "GET", "/openapi.json/x").status == 404  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [call.name for call in CALLS])
def test_the_example_of_a_call_is_answered_as_the_document_says(rest: RestClient, name: str) -> None:
    """Pasted with a good key: the answer has the documented schema, and the documented example has it too."""
    if name not in {"AddUser", "CreateAPIkey"}:
        rest.add_user(email="alice@corp.example")
    described = operation(rest, name)
    example = dict(described["requestBody"]["content"]["application/json"]["examples"]["call"]["value"])
    if name != "CreateAPIkey":
        example["apiKey"] = rest.product.api_key
    if name == "UpdateUser":
        example["userID"] = "1"
    answer = rest.send(name, json.dumps(example).encode())
    content = described["responses"]["200"]["content"]["application/json"]
    schema = jsonschema_rs.validator_for(content["schema"])
    assert (answer.status, answer.json["status"].lower()) == (200, "success")
    assert schema.is_valid(answer.json)
    assert all(schema.is_valid(shown["value"]) for shown in content["examples"].values())


def test_only_registering_keys_needs_no_key_in_the_body(rest: RestClient) -> None:
    """It takes a bearer token, or none from an administration network; branding takes anything."""
    served = document(rest)
    assert served["components"]["securitySchemes"]["administratorKey"]["scheme"] == "bearer"
    with_security = [path for path, item in served["paths"].items() if "security" in item["post"]]
    assert with_security == ["/restservices/restservice.svc/CreateAPIkey"]
