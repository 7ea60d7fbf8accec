"""``/openapi.json``: what it says of the types is true."""

import json
from typing import Any

import jsonschema_rs
import pytest

from tests.facades.connector.client import PATH, ConnectorClient
from tests.facades.soap.wire import call
from validate_service.core.model import DeviceKind
from validate_service.facades.connector.contract import NOT_SERVED, TYPES

NAMES = [one.name for one in TYPES]


def document(connector: ConnectorClient) -> dict[str, Any]:
    """Return the document as it is served."""
    served: dict[str, Any] = call(connector.application, "GET", "/openapi.json").json  # type: ignore[arg-type]
    return served


def test_every_type_is_described(connector: ConnectorClient) -> None:
    """Served or not yet, with its aliases."""
    described = document(connector)["paths"][PATH]["post"]["description"]
    assert all(f"`{' or '.join((one.name, *one.aliases))}`: {one.summary}" in described for one in TYPES)
    assert all(f"* `{name}`: {reason}" in described for name, reason in NOT_SERVED.items())


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_type_obeys_its_schema(connector: ConnectorClient, name: str) -> None:
    """And a request without a field that is required does not."""
    served = document(connector)
    schema = served["components"]["schemas"][f"connector.{name}"]
    example = served["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]["examples"][name]["value"]
    checker = jsonschema_rs.validator_for(schema)
    assert checker.is_valid(example)
    for required in schema["required"]:
        assert not checker.is_valid({field: value for field, value in example.items() if field != required})


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_to_an_example_obeys_the_schema(connector: ConnectorClient, name: str) -> None:
    """Pasted with a good account; the documented answers obey it too, and have the members of a true one."""
    connector.product.add_user(r"CORP\alice")
    connector.product.add_device(r"CORP\alice", "PHONE", DeviceKind.AUTHENTICATOR)
    operation = document(connector)["paths"][PATH]["post"]
    example = operation["requestBody"]["content"]["application/json"]["examples"][name]["value"]
    answer = connector.send(json.dumps(example | connector.credentials()).encode())
    described = operation["responses"]["200"]["content"]["application/json"]
    checker = jsonschema_rs.validator_for(described["schema"])
    shown = described["examples"][name]["value"]
    assert answer.status == 200
    assert checker.is_valid(answer.json)
    assert checker.is_valid(shown)
    if answer.json["errorCode"] == 0:
        assert list(answer.json) == list(shown)
