"""What is published is what the declarations say today."""

import json
import re
from pathlib import Path

import pytest

from tests.published.files import COLLECTION, ENVIRONMENT, PUBLISHED, ROOT
from tests.published.postman import Request
from tests.published.soap_steps import CONTRACT
from tests.published.story import CHAPTERS, KEPT, SETTINGS
from validate_service.facades.connector.contract import TYPES
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.rest.contract import CALLS

PAGE = ROOT / "docs/connector.md"
REQUESTS = [request for chapter in CHAPTERS for request in chapter.requests]


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_a_published_file_is_up_to_date(path: Path) -> None:
    """It is as if it had been made just now."""
    if not path.is_file() or path.read_text("utf-8") != PUBLISHED[path]():
        pytest.fail(f"{path.relative_to(ROOT)} is stale: run python -m tests.published", pytrace=False)


def test_every_call_has_a_request() -> None:
    """Types of the connector, calls of restservice.svc, and SOAP operations."""
    declared = {*(one.name for one in TYPES), *(call.name for call in CALLS), *CONTRACT.operations}
    assert declared - {request.name.partition(":")[0] for request in REQUESTS} == set()


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
def test_a_request_says_what_it_does_and_is_checked(request_: Request) -> None:
    """Its body can be read."""
    assert request_.description
    assert request_.checks.count("pm.test(") >= 3
    if request_.headers["Content-Type"] == "application/json":
        assert isinstance(json.loads(request_.body), dict)


def test_every_variable_is_declared_and_used() -> None:
    """In a body, an address, a header or a script; what begins with a dollar sign is Postman's own."""
    written = json.dumps([request.item for request in REQUESTS])
    substituted = set(re.findall(r"{{([^$}]+)}}", written))
    declared = {variable.name for variable in (*SETTINGS, *KEPT)}
    assert substituted <= declared
    assert [name for name in declared if f"{{{{{name}}}}}" not in written and f'(\\"{name}\\"' not in written] == []


def test_no_secret_is_published() -> None:
    """Who uses the files brings the keys."""
    variables = json.loads(COLLECTION.read_text("utf-8"))["variable"]
    values = json.loads(ENVIRONMENT.read_text("utf-8"))["values"]
    secret = {variable.name for variable in SETTINGS if variable.secret}
    assert {value["key"] for value in values if value["type"] == "secret"} == secret
    assert [one["value"] for one in (*variables, *values) if one["key"] in secret] == [""] * 2 * len(secret)


def test_the_page_has_every_type_and_every_code() -> None:
    """A heading or a row for each."""
    lines = PAGE.read_text("utf-8").splitlines()
    assert [f"### {one.name}" for one in TYPES if lines.count(f"### {one.name}") != 1] == []
    rows = [line for line in lines if re.match(r"\| \d+ \| \w+ \|", line)]
    assert [row.split(" | ")[1] for row in rows] == [code.name for code in APIReturnCode]
