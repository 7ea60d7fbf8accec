"""The WSDL: the committed file is the generated one, stock clients read it, and no Host header harms it."""

import io
import re
from pathlib import Path

import pytest
from lxml import etree
from zeep import Client
from zeep.transports import Transport

from tests.asmx_stub import application, stub_application
from tests.facades.soap.wire import Answer, call
from validate_service.facades.soap.requests import AsmxSettings

COMMITTED = Path(__file__).parents[3] / "wsdl" / "ValidateService.wsdl"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
LOCALHOST = stub_application(AsmxSettings(public_url="https://localhost/"))


def addresses(wsdl: bytes) -> list[str]:
    return [element.get("location") for element in etree.fromstring(wsdl).iter("{*}address")]


def test_the_committed_file_is_what_the_service_publishes() -> None:
    assert call(LOCALHOST, query="wsdl").body == COMMITTED.read_bytes()


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "Wsdl", "singleWsdl", "singlewsdl"])
def test_every_spelling_gives_the_wsdl(query: str) -> None:
    answer = call(LOCALHOST, query=query)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert answer.body == COMMITTED.read_bytes()


def test_the_shape_that_proxy_generators_need() -> None:
    root = etree.parse(COMMITTED).getroot()
    assert {part.get("name") for part in root.iter("{*}part")} == {"parameters"}
    elements = [element for element in root.iter(f"{SCHEMA}element") if element.get("type")]
    for element in elements:
        assert element.get("minOccurs") == ("1" if element.get("type") == "s:boolean" else "0")
        assert element.get("nillable", "false") == ("true" if element.get("name") == "string" else "false")
    ports = [port.get("name") for port in root.iter("{*}port")]
    assert ports == ["ValidateServiceSoap", "ValidateServiceSoap12"]
    assert len(list(root.iter("{http://schemas.xmlsoap.org/wsdl/}documentation"))) == 0


def test_operations_parameters_and_order() -> None:
    root = etree.parse(COMMITTED).getroot()
    found = {
        element.get("name"): [child.get("name") for child in element.iter(f"{SCHEMA}element") if child is not element]
        for element in root.iter(f"{SCHEMA}element")
        if element.get("type") is None
    }
    requests = {name: fields for name, fields in found.items() if not name.endswith("Response")}
    user = ["username", "domain"]
    assert requests == {
        "ValidateOTP": [*user, "OTP", "apiKey"],
        "ValidatePush": [*user, "loginTo", "ipAddress", "apiKey"],
        "ValidatePushCustom": [*user, "customMessage", "customTimeout", "apiKey"],
        "ValidateCard": [*user, "cardInformation", "pin", "apiKey"],
        "ValidateAuthCode": [*user, "authCode", "apiKey"],
        "ValidateAuthToken": [*user, "authToken", "apiKey"],
        "EncryptValue": ["name", "cleartextValue", "apiKey"],
        "DecryptValue": ["name", "encryptedValue", "apiKey"],
        "EncryptValueAES": ["name", "cleartextValue", "apiKey"],
        "DecryptValueAES": ["name", "encryptedValue", "apiKey"],
        "GetQuestions": [*user, "questions", "apiKey"],
        "ValidateQuestions": [*user, "questions", "answers", "apiKey"],
    }
    assert found["GetQuestionsResponse"] == ["GetQuestionsResult", "questions"]
    assert all(found[f"{name}Response"][0] == f"{name}Result" for name in requests)


WSDL_URL = "https://localhost/ValidateService.asmx?wsdl"


class InProcess(Transport):
    """A transport of zeep's that calls the WSGI application."""

    def load(self, url: str) -> bytes:
        assert url == WSDL_URL, "the WSDL must not make clients fetch anything"
        return call(LOCALHOST, query="wsdl").body

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> "Reply":
        kept = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        return Reply(
            call(LOCALHOST, "POST", body=message, content_type=headers["Content-Type"], headers=kept),
        )


class Reply:
    """As much of an answer as zeep reads."""

    encoding = "utf-8"

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.content = answer.body
        self.headers = {"Content-Type": answer.content_type}


@pytest.mark.parametrize("port", ["ValidateServiceSoap", "ValidateServiceSoap12"])
def test_a_stock_client_calls_through_it(port: str) -> None:
    client = Client(WSDL_URL, transport=InProcess(), port_name=port)  # type: ignore[no-untyped-call]
    assert client.service.ValidateOTP("bob", "D", "123456", "k") is True
    assert client.service.ValidateOTP(OTP="1") is False
    assert client.service.EncryptValue("n", "é<&", "k") == "name=[n];clear=[é<&];apiKey=[k]"
    answer = client.service.GetQuestions("echo", "D", {"string": ["a", "b"]}, "k")
    assert (answer.GetQuestionsResult, answer.questions.string) == ("in=2", ["a", "b"])


@pytest.mark.parametrize(
    ("host", "scheme", "address"),
    [
        ("mfa.example", "https", "https://mfa.example/ValidateService.asmx"),
        ("mfa_1.example:8443", "http", "http://mfa_1.example:8443/ValidateService.asmx"),
        ("[::1]:80", "http", "http://[::1]:80/ValidateService.asmx"),
        (None, "http", "http://localhost:80/ValidateService.asmx"),
    ],
)
def test_without_a_public_url_the_request_tells_the_address(host: str | None, scheme: str, address: str) -> None:
    environ = {"HTTP_HOST": host, "wsgi.url_scheme": scheme}
    assert addresses(call(application, query="wsdl", environ=environ).body) == [address] * 2


def test_each_request_tells_its_own_address() -> None:
    first, second = (addresses(call(application, query="wsdl", headers={"Host": host}).body) for host in ("a", "b"))
    assert (first[0], second[0]) == ("http://a/ValidateService.asmx", "http://b/ValidateService.asmx")


HOSTILE = ['"><x', "a b", "a/b", "a@b", "a?b", "a#b", "a'", "&amp;", "a\\b", "-a", "a:b", "a:123456", "[x]", "é", "a\t"]
HOSTILE += [".", "a:", ":80", "[::1", "a,b"]


@pytest.mark.parametrize("host", HOSTILE)
@pytest.mark.parametrize("query", ["wsdl", "disco", "", "op=ValidateOTP"])
def test_a_host_that_is_none_gets_400(host: str, query: str) -> None:
    assert call(application, query=query, headers={"Host": host}).status == 400


@pytest.mark.parametrize("host", HOSTILE)
@pytest.mark.parametrize("forwarded", ["X-Forwarded-Host", "X-Original-Host", "Forwarded", "X-Forwarded-Proto"])
def test_a_public_url_goes_before_every_header(host: str, forwarded: str) -> None:
    answer = call(LOCALHOST, query="wsdl", headers={"Host": host, forwarded: "evil.example"})
    assert set(addresses(answer.body)) == {"https://localhost/ValidateService.asmx"}


def test_forwarded_headers_are_not_believed() -> None:
    headers = {"Host": "a", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert b"evil" not in call(application, query="wsdl", headers=headers).body


def test_a_mount_point_is_part_of_the_address() -> None:
    answer = call(application, query="wsdl", environ={"SCRIPT_NAME": "/a b"})
    assert addresses(answer.body)[0] == "http://mfa.example/a%20b/ValidateService.asmx"


@pytest.mark.parametrize(
    "url", ["ftp://a", "https://", "https://a?b", 'https://a"', "a", "https://u@a", "https://a/b#c"]
)
def test_a_public_url_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        AsmxSettings(public_url=url)


@pytest.mark.parametrize("query", ["disco", "DISCO"])
def test_discovery_names_the_wsdl_and_both_bindings(query: str) -> None:
    answer = call(LOCALHOST, query=query)
    root = etree.parse(io.BytesIO(answer.body)).getroot()
    assert root.find("{*}contractRef").get("ref") == "https://localhost/ValidateService.asmx?wsdl"
    assert re.findall(r'binding="(.*?)"', answer.text) == ["q1:ValidateServiceSoap", "q2:ValidateServiceSoap12"]
