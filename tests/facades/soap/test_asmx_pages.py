"""The pages: what they say, that their samples work, and the headers and markup rules that keep them safe."""

import re
from html.parser import HTMLParser

import pytest
from lxml import etree, html

from tests.asmx_stub import application, stub_application
from tests.facades.soap.wire import Answer, call
from validate_service.facades.soap.contract import SERVICE_NAME, ValidateService
from validate_service.facades.soap.requests import AsmxSettings, FormAccess
from validate_service.facades.soap.signatures import read_contract
from validate_service.facades.soap.types import NAMESPACE

DEFAULT = stub_application(AsmxSettings())
OPERATIONS = read_contract(ValidateService, name=SERVICE_NAME, namespace=NAMESPACE).operations
QUERIES = ["", *(f"op={name}" for name in OPERATIONS)]
LOCAL_ONLY = "The test form is only available for requests from the local machine."


def page(query: str = "", **more: object) -> tuple[Answer, html.HtmlElement]:
    answer = call(DEFAULT, query=query, **more)  # type: ignore[arg-type]
    return answer, html.fromstring(answer.text)


def test_the_service_page_lists_all_operations_in_order() -> None:
    answer, root = page()
    links = root.xpath("//dt/a/@href")
    assert links == [f"/ValidateService.asmx?op={name}" for name in sorted(OPERATIONS)]
    assert root.findtext(".//title") == "ValidateService Web Service"
    assert "The following operations are supported. For a formal definition, please review the" in answer.text
    assert root.xpath("//link[@rel='alternate']/@href") == ["/ValidateService.asmx?disco"]
    assert all(signature.summary in answer.text.replace("&#39;", "'") for signature in OPERATIONS.values())


@pytest.mark.parametrize("query", ["op=Nope", "foo=bar", "wsdl=1", "op=", "op=<script>", "%00", "op=ValidateOTP&x=1"])
def test_anything_else_gives_the_service_page(query: str) -> None:
    answer, root = page(query)
    assert (answer.status, root.findtext(".//title")) == (200, "ValidateService Web Service")
    assert "<script" not in answer.text


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_page_tells_everything(name: str) -> None:
    answer, root = page(f"OP={name.lower()}")
    signature = OPERATIONS[name]
    assert root.findtext(".//h1") == name
    assert root.findtext(".//title") == f"{name} - ValidateService Web Service"
    rows = [cell.text_content() for cell in root.xpath("//tbody/tr/th")]
    assert rows == [field.name for field in (*signature.parameters, *signature.results)]
    assert signature.description.endswith(".")
    assert "complete list of operations" in answer.text


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_samples_are_messages_that_work(name: str) -> None:
    _, root = page(f"op={name}")
    samples = [sample.text_content() for sample in root.xpath("//pre")]
    for request in (samples[0], samples[2]):
        head, _, body = request.partition("\n\n")
        headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
        content_type = headers.pop("Content-Type")
        headers = {"SOAPAction": headers["SOAPAction"]} if "SOAPAction" in headers else {}
        answer = call(application, "POST", body=body.encode(), content_type=content_type, headers=headers)
        assert answer.content_type == content_type
        assert f"{name}Response" in answer.text or "soap message" in answer.text or "plain message" in answer.text
    for response in (samples[1], samples[3]):
        etree.fromstring(response.partition("\n\n")[2].encode())


def test_the_curl_sample_names_this_server() -> None:
    _, root = page("op=ValidateOTP")
    command = root.xpath("//pre")[4].text_content()
    assert command.startswith("curl --silent http://mfa.example/ValidateService.asmx \\\n")
    body = re.search(r"<<'END'\n(.*)\nEND$", command, re.DOTALL)
    assert body
    etree.fromstring(body[1].encode())


def test_the_form_posts_to_the_operation() -> None:
    _, root = page("op=ValidateOTP")
    (form,) = root.forms
    assert (form.get("method"), form.get("action")) == ("post", "/ValidateService.asmx/ValidateOTP")
    assert list(form.fields) == ["username", "domain", "OTP", "apiKey"]
    labels = root.xpath("//label/@for")
    assert labels == root.xpath("//input/@id")


@pytest.mark.parametrize("environ", [{"REMOTE_ADDR": "192.0.2.1"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}])
def test_the_form_is_for_the_local_machine(environ: dict[str, str]) -> None:
    answer, root = page("op=ValidateOTP", environ=environ)
    assert not root.forms
    assert LOCAL_ONLY in answer.text
    everywhere = stub_application(AsmxSettings(form_post=FormAccess.EVERYWHERE))
    assert LOCAL_ONLY not in call(everywhere, query="op=ValidateOTP", environ=environ).text


def test_an_operation_with_out_parameters_has_no_form() -> None:
    answer, root = page("op=GetQuestions")
    assert not root.forms
    assert "only available for methods with primitive types" in answer.text


@pytest.mark.parametrize("query", [*QUERIES, "css"])
def test_security_headers(query: str) -> None:
    headers = call(DEFAULT, query=query).headers
    assert headers["x-content-type-options"] == "nosniff"
    if query == "css":
        return
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == "no-referrer"


class Markup(HTMLParser):
    """Collects what the rules forbid."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "object"):
            self.found.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on") or (value or "").startswith("javascript:"):
                self.found.append(name)
            if name in ("href", "src", "action") and not (value or "").startswith(("/ValidateService.asmx", "#")):
                self.found.append(f"{name}={value}")
            if name == "id":
                self.ids.append(value or "")


@pytest.mark.parametrize("query", QUERIES)
def test_no_script_no_inline_style_and_nothing_foreign(query: str) -> None:
    markup = Markup()
    markup.feed(call(DEFAULT, query=query).text)
    assert markup.found == []
    assert len(set(markup.ids)) == len(markup.ids)


@pytest.mark.parametrize("query", QUERIES)
def test_landmarks_and_headings(query: str) -> None:
    _, root = page(query)
    assert root.xpath("//html/@lang") == ["en"]
    assert len(root.xpath("//h1")) == len(root.xpath("//main")) == 1
    assert all(table.find("caption") is not None for table in root.iter("table"))
    assert root.xpath("//body/*[1]/@href") == ["#content"]


def luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_in_light_and_dark() -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11."""
    style = call(DEFAULT, query="css").text
    palettes = [
        dict(re.findall(r"--(\w+): (#\w{6});", block)) for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    assert len(palettes) == 2
    for palette in palettes:
        for surface in (palette["paper"], palette["sheet"]):
            assert all(contrast(palette[text], surface) >= 4.5 for text in ("ink", "quiet", "link", "mark"))
            assert contrast(palette["line"], surface) >= 3
