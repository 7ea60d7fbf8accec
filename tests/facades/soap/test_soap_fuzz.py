"""Whatever bytes arrive, the answer is one that HTTP and SOAP allow, and never an exception.

Ordinary runs try about 1500 messages; with ``VALIDATE_SERVICE_LONG=1`` more than 20,000.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.asmx_stub import application
from tests.facades.soap.wire import DATA, E11, E12, NAMESPACE, PATH, Answer, call
from tests.server.rounds import tried

STATUSES = {200, 204, 400, 404, 405, 413, 415, 500}
TRIED = tried(brief=375, thorough=6000)
counted: Counter[str] = Counter()

recorded = [
    json.loads(line)["request"].encode("latin-1") for line in (DATA / "exchanges.jsonl").read_text().splitlines()
]
bodies = sorted({request.partition(b"\r\n\r\n")[2] for request in recorded} - {b""})

NAMESPACES = ["", "urn:x", NAMESPACE, E11, E12, "http://www.w3.org/2001/XMLSchema-instance"]
NAMES = ["Envelope", "Header", "Body", "Fault", "ValidateOTP", "EncryptValue", "GetQuestions", "questions", "string"]
NAMES += ["username", "OTP", "name", "apiKey", "mustUnderstand", "nil", "x"]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
xml_text = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn"]), max_size=8)
tags = st.sampled_from([f"{{{namespace}}}{name}" if namespace else name for namespace in NAMESPACES for name in NAMES])

# Most requests are right in all but one place: otherwise the first check would stop nearly all of them.
good_media_types = st.sampled_from(["text/xml; charset=utf-8", "text/xml", "application/soap+xml; charset=utf-8"])
odd_media_types = st.sampled_from(
    [
        "text/xml; charset=utf-16",
        "text/xml; charset=bogus",
        f'application/soap+xml; charset=utf-8; action="{NAMESPACE}ValidateOTP"',
        "application/soap+xml; action=urn:x",
        "application/x-www-form-urlencoded",
        "application/json",
        "multipart/related; boundary=x",
        "",
    ]
) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
media_types = st.one_of(good_media_types, good_media_types, odd_media_types)

good_actions = st.sampled_from([None, None, f'"{NAMESPACE}ValidateOTP"', f"{NAMESPACE}EncryptValue"])
odd_actions = st.sampled_from(["", '""', f'"{NAMESPACE}Nope"', "'", '"']) | st.text(
    st.characters(min_codepoint=32, max_codepoint=255), max_size=40
)
actions = st.one_of(good_actions, good_actions, good_actions, odd_actions)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A recorded body with bytes replaced, put in, cut out or doubled."""
    body: bytes = draw(st.sampled_from(bodies))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 12)))
        put = draw(
            st.binary(max_size=6) | st.sampled_from([body[start:end] * 3, b"<", b"&", b"]]>", b"<!--", b'"', b"\0"])
        )
        body = body[:start] + put + body[end:]
    return body


trees = st.recursive(
    st.tuples(tags, xml_text),
    lambda inner: st.tuples(tags, xml_text, st.sampled_from(["1", "true", ""]), st.lists(inner, max_size=3)),
    max_leaves=8,
)


def grown(tree: tuple[Any, ...]) -> etree._Element:
    """Return the element of a tree: the names that mean something here, in any order and nesting."""
    element = etree.Element(tree[0])
    element.text = tree[1]
    for value in tree[2:3]:
        element.set(f"{{{E11}}}mustUnderstand", value)
        element.set("{http://www.w3.org/2001/XMLSchema-instance}nil", value)
    element.extend(grown(child) for children in tree[3:] for child in children)
    return element


@st.composite
def structured(draw: st.DrawFn) -> bytes:
    """An envelope, right or nearly right, around such trees."""
    namespace = draw(st.sampled_from([E11, E12, E11, E12, "urn:x", ""]))
    root = etree.Element(f"{{{namespace}}}Envelope" if namespace else "Envelope")
    for part in draw(st.lists(st.sampled_from(["Header", "Body", "Body", "x"]), max_size=4)):
        child = etree.SubElement(root, f"{{{namespace}}}{part}" if namespace else part)
        child.extend(map(grown, draw(st.lists(trees, max_size=2))))
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "iso-8859-1", "us-ascii"]))
    written: bytes = etree.tostring(root, encoding=encoding, xml_declaration=draw(st.booleans()))
    return written


def check(answer: Answer) -> None:
    """Status, parsable body, right kind for the version; the client checks PEP 3333 itself."""
    counted[f"{answer.status} {answer.content_type}"] += 1
    assert answer.status in STATUSES
    if answer.content_type == "application/json":
        assert isinstance(answer.json, dict)
    elif answer.body and "xml" in answer.content_type:
        root = etree.fromstring(answer.body)
        if etree.QName(root).localname == "Envelope":
            assert answer.content_type.startswith(
                "text/xml" if etree.QName(root).namespace == E11 else "application/soap"
            )
            assert (answer.fault_code != "") == (answer.status != 200)


def post(body: bytes, media_type: str, action: str | None, path: str = PATH) -> None:
    headers = {} if action is None else {"SOAPAction": action}
    check(call(application, "POST", path, body=body, content_type=media_type, headers=headers))


@TRIED
@given(mutated(), media_types, actions)
def test_mutated_messages(body: bytes, media_type: str, action: str | None) -> None:
    post(body, media_type, action)


@TRIED
@given(structured(), media_types, actions)
def test_structured_messages(body: bytes, media_type: str, action: str | None) -> None:
    post(body, media_type, action)


json_values = st.recursive(
    st.none() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | text, inner, max_size=3),
    max_leaves=6,
)
json_bodies = json_values.map(lambda value: json.dumps(value).encode())
suffixes = st.sampled_from(["", "/", "/ValidateOTP", "/validateotp", "/GetQuestions", "/x/y"]) | text.map("/{}".format)


@TRIED
@given(st.binary(max_size=200) | mutated() | json_bodies, media_types, suffixes)
def test_other_bodies_at_any_path(body: bytes, media_type: str, suffix: str) -> None:
    post(body, media_type, None, PATH + suffix.encode().decode("latin-1"))


@TRIED
@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
    st.sampled_from(["GET", "HEAD", "OPTIONS", "PUT", "TRACE"]),
)
def test_any_query_and_verb(query: str, verb: str) -> None:
    check(call(application, verb, query=query))


@pytest.fixture(scope="module", autouse=True)
def _summary(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print how often each kind of answer was given."""
    yield
    kinds = ", ".join(f"{number} x {kind or 'no body'}" for kind, number in counted.most_common())
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if capture is not None and reporter is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\n{sum(counted.values())} fuzzed requests: {kinds}")
