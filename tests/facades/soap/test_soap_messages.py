"""Rules of SOAP messages beyond the recorded ones, and messages that break SOAP in every part.

The second half follows the W3C's SOAP 1.2 test collection in kind: each message is wrong, or odd but allowed.  The
answer is a result, a well-formed fault, or an empty 400 or 415; never anything else.
"""

import pytest
from lxml import etree

from tests.asmx_stub import application
from tests.facades.soap.wire import E11, E12, NAMESPACE, SOAP_XML, TEXT_XML, Answer, call, envelope, operation, soap

GOOD = operation("ValidateOTP", username="bob", domain="D", OTP="123456", apiKey="k")
VENDOR = GOOD.replace(NAMESPACE, "http://mfa.example/")


@pytest.mark.parametrize("namespace", [E11, E12])
@pytest.mark.parametrize("inner", [GOOD, VENDOR, GOOD.replace(NAMESPACE, "")])
def test_an_operation_is_taken_from_any_namespace(namespace: str, inner: str) -> None:
    assert ">true<" in soap(application, envelope(inner, namespace=namespace)).text


def test_an_unknown_soap_action_is_refused_even_with_a_good_element() -> None:
    assert "recognize the value of HTTP Header SOAPAction" in soap(application, envelope(GOOD), action="Nope").reason


def test_the_services_own_namespace_wins_over_a_foreign_one() -> None:
    inner = GOOD + VENDOR.replace("123456", "0")
    assert ">true<" in soap(application, envelope(inner), action="ValidateOTP").text


def test_a_parameter_from_a_third_namespace_is_missing() -> None:
    inner = GOOD.replace("<OTP>", '<OTP xmlns="http://other/">')
    assert ">false<" in soap(application, envelope(inner), action="ValidateOTP").text


def test_an_array_is_read_from_the_operations_namespace() -> None:
    inner = (
        '<GetQuestions xmlns="urn:x"><username>echo</username><questions><string>a</string></questions></GetQuestions>'
    )
    assert "<questions><string>a</string></questions>" in soap(application, envelope(inner)).text


@pytest.mark.parametrize("value", ["<!-- c -->", "<?pi?>", "<b/>"])
def test_markup_in_an_array_item_gets_400(value: str) -> None:
    inner = operation("GetQuestions", questions=f"<string>a{value}</string>")
    assert soap(application, envelope(inner), action="GetQuestions").status == 400


def test_comments_between_parameters_are_skipped() -> None:
    inner = GOOD.replace("<OTP>", "<!-- c --><?pi?><OTP>")
    assert ">true<" in soap(application, envelope(inner), action="ValidateOTP").text


@pytest.mark.parametrize("action", ["\x00\x07<b>&", "x" * 5000, "\xff\xfe", "%00", "\ud7ff"])
def test_a_hostile_soap_action_is_echoed_safely(action: str) -> None:
    headers = {"SOAPAction": action}
    answer = call(application, "POST", body=envelope(GOOD), content_type=TEXT_XML, headers=headers)
    assert answer.fault_code == "soap:Client"
    assert len(answer.reason) < 300


def test_a_version_mismatch_names_both_versions() -> None:
    answer = soap(application, envelope(GOOD, namespace="urn:none"), action="ValidateOTP")
    assert answer.fault_code == "soap:VersionMismatch"
    assert answer.text.count("SupportedEnvelope qname") == 2


def head(attributes: str) -> str:
    return f'<soap:Header><h:Foo xmlns:h="urn:h" {attributes}>1</h:Foo></soap:Header>'


UNDERSTAND = [
    ('soap:mustUnderstand="1"', 500),
    ('soap:mustUnderstand="true"', 500),
    ('soap:mustUnderstand="0"', 200),
    ('soap:mustUnderstand="false"', 200),
    ('soap:mustUnderstand="wrong"', 200),
    ('soap:mustUnderstand=""', 200),
    ('mustUnderstand="1"', 200),
    ('soap:mustUnderstand="1" soap:actor="urn:other"', 500),
    ('soap:mustUnderstand="1" soap:role="http://www.w3.org/2003/05/soap-envelope/role/none"', 500),
    ('soap:role="http://www.w3.org/2003/05/soap-envelope/role/next" soap:relay="true"', 200),
    ('soap:relay="wrong"', 200),
    ('soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"', 200),
]


@pytest.mark.parametrize("namespace", [E11, E12])
@pytest.mark.parametrize(("attributes", "status"), UNDERSTAND)
def test_headers(attributes: str, status: int, namespace: str) -> None:
    answer = soap(application, envelope(GOOD, namespace=namespace, header=head(attributes)))
    assert answer.status == status
    if status == 500:
        assert answer.fault_code == "soap:MustUnderstand"
        assert answer.reason == "SOAP header Foo was not understood."


BODY = f"<s:Body>{GOOD}</s:Body>"
HEADER = '<s:Header><h xmlns="urn:h"/></s:Header>'
ODD = {
    "empty": "",
    "white space": " \n ",
    "text": "hello",
    "envelope only": "<s:Envelope xmlns:s='{0}'/>",
    "text in envelope": "<s:Envelope xmlns:s='{0}'>text" + BODY + "</s:Envelope>",
    "text in body": "<s:Envelope xmlns:s='{0}'><s:Body>text</s:Body></s:Envelope>",
    "body twice": "<s:Envelope xmlns:s='{0}'>" + BODY * 2 + "</s:Envelope>",
    "header twice": "<s:Envelope xmlns:s='{0}'>" + HEADER * 2 + BODY + "</s:Envelope>",
    "header after body": "<s:Envelope xmlns:s='{0}'>" + BODY + HEADER + "</s:Envelope>",
    "element before header": "<s:Envelope xmlns:s='{0}'><x/>" + HEADER + BODY + "</s:Envelope>",
    "element after body": "<s:Envelope xmlns:s='{0}'>" + BODY + "<x/></s:Envelope>",
    "attribute on envelope": "<s:Envelope xmlns:s='{0}' a='1' s:encodingStyle='urn:x'>" + BODY + "</s:Envelope>",
    "encoding style on body": "<s:Envelope xmlns:s='{0}'><s:Body s:encodingStyle='urn:x'>"
    + GOOD
    + "</s:Body></s:Envelope>",
    "lower-case envelope": "<s:envelope xmlns:s='{0}'>" + BODY + "</s:envelope>",
    "lower-case body": "<s:Envelope xmlns:s='{0}'><s:body>" + GOOD + "</s:body></s:Envelope>",
    "body in no namespace": "<s:Envelope xmlns:s='{0}'><Body>" + GOOD + "</Body></s:Envelope>",
    "body in the other namespace": "<s:Envelope xmlns:s='{0}'><o:Body xmlns:o='{1}'>" + GOOD + "</o:Body></s:Envelope>",
    "header in the other namespace": "<s:Envelope xmlns:s='{0}'><o:Header xmlns:o='{1}'/>" + BODY + "</s:Envelope>",
    "no namespace": "<Envelope><Body>" + GOOD + "</Body></Envelope>",
    "a fault": "<s:Envelope xmlns:s='{0}'><s:Body><s:Fault><faultcode>x</faultcode></s:Fault></s:Body></s:Envelope>",
    "href cycle": "<s:Envelope xmlns:s='{0}'><s:Body><ValidateOTP href='#a' id='a'/></s:Body></s:Envelope>",
    "a response": "<s:Envelope xmlns:s='{0}'><s:Body><ValidateOTPResponse xmlns='http://cm.2fa.com/'/></s:Body></s:Envelope>",
    "undeclared prefix": "<s:Envelope xmlns:s='{0}'><s:Body><t:ValidateOTP/></s:Body></s:Envelope>",
    "trailing garbage": "<s:Envelope xmlns:s='{0}'>" + BODY + "</s:Envelope><x/>",
    "nested envelope": "<s:Envelope xmlns:s='{0}'><s:Body><s:Envelope>" + BODY + "</s:Envelope></s:Body></s:Envelope>",
    "root is the body": "<s:Body xmlns:s='{0}'>" + GOOD + "</s:Body>",
    "xml 1.1": "<?xml version='1.1'?><s:Envelope xmlns:s='{0}'>" + BODY + "</s:Envelope>",
    "xml 2.0": "<?xml version='2.0'?><s:Envelope xmlns:s='{0}'>" + BODY + "</s:Envelope>",
    "cut in the header": "<s:Envelope xmlns:s='{0}'><s:Header>",
    "cut in the name": "<s:Envelope xmlns:s='{0}'><s:Bo",
    "doctype in the middle": "<s:Envelope xmlns:s='{0}'><!DOCTYPE a></s:Envelope>",
    "processing instruction in body": "<s:Envelope xmlns:s='{0}'><s:Body><?x?>" + GOOD + "</s:Body></s:Envelope>",
}


def check_bad(answer: Answer) -> None:
    assert answer.status in (200, 400, 415, 500)
    if answer.status in (400, 415):
        assert answer.body == b""
        return
    root = etree.fromstring(answer.body)
    assert etree.QName(root).localname == "Envelope"
    assert (answer.fault_code != "") == (answer.status == 500)
    kinds = {E11: TEXT_XML, E12: SOAP_XML}
    assert answer.content_type == kinds[etree.QName(root).namespace]


@pytest.mark.parametrize("content_type", [TEXT_XML, SOAP_XML, f'{SOAP_XML}; action="urn:x"', "multipart/related", ""])
@pytest.mark.parametrize("action", [None, "ValidateOTP", "Nope"])
@pytest.mark.parametrize("name", ODD)
def test_odd_messages(name: str, action: str | None, content_type: str) -> None:
    for own, other in ((E11, E12), (E12, E11)):
        message = ODD[name].format(own, other).encode()
        check_bad(soap(application, message, action=action, content_type=content_type))


EXPECTED = {
    "envelope only": "Missing required soap:Body element.",
    "lower-case envelope": "Missing required soap:Envelope element.",
    "header twice": "Missing required soap:Body element.",
    "text in body": "Please supply a valid soap action.",
    "a fault": "Please supply a valid soap action.",
    "empty": "Root element is missing.",
    "white space": "Root element is missing.",
    "text": "Data at the root level is invalid. Line 1, position 1.",
    "cut in the header": "The XML is not well-formed.",
    "no namespace": "Expecting http://schemas.xmlsoap.org/soap/envelope/.",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_odd_messages_are_told(name: str) -> None:
    answer = soap(application, ODD[name].format(E12, E11).encode(), content_type=SOAP_XML)
    assert answer.reason.endswith(EXPECTED[name])


@pytest.mark.parametrize("path", ["/validateservice.ASMX", "/VALIDATESERVICE.ASMX"])
def test_paths_match_without_case(path: str) -> None:
    assert soap(application, envelope(GOOD), path=path).status == 200


@pytest.mark.parametrize("path", ["/", "", "/ValidateService", "/ValidateService.asmxx", "/x/ValidateService.asmx"])
def test_other_paths_are_not_found(path: str) -> None:
    assert call(application, "POST", path, body=envelope(GOOD), content_type=TEXT_XML).status == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("OPTIONS", "/ValidateService.asmx", 204, "GET, HEAD, POST, OPTIONS"),
        ("OPTIONS", "/ValidateService.asmx/ValidateOTP", 204, "GET, POST, OPTIONS"),
        ("PUT", "/ValidateService.asmx", 405, "GET, HEAD, POST, OPTIONS"),
        ("HEAD", "/ValidateService.asmx/ValidateOTP", 405, "GET, POST, OPTIONS"),
    ],
)
def test_other_verbs(method: str, path: str, status: int, allow: str) -> None:
    answer = call(application, method, path)
    assert (answer.status, answer.headers["allow"]) == (status, allow)


@pytest.mark.parametrize("query", ["", "wsdl", "op=ValidateOTP", "css"])
def test_head_tells_what_get_would(query: str) -> None:
    get, head_answer = (call(application, method, query=query) for method in ("GET", "HEAD"))
    assert head_answer.body == b""
    assert head_answer.headers == get.headers
