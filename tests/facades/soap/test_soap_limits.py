"""No request may cost much, be it large, deep, wide or oddly encoded; and each is answered by the rules."""

import gzip
import time

import pytest
from lxml import etree

from tests.asmx_stub import application
from tests.facades.soap.wire import E12, NAMESPACE, SOAP_XML, TEXT_XML, call, envelope, operation, soap
from validate_service.facades.http import requests
from validate_service.facades.soap import decoding, gateway, parsing
from validate_service.facades.soap.application import AsmxApplication
from validate_service.facades.soap.requests import AsmxSettings

ECHO = "EncryptValue"


def levels(count: int) -> bytes:
    """Return a message whose deepest element is *count* levels below the root's parent."""
    inner = count - 3
    return envelope(f'<{ECHO} xmlns="{NAMESPACE}">{"<x>" * inner}{"</x>" * inner}</{ECHO}>')


def attributes(count: int) -> bytes:
    listed = "".join(f' a{number}=""' for number in range(count))
    return envelope(f'<{ECHO} xmlns="{NAMESPACE}"><name{listed}>n</name></{ECHO}>')


def elements(count: int) -> bytes:
    return envelope(f'<{ECHO} xmlns="{NAMESPACE}">{"<x/>" * (count - 3)}</{ECHO}>')


LIMITS = [
    (levels, parsing.MAX_DEPTH),
    (attributes, parsing.MAX_ATTRIBUTES),
    (elements, parsing.MAX_ELEMENTS),
]


@pytest.mark.parametrize(("make", "limit"), LIMITS)
def test_a_message_at_the_limit_is_answered(make, limit) -> None:  # type: ignore[no-untyped-def]
    assert soap(application, make(limit), action=ECHO).status == 200


@pytest.mark.parametrize("action", [ECHO, None])
@pytest.mark.parametrize(("make", "limit"), LIMITS)
def test_a_message_over_the_limit_gets_a_client_fault(make, limit, action) -> None:  # type: ignore[no-untyped-def]
    answer = soap(application, make(limit + 1), action=action)
    assert (answer.status, answer.fault_code, answer.reason) == (500, "soap:Client", gateway.OVER_LIMIT)


def test_a_depth_that_the_parser_itself_refuses_gets_the_same_fault() -> None:
    assert soap(application, levels(5000), action=ECHO).reason == gateway.OVER_LIMIT


def test_a_fault_over_the_limit_speaks_the_envelopes_version() -> None:
    message = elements(parsing.MAX_ELEMENTS + 1).replace(b"http://schemas.xmlsoap.org/soap/envelope/", E12.encode())
    assert soap(application, message).fault_code == "soap:Sender"


HOSTILE = {
    "attributes": b"<a" + b"".join(b' a%d=""' % number for number in range(6500)) + b"/>",
    "namespaces": b"<a" + b"".join(b' xmlns:a%d="u%d"' % (number, number) for number in range(2900)) + b"/>",
    "one attribute": b"<a" + b' a=""' * 10000 + b"/>",
    "elements": b"<a>" + b"<b/>" * 16000 + b"</a>",
    "depth": b"<b>" * 9000,
    "comments": b"<a>" + b"<!---->" * 9000 + b"</a>",
    "prolog": b"<?x?>" * 13000 + b"<!DOCTYPE",
    "declarations": b"<!DOCTYPE a [" + b'<!ENTITY a "aaaaaaaaaa">' * 2600 + b"]><a/>",
    "media type": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_costs_little(name: str) -> None:
    content_type = 'text/xml;"' + ';"' * 4000 if name == "media type" else TEXT_XML
    started = time.process_time()
    answer = call(application, "POST", body=HOSTILE[name], content_type=content_type)
    # A few ms; the margin is for a busy machine.
    assert time.process_time() - started < 0.5
    assert answer.status in (400, 415, 500)


def test_a_body_of_the_largest_size_is_read() -> None:
    rest = requests.MAX_BODY_BYTES - len(envelope(operation(ECHO, name="")))
    message = envelope(operation(ECHO, name="n" * rest))
    assert len(message) == requests.MAX_BODY_BYTES
    assert soap(application, message, action=ECHO).status == 200


@pytest.mark.parametrize(("content_type", "code"), [(TEXT_XML, "soap:Client"), (SOAP_XML, "soap:Sender")])
def test_a_larger_body_gets_413_and_a_fault(content_type: str, code: str) -> None:
    answer = call(application, "POST", body=b"x" * (requests.MAX_BODY_BYTES + 1), content_type=content_type)
    assert (answer.status, answer.fault_code, answer.reason) == (413, code, gateway.TOO_LARGE)


def test_a_body_that_ends_by_itself_is_read_within_the_limit() -> None:
    ended = {"wsgi.input_terminated": True, "CONTENT_LENGTH": None}
    message = envelope(operation(ECHO, name="n"))
    assert soap(application, message, action=ECHO, environ=ended).status == 200
    too_large = message + b" " * requests.MAX_BODY_BYTES
    assert soap(application, too_large, action=ECHO, environ=ended).status == 413


@pytest.mark.parametrize("length", ["1x", "0x10", "+5", "٣"])
def test_a_length_that_is_no_number_gets_400(length: str) -> None:
    with pytest.raises(requests.RefusedBodyError, match="Bad Request"):
        requests.read_body({"CONTENT_LENGTH": length})


def test_a_length_of_many_digits_gets_413() -> None:
    with pytest.raises(requests.RefusedBodyError, match="Entity Too Large"):
        requests.read_body({"CONTENT_LENGTH": "9" * 5000})


def test_a_body_shorter_than_announced_gets_400() -> None:
    answer = soap(application, envelope(operation(ECHO)), action=ECHO, environ={"CONTENT_LENGTH": "60000"})
    assert (answer.status, answer.body) == (400, b"")


def test_a_missing_length_is_an_empty_body() -> None:
    answer = soap(application, envelope(operation(ECHO)), action=ECHO, environ={"CONTENT_LENGTH": None})
    assert (answer.status, answer.body) == (400, b"")


def test_compressed_bodies_get_415() -> None:
    packed = gzip.compress(envelope(operation(ECHO, name="n")))
    headers = {"SOAPAction": f'"{NAMESPACE}{ECHO}"', "Content-Encoding": "gzip"}
    answer = call(application, "POST", body=packed, content_type=TEXT_XML, headers=headers)
    assert (answer.status, answer.body) == (415, b"")


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "utf-7", "utf_8_sig", "zlib", "rot13", "../x", "unicode_escape"]
)
def test_a_codec_that_is_no_charset_counts_as_unknown(charset: str) -> None:
    assert decoding.python_codec(charset) is None
    message = envelope(operation(ECHO, name="é"))
    answer = soap(application, message, action=ECHO, content_type=f"text/xml; charset={charset}")
    assert "name=[é]" in answer.text


@pytest.mark.parametrize(
    "charset",
    [
        "utf-8",
        "UTF8",
        "utf-16",
        "utf-16le",
        "UTF-16BE",
        "iso-8859-1",
        "iso-8859-15",
        "windows-1252",
        "us-ascii",
        "latin1",
    ],
)
def test_text_encodings_are_known(charset: str) -> None:
    codec = decoding.python_codec(charset)
    assert codec is not None
    message = envelope(operation(ECHO, name="n")).decode()
    answer = soap(application, message.encode(codec), action=ECHO, content_type=f"text/xml; charset={charset}")
    assert "name=[n]" in answer.text


@pytest.mark.parametrize(("declared", "name"), [("iso-8859-1", "é"), ("windows-1252", "€"), ("utf-8", "é")])
def test_without_a_charset_the_declaration_counts(declared: str, name: str) -> None:
    message = envelope(operation(ECHO, name=name)).decode().replace('"utf-8"', f'"{declared}"').encode(declared)
    assert f"name=[{name}]" in soap(application, message, action=ECHO, content_type="text/xml").text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_any_mark_is_recognised(codec: str) -> None:
    message = envelope(operation(ECHO, name="é")).decode().encode(codec)
    assert "name=[é]" in soap(application, message, action=ECHO, content_type="text/xml").text


@pytest.mark.parametrize("declared", ["utf-7", "ebcdic-cp-us", "bogus", "iso-8859-12"])
def test_a_declared_encoding_that_is_not_accepted_gets_400(declared: str) -> None:
    message = envelope(operation(ECHO, name="n")).replace(b'"utf-8"', f'"{declared}"'.encode())
    assert soap(application, message, action=ECHO, content_type="text/xml").status == 400


UNFIT = {
    "nul": b"a\0b",
    "nul reference": b"&#0;",
    "surrogate": b"&#xD800;",
    "noncharacter": b"\xef\xbf\xbf",
    "escape": b"\x1b",
    "huge reference": b"&#x110000;",
}


@pytest.mark.parametrize("name", UNFIT)
def test_characters_outside_xml_get_400(name: str) -> None:
    message = envelope(operation(ECHO, name="VALUE")).replace(b"VALUE", UNFIT[name])
    answer = soap(application, message, action=ECHO)
    assert (answer.status, answer.body) == (400, b"")


def test_trailing_nuls_are_tolerated() -> None:
    assert soap(application, envelope(operation(ECHO, name="n")) + b"\0\0", action=ECHO).status == 200


@pytest.mark.parametrize("prolog", [b"", b"<!-- c -->", b"<?pi x?>", b" \n"])
def test_a_doctype_is_refused_wherever_it_stands(prolog: bytes) -> None:
    message = prolog + b'<!DOCTYPE a [<!ENTITY x "y">]>' + envelope(operation(ECHO, name="&x;")).partition(b"?>")[2]
    assert soap(application, message, action=ECHO).status == 400
    assert soap(application, message).reason.endswith(parsing.DTD_PROHIBITED)


def test_the_word_doctype_in_a_value_is_text() -> None:
    message = envelope(operation(ECHO, name="<![CDATA[<!DOCTYPE a>]]>"))
    assert "name=[&lt;!DOCTYPE a&gt;]" in soap(application, message, action=ECHO).text


def test_a_result_that_xml_cannot_carry_is_a_fault() -> None:
    class Unwritable:
        def decrypt_value(self, *parameters: object) -> str:
            return "\x01"

    answer = soap(
        AsmxApplication(Unwritable(), AsmxSettings()),  # type: ignore[arg-type]
        envelope(operation("DecryptValue")),
        action="DecryptValue",
    )
    assert answer.fault_code == "soap:Server"
    etree.fromstring(answer.body)
