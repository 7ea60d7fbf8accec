"""WS-Addressing: what a wsHttpBinding client without security sends is understood, and what we cannot do is refused."""

from typing import Any

import pytest
from lxml import etree

from tests.facades.soap.wire import E11, E12, SOAP_XML, Answer
from tests.facades.wcf.client import (
    ANONYMOUS,
    INTERFACE,
    MESSAGE_ID,
    WSA,
    WcfClient,
    addressed,
    envelope,
    header,
    members_of,
    wrapped,
)

OLD = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
OLD_ANONYMOUS = f"{OLD}/role/anonymous"
NONE = "http://schemas.microsoft.com/ws/2005/05/addressing/none"
ACTION = f"{INTERFACE}FindUser"
BODY = wrapped("FindUser", "")
MUST = "mustUnderstand"


def headers_of(answer: Answer) -> dict[str, Any]:
    """Return the header elements of an answer by their tags."""
    found = etree.fromstring(answer.body).find("{*}Header")
    return {} if found is None else {element.tag: element for element in found}


def codes_of(answer: Answer) -> list[tuple[str, str]]:
    """Return the codes of a fault from the widest to the most exact, each with its namespace."""
    assert answer.status == 500, answer.text
    root = etree.fromstring(answer.body)
    values = root.findall(".//faultcode") or root.findall(f".//{{{E12}}}Code//{{{E12}}}Value")
    return [_qualified(value) for value in values]


def _qualified(value: Any) -> tuple[str, str]:
    prefix, name = value.text.split(":")
    return value.nsmap[prefix], name


def ws(wcf: WcfClient, headers: str, **more: Any) -> Answer:
    return wcf.post(envelope(BODY, headers, version=E12), **more)


def test_an_answer_names_its_action_and_its_request(wcf: WcfClient) -> None:
    """And nothing else; the To header may name another host, as behind a proxy."""
    answer = ws(wcf, addressed(ACTION))
    assert "ErrorCode" in members_of(answer)
    assert answer.content_type == SOAP_XML
    headers = headers_of(answer)
    assert list(headers) == [f"{{{WSA}}}Action", f"{{{WSA}}}RelatesTo"]
    assert headers[f"{{{WSA}}}Action"].text == f"{ACTION}Response"
    assert headers[f"{{{WSA}}}Action"].get(f"{{{E12}}}{MUST}") == "1"
    assert headers[f"{{{WSA}}}RelatesTo"].text == MESSAGE_ID


def test_an_answer_to_a_message_without_addressing_has_no_headers(wcf: WcfClient) -> None:
    """In SOAP 1.1; and in SOAP 1.2 with the action in the Content-Type."""
    assert headers_of(wcf.post(envelope(BODY), ACTION)) == {}
    answer = wcf.post(envelope(BODY, version=E12), content_type=f'{SOAP_XML}; action="{ACTION}"')
    assert "ErrorCode" in members_of(answer)
    assert headers_of(answer) == {}


def test_a_message_without_an_id_is_answered_without_a_relation(wcf: WcfClient) -> None:
    """What it would relate to was not said."""
    assert list(headers_of(ws(wcf, addressed(ACTION, MessageID="")))) == [f"{{{WSA}}}Action"]


def test_addressing_is_understood_in_soap_11_too(wcf: WcfClient) -> None:
    """As custom bindings send it."""
    answer = wcf.post(envelope(BODY, addressed(ACTION)), ACTION)
    assert headers_of(answer)[f"{{{WSA}}}RelatesTo"].text == MESSAGE_ID
    assert headers_of(answer)[f"{{{WSA}}}Action"].get(f"{{{E11}}}{MUST}") == "1"


def test_the_older_version_is_answered_in_itself(wcf: WcfClient) -> None:
    """And says, as it must there, where the answer goes."""
    headers = addressed(ACTION).replace(ANONYMOUS, OLD_ANONYMOUS).replace(WSA, OLD)
    answer = ws(wcf, headers)
    assert "ErrorCode" in members_of(answer)
    answered = headers_of(answer)
    assert list(answered) == [f"{{{OLD}}}Action", f"{{{OLD}}}RelatesTo", f"{{{OLD}}}To"]
    assert answered[f"{{{OLD}}}To"].text == OLD_ANONYMOUS


def test_white_space_around_addresses_does_not_count(wcf: WcfClient) -> None:
    """They are URIs."""
    headers = addressed(
        ACTION, Action=header("Action", f"\n {ACTION} "), MessageID=header("MessageID", f" {MESSAGE_ID}\n")
    )
    answer = ws(wcf, headers)
    assert "ErrorCode" in members_of(answer)
    assert headers_of(answer)[f"{{{WSA}}}RelatesTo"].text == MESSAGE_ID


@pytest.mark.parametrize("version", [E11, E12])
def test_an_unknown_action_is_a_mismatch_of_contracts(wcf: WcfClient, version: str) -> None:
    """The caller's own text is echoed, escaped and cut."""
    action = "http://tempuri.org/IOther/&lt;b&gt;" + "x" * 300
    answer = wcf.post(envelope(BODY, addressed(action), version=version))
    assert codes_of(answer)[-1] == (WSA, "ActionNotSupported")
    assert "ContractFilter mismatch" in answer.reason
    assert "/&lt;b&gt;" in answer.text
    assert "x" * 201 not in answer.text
    headers = headers_of(answer)
    assert headers[f"{{{WSA}}}Action"].text == f"{WSA}/fault"
    assert headers[f"{{{WSA}}}RelatesTo"].text == MESSAGE_ID


@pytest.mark.parametrize("action", ["", "urn:x", "ValidateOTP", f"{INTERFACE}findUser", f"{ACTION}Response"])
def test_an_unknown_action_without_addressing_is_the_same(wcf: WcfClient, action: str) -> None:
    """None is unknown too; actions match with case."""
    answer = wcf.post(envelope(BODY), action)
    assert codes_of(answer) == [(NONE, "ActionNotSupported")]
    assert headers_of(answer) == {}


def test_no_action_at_all_is_unknown(wcf: WcfClient) -> None:
    """The element in the Body does not choose the operation."""
    assert codes_of(wcf.post(envelope(BODY))) == [(NONE, "ActionNotSupported")]
    assert codes_of(wcf.post(envelope(BODY, version=E12)))[-1] == (NONE, "ActionNotSupported")


@pytest.mark.parametrize("version", [E11, E12])
def test_two_different_actions_are_refused(wcf: WcfClient, version: str) -> None:
    """What a firewall sees in HTTP must be what is done."""
    other = f"{INTERFACE}DeleteUser"
    http = {"action": other} if version == E11 else {"content_type": f'{SOAP_XML}; action="{other}"'}
    answer = wcf.post(envelope(BODY, addressed(ACTION), version=version), **http)
    assert codes_of(answer)[-1] == (WSA, "ActionMismatch")
    if version == E12:
        assert codes_of(answer) == [(E12, "Sender"), (WSA, "InvalidAddressingHeader"), (WSA, "ActionMismatch")]


@pytest.mark.parametrize("name", ["ReplyTo", "FaultTo"])
@pytest.mark.parametrize(
    "address", ["<a:Address>http://192.0.2.9/</a:Address>", f"<a:Address>{WSA}/none</a:Address>", ""]
)
def test_answers_go_nowhere_else(wcf: WcfClient, name: str, address: str) -> None:
    """We call nobody on a caller's word, and do nothing whose answer nobody gets."""
    wanted = f'<a:{name} xmlns:a="{WSA}">{address}</a:{name}>'
    answer = ws(wcf, addressed(ACTION, **{name: wanted}))
    assert codes_of(answer)[-1] == (WSA, "OnlyAnonymousAddressSupported")
    assert name in answer.reason
    assert wcf.events() == []


@pytest.mark.parametrize("name", ["Action", "MessageID", "ReplyTo", "To"])
def test_a_header_that_comes_twice_is_refused(wcf: WcfClient, name: str) -> None:
    """Which of the two counts would be anybody's guess."""
    again = header(name, f"<a:Address xmlns:a='{WSA}'>{ANONYMOUS}</a:Address>" if name == "ReplyTo" else ACTION)
    assert codes_of(ws(wcf, addressed(ACTION) + again))[-1] == (WSA, "InvalidCardinality")


SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


@pytest.mark.parametrize("version", [E11, E12])
@pytest.mark.parametrize("must", ["1", "true"])
def test_a_header_that_must_be_understood_and_is_not_is_refused(wcf: WcfClient, version: str, must: str) -> None:
    """Above all WS-Security: a message is not taken as if it were protected.  SOAP 1.2 names the header."""
    headers = addressed(ACTION) + header("Security", "", SECURITY, must=must)
    answer = wcf.post(envelope(BODY, headers, version=version))
    assert codes_of(answer) == [(version, "MustUnderstand")]
    assert "The header 'Security' from the namespace" in answer.reason
    answered = headers_of(answer)
    assert answered[f"{{{WSA}}}RelatesTo"].text == MESSAGE_ID
    assert (f"{{{E12}}}NotUnderstood" in answered) == (version == E12)
    assert wcf.events() == []


def test_a_header_without_a_namespace_is_named_without_one(wcf: WcfClient) -> None:
    """It must be understood like any other."""
    answer = ws(wcf, addressed(ACTION) + '<Trace s:mustUnderstand="1"/>')
    assert codes_of(answer) == [(E12, "MustUnderstand")]
    assert headers_of(answer)[f"{{{E12}}}NotUnderstood"].get("qname") == "Trace"


def test_a_namespace_that_is_no_uri_cannot_be_read(wcf: WcfClient) -> None:
    """The answer would have to repeat it, and no parser of the caller's would read it."""
    headers = addressed(ACTION) + header("Security", "", "$urn:x y")
    assert codes_of(ws(wcf, headers))[-1][1] == "DeserializationFailed"


def test_addressing_of_two_versions_is_not_mixed(wcf: WcfClient) -> None:
    """The first decides; a mandatory header of the other is not understood."""
    assert codes_of(ws(wcf, addressed(ACTION) + header("From", "x", OLD))) == [(E12, MUST[0].upper() + MUST[1:])]


@pytest.mark.parametrize(
    "extra",
    [
        header("Trace", "x", "urn:trace", must="0"),
        header("Trace", "x", "urn:trace", must="false"),
        '<t:Trace xmlns:t="urn:trace"/>',
        f'<t:Trace xmlns:t="urn:trace" s:{MUST}="1" s:role="urn:somebody-else"/>',
        f'<t:Trace xmlns:t="urn:trace" s:{MUST}="1" s:role="{E12}/role/none"/>',
        header("From", f"<a:Address xmlns:a='{WSA}'>urn:me</a:Address>"),
    ],
)
def test_what_need_not_be_understood_is_ignored(wcf: WcfClient, extra: str) -> None:
    """Also what is meant for others on the way."""
    assert "ErrorCode" in members_of(ws(wcf, addressed(ACTION) + extra))


@pytest.mark.parametrize("role", ["next", "ultimateReceiver"])
def test_what_is_meant_for_us_by_role_must_be_understood(wcf: WcfClient, role: str) -> None:
    """The last on the way is each of them."""
    extra = f'<t:Trace xmlns:t="urn:trace" s:{MUST}="1" s:role="{E12}/role/{role}"/>'
    assert codes_of(ws(wcf, addressed(ACTION) + extra)) == [(E12, "MustUnderstand")]
