"""Whatever bytes arrive, the answer is one of the documented, in the one shape, and never a defect.

Ordinary runs try about 900 requests; with ``VALIDATE_SERVICE_LONG=1`` more than 12,000.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Tell
from tests.facades.connector.client import ConnectorClient
from tests.facades.soap.wire import Answer
from tests.product import create_product
from tests.server.rounds import tried
from tests.world import FakeClock, FakeCourier, fake_world
from validate_service.core.model import DeviceKind
from validate_service.facades.connector.contract import TYPES, TYPES_BY_NAME
from validate_service.facades.connector.fields import COMMON
from validate_service.facades.connector.return_codes import APIReturnCode

TRIED = tried(brief=300, thorough=4000)
counted: Counter[str] = Counter()

names = st.sampled_from(sorted(TYPES_BY_NAME))
fields = st.sampled_from(sorted({field.name for one in TYPES for field in one.fields} | {"", "x"}))
texts = st.text(max_size=20)
examples = st.sampled_from([field.example for one in TYPES for field in one.fields])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | examples,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
complete = {field.name: field.example for one in TYPES for field in one.fields}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectorClient]:
    """One product for all requests of the module."""
    courier = FakeCourier()
    product = create_product(tmp_path_factory.mktemp("fuzzed"), fake_world(FakeClock(), courier))
    product.add_user("alice")
    product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    yield ConnectorClient(product, courier)
    product.installation.database.close()


def check(answer: Answer) -> None:
    """Require a documented status and the one shape."""
    assert answer.status in {200, 400}
    members = answer.json
    code = APIReturnCode(members["errorCode"])
    counted[code.name] += 1
    assert list(members)[:3] == ["type", "errorCode", "errorMessage"]
    assert isinstance(members["type"], str)
    assert (members["errorMessage"] in {"OK", ""}) == (code is APIReturnCode.Success)
    assert code is not APIReturnCode.SystemTrace


@TRIED
@given(body=st.binary(max_size=200))
def test_any_bytes_are_answered(fuzzed: ConnectorClient, body: bytes) -> None:
    """They are hardly ever an object."""
    check(fuzzed.send(body))


@TRIED
@given(name=names, given_fields=st.dictionaries(fields, values, max_size=6))
def test_any_fields_are_answered(fuzzed: ConnectorClient, name: str, given_fields: dict[str, Any]) -> None:
    """Of any kind, in any number, from a known account."""
    members = {"type": name, "username": "alice"} | fuzzed.credentials() | given_fields
    check(fuzzed.send(json.dumps(members).encode()))


@TRIED
@given(name=names, field=fields | st.sampled_from([field.name for field in COMMON]), value=values)
def test_one_bad_field_is_answered(fuzzed: ConnectorClient, name: str, field: str, value: Any) -> None:
    """Where all the others are good."""
    members = {"username": "alice"} | complete | fuzzed.credentials() | {field: value} | {"type": name}
    check(fuzzed.send(json.dumps(members).encode()))


def test_the_requests_came_far(tell: Tell) -> None:
    """Some were done, some were refused for their fields, some for their account."""
    tell(f"connector fuzz: {counted.total()} requests, {dict(counted.most_common())}")
    assert counted["Success"] > 0
    assert len(counted) > 10
