"""Whatever bytes arrive, the answer is one that HTTP, SOAP and WS-Addressing allow, and never a defect.

Ordinary runs try about 1,200 messages; with ``VALIDATE_SERVICE_LONG=1`` 16,000.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.conftest import Tell
from tests.facades.connector.client import ConnectorClient
from tests.facades.soap.wire import E11, E12, SOAP_XML, TEXT_XML, Answer
from tests.facades.wcf.client import (
    BY_NAME,
    INTERFACE,
    NAMESPACE,
    WSA,
    WcfClient,
    addressed,
    envelope,
    header,
    members_of,
    parameters,
    wrapped,
)
from tests.facades.wcf.samples import SAMPLES
from tests.product import create_product
from tests.server.rounds import tried
from tests.world import FakeClock, FakeCourier, fake_world
from validate_service.core.model import DeviceKind
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.wcf import faults

TRIED = tried(brief=300, thorough=4000)
counted: Counter[str] = Counter()

names = st.sampled_from(sorted(BY_NAME))
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
values = texts | st.integers(-(2**40), 2**40) | st.booleans() | st.none() | st.sampled_from([*SAMPLES.values()])
headers = st.sampled_from(
    [
        header("Action", f"{INTERFACE}FindUser"),
        header("To", "urn:x"),
        header("ReplyTo", f"<a:Address xmlns:a='{WSA}'>{WSA}/anonymous</a:Address>"),
        header("FaultTo", "<x/>"),
        header("MessageID", "&lt;&amp;"),
        header("Unknown", "x", "urn:x"),
        header("Unknown", "x", "urn:x", must="0"),
        f'<Action xmlns="{WSA}"/>',
    ]
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WcfClient]:
    """One product for all messages of the module."""
    courier = FakeCourier()
    product = create_product(tmp_path_factory.mktemp("fuzzed"), fake_world(FakeClock(), courier))
    product.add_user("alice")
    product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    yield WcfClient(ConnectorClient(product, courier))
    product.installation.database.close()


def check(answer: Answer) -> None:
    """Require a status, a body that is an envelope of the right version, and a code that is known."""
    assert answer.status in {200, 400, 415, 500}
    assert faults.INTERNAL not in answer.text
    if answer.status in {400, 415}:
        counted[str(answer.status)] += 1
        assert answer.body == b""
        return
    version = E11 if answer.content_type == TEXT_XML else E12
    assert etree.fromstring(answer.body).tag == f"{{{version}}}Envelope"
    if answer.status == 500:
        counted[answer.fault_code] += 1
        assert answer.reason
        return
    code = APIReturnCode(int(members_of(answer)["ErrorCode"]))
    counted[code.name] += 1
    assert code is not APIReturnCode.SystemTrace


@TRIED
@given(name=names, given_values=st.dictionaries(st.sampled_from(sorted(SAMPLES)), values, max_size=8))
def test_any_values_are_answered(fuzzed: WcfClient, name: str, given_values: dict[str, Any]) -> None:
    """Of any parameters, in any order, from a known account."""
    common = fuzzed.common(BY_NAME[name], "alice")
    check(fuzzed.send(name, parameters(**(common | given_values))))


@TRIED
@given(name=names, bad=st.sampled_from(sorted(SAMPLES)), value=values)
def test_one_bad_value_is_answered(fuzzed: WcfClient, name: str, bad: str, value: Any) -> None:
    """Where all the others are good."""
    complete = {parameter.name: SAMPLES[parameter.name] for parameter in BY_NAME[name].parameters}
    check(fuzzed.send(name, parameters(**(complete | fuzzed.common(BY_NAME[name], "alice") | {bad: value}))))


@TRIED
@given(
    chosen=st.lists(headers, max_size=5),
    version=st.sampled_from([E11, E12]),
    namespace=st.sampled_from([NAMESPACE, ""]),
)
def test_any_headers_are_answered(fuzzed: WcfClient, chosen: list[str], version: str, namespace: str) -> None:
    """In any order and number, in both versions."""
    message = envelope(wrapped("FindUser", "", namespace), "".join(chosen), version=version)
    check(fuzzed.post(message, f"{INTERFACE}FindUser" if version == E11 else None))


@TRIED
@given(data=st.data(), content_type=st.sampled_from([TEXT_XML, SOAP_XML, "text/xml; charset=utf-16", "text/plain"]))
def test_damaged_messages_are_answered(fuzzed: WcfClient, data: st.DataObject, content_type: str) -> None:
    """With bytes replaced, put in or cut out."""
    action = f"{INTERFACE}EnrollUser"
    body = envelope(wrapped("EnrollUser", parameters(deviceType=2, otpType=0)), addressed(action), version=E12)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = start + data.draw(st.integers(0, 8))
        put = data.draw(st.binary(max_size=4) | st.sampled_from([b"<", b"&", b"]]>", b"<!--", b'"', b"\0", b"\xff"]))
        body = body[:start] + put + body[end:]
    check(fuzzed.post(body, content_type=content_type))


def test_the_messages_came_far(tell: Tell) -> None:
    """Some were done, some were refused by the connector, some were faults."""
    tell(f"WCF fuzz: {counted.total()} messages, {dict(counted.most_common())}")
    assert counted["Success"] > 0
    assert len(counted) > 10
