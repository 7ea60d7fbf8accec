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
from tests.facades.rest.client import PATH, RestClient
from tests.facades.soap.wire import Answer, call
from tests.product import create_product
from tests.server.rounds import tried
from tests.world import FakeClock, fake_world
from validate_service.facades.rest.contract import CALLS

STATUSES = {200, 204, 400, 401, 403, 404, 405, 413, 415, 429}
TRIED = tried(brief=300, thorough=4000)
counted: Counter[str] = Counter()

names = st.sampled_from([call.name for call in CALLS])
fields = st.sampled_from(sorted({field.name for call in CALLS for field in call.declaration} | {"", "x"}))
texts = st.text(max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.sampled_from(["alice", "true", "6", "a@b.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
complete = {"userName": "alice", "domainName": "CORP", "pwd": "correct horse battery", "pin": "2580", "fqdn": "x"}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestClient]:
    """One product for all requests of the module."""
    product = create_product(tmp_path_factory.mktemp("fuzzed"), fake_world(FakeClock()))
    yield RestClient(product)
    product.installation.database.close()


def check(answer: Answer) -> None:
    """Require a documented status and the one shape."""
    counted[str(answer.status)] += 1
    assert answer.status in STATUSES
    if answer.body:
        assert answer.json["status"] in ({"success", "failure", "Success"} if answer.status == 200 else {"failure"})
        assert isinstance(answer.json["Result"], str)


@TRIED
@given(name=names, body=st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_any_body(fuzzed: RestClient, name: str, body: bytes) -> None:
    """Bytes, and JSON that is no object."""
    check(fuzzed.send(name, body))


@TRIED
@given(name=names, given_fields=st.dictionaries(fields, values, max_size=4), with_key=st.booleans())
def test_any_fields(fuzzed: RestClient, name: str, given_fields: dict[str, Any], with_key: bool) -> None:
    """A good call with some of its fields replaced by anything."""
    key = {"apiKey": fuzzed.product.api_key} if with_key else {}
    check(fuzzed.send(name, json.dumps(complete | given_fields | key).encode()))


@TRIED
@given(
    method=st.sampled_from(["GET", "HEAD", "OPTIONS", "PUT", "POST"]),
    path=st.text(st.characters(max_codepoint=255), max_size=20) | names,
)
def test_any_verb_and_path(fuzzed: RestClient, method: str, path: str) -> None:
    """Known and unknown calls."""
    check(call(fuzzed.application, method, f"{PATH}/{path}"))


def test_what_was_tried(tell: Tell) -> None:
    """Good calls, bad ones and strangers were all among it."""
    tell(f"fuzzed REST requests: {counted.total()}, by status {dict(counted.most_common())}")
    assert all(counted[status] for status in ("200", "400", "401", "404", "405"))
