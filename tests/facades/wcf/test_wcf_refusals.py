"""Messages that cannot be read: which answer each gets, and that it repeats nothing and costs little."""

import gzip
import json
import logging
import time
from typing import Any

import pytest
from lxml import etree

from tests.facades.soap.test_soap_limits import HOSTILE, UNFIT
from tests.facades.soap.wire import DATA as RECORDED
from tests.facades.soap.wire import E11, E12, SOAP_XML, TEXT_XML, Answer
from tests.facades.wcf.client import (
    BY_NAME,
    INTERFACE,
    PATH,
    WcfClient,
    addressed,
    envelope,
    members_of,
    parameters,
    wrapped,
)
from tests.facades.wcf.test_wcf_addressing import codes_of
from tests.interference import SilentDatabase
from validate_service.facades.connector.return_codes import APIReturnCode as Code
from validate_service.facades.http.requests import MAX_BODY_BYTES
from validate_service.facades.soap import parsing
from validate_service.facades.wcf import faults

DISPATCHER = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
UNREADABLE = [(DISPATCHER, "DeserializationFailed")]
SECRET = "s3cr3t-987654"
OTP_ACTION = f"{INTERFACE}ValidateOTP"


def enroll(wcf: WcfClient, **values: object) -> Answer:
    return wcf.send("EnrollUser", parameters(**values))


# Values


@pytest.mark.parametrize("text", ["", " ", "x", "1.0", "1e3", "0x1", "32768", "-32769", "9" * 40, "٣", "1 2", "--1"])
def test_a_number_that_is_none_is_a_fault_that_names_the_parameter(wcf: WcfClient, text: str) -> None:
    """And does not repeat the value; the refusal is in the audit trail."""
    answer = enroll(wcf, otpType=text, loginPassword=SECRET)
    assert codes_of(answer) == UNREADABLE
    assert answer.reason.endswith("deserialize parameter http://tempuri.org/:otpType.")
    event = wcf.connector.product.last_event()
    assert (event["surface"], event["operation"], event["reason"]) == ("wcf", "EnrollUser", "malformed_request")


@pytest.mark.parametrize("text", ["0", " 0 ", "+0", "-0", "00", "\n0"])
def test_a_number_is_read_as_xml_schema_says(wcf: WcfClient, text: str) -> None:
    """With a sign, zeros in front, and white space around it."""
    enrolled = wcf.ask("EnrollUser", "bob", deviceType=2, otpType=text)
    assert enrolled["ErrorCode"] == "0"


@pytest.mark.parametrize(("number", "fits"), [(2147483647, True), (-2147483648, True), (2147483648, False)])
def test_a_larger_number_has_32_bits(wcf: WcfClient, number: int, fits: bool) -> None:
    """Those of an int."""
    answer = wcf.send("CreateSessionToken", parameters(tokenType=number))
    assert (answer.status == 200) is fits


@pytest.mark.parametrize("text", ["", "yes", "TRUE", "2", "True"])
def test_a_boolean_that_is_none_is_a_fault(wcf: WcfClient, text: str) -> None:
    """XML Schema knows four."""
    assert codes_of(enroll(wcf, addDeviceOnly=text)) == UNREADABLE


@pytest.mark.parametrize(
    ("text", "only"), [("true", True), ("1", True), (" true ", True), ("false", False), ("0", False)]
)
def test_a_boolean_has_four_spellings(wcf: WcfClient, text: str, only: bool) -> None:
    """To give a device to somebody who is there succeeds; to add that user does not."""
    code = wcf.code("EnrollUser", deviceType=2, addDeviceOnly=text)
    assert code is (Code.Success if only else Code.EnrollUserFailed)


def test_a_number_cannot_be_nil(wcf: WcfClient) -> None:
    """A text can: it is one that was not given."""
    assert codes_of(enroll(wcf, otpType=None)) == UNREADABLE
    wcf.done("UpdateUser", email="alice@corp.example")
    wcf.done("UpdateUser", email=None)
    assert wcf.done("FindUser")["Email"] == "alice@corp.example"


@pytest.mark.parametrize("inner", ["<b/>", "1<b/>", "<!-- c -->1", "<?pi x?>"])
def test_a_value_that_is_not_only_text_is_a_fault(wcf: WcfClient, inner: str) -> None:
    """Nobody is to guess what it means."""
    body = wrapped("ValidateOTP", f"<authOtp>{inner}</authOtp>")
    assert codes_of(wcf.post(envelope(body), OTP_ACTION)) == UNREADABLE


def test_parameters_are_read_in_any_order_and_the_first_counts(wcf: WcfClient) -> None:
    """What is no parameter is ignored, and so is a parameter in another namespace."""
    product, account = wcf.connector.product, wcf.connector.credentials()
    product.add_device("alice", "H1")
    given = parameters(
        authOtp=product.next_code("H1"),
        authServerPartnerUserLoginName="alice",
        other="x",
        authServerPartnerLoginPassword=account["spAccountLoginKey"],
        authServerPartnerLoginName=account["spAccountLoginName"],
    )
    again = '<authOtp>1</authOtp><x:psn xmlns:x="urn:x">H2</x:psn>'
    assert members_of(wcf.send("ValidateOTP", given + again))["ErrorCode"] == "0"


@pytest.mark.parametrize(
    "body",
    [
        "",
        wrapped("FindUser", ""),
        wrapped("ValidateOTP", "", "http://cm.2fa.com/"),
        wrapped("ValidateOTP", "", ""),
        "<ValidateOTPRequest xmlns='http://tempuri.org/'/>",
    ],
)
def test_a_body_of_another_operation_is_a_fault(wcf: WcfClient, body: str) -> None:
    """The action and the element must agree, in the service's own namespace."""
    assert codes_of(wcf.post(envelope(body), OTP_ACTION)) == UNREADABLE


# Messages


def test_bytes_that_are_no_xml_get_400_without_a_body(wcf: WcfClient) -> None:
    """As from WCF."""
    for body in (b"", b"x", b"{}", b"<a", b"<a>", b"<!DOCTYPE a><a/>", b"\xff\xfe"):
        answer = wcf.post(body, OTP_ACTION)
        assert (answer.status, answer.body) == (400, b"")
    declared = b'<?xml version="1.0" encoding="utf-7"?>' + envelope("")
    assert wcf.post(declared, OTP_ACTION, content_type="text/xml").status == 400


@pytest.mark.parametrize("version", [E11, E12])
def test_an_envelope_that_breaks_off_is_a_fault_without_the_parsers_words(wcf: WcfClient, version: str) -> None:
    """It was readable so far, so there is a version to answer in."""
    whole = envelope(wrapped("ValidateOTP", f"<authOtp>{SECRET}</authOtp>"), version=version)
    answer = wcf.post(whole[:-30], content_type=TEXT_XML if version == E11 else SOAP_XML)
    assert codes_of(answer)[-1:] == UNREADABLE
    assert answer.reason == faults.UNREADABLE.format(faults.NOT_WELL_FORMED)


@pytest.mark.parametrize(
    ("root", "text"),
    [
        (b"<a/>", faults.NO_BODY),
        (b'<Envelope xmlns="urn:x"/>', faults.OTHER_VERSION),
        (f'<Envelope xmlns="{E12}"/>'.encode(), faults.OTHER_VERSION),
        (f'<Envelope xmlns="{E11}"/>'.encode(), faults.NO_BODY),
        (f'<Body xmlns="{E11}"/>'.encode(), faults.NO_BODY),
        (f'<Envelope xmlns="{E11}"><Header/></Envelope>'.encode(), faults.NO_BODY),
        (f'<Envelope xmlns="{E11}"><x/><Body/></Envelope>'.encode(), faults.NO_BODY),
    ],
)
def test_what_is_no_envelope_is_a_fault(wcf: WcfClient, root: bytes, text: str) -> None:
    """Nor is an envelope of the version that the Content-Type does not name."""
    answer = wcf.post(root, OTP_ACTION, content_type=TEXT_XML)
    assert (answer.status, answer.reason) == (500, text)
    assert answer.fault_code == ("s:VersionMismatch" if text == faults.OTHER_VERSION else "s:Client")


@pytest.mark.parametrize("media_type", ["", "application/json", "application/xml", "multipart/related", "text/plain"])
def test_other_media_types_get_415(wcf: WcfClient, media_type: str) -> None:
    """Those of the two bindings are text/xml and application/soap+xml."""
    answer = wcf.post(envelope(wrapped("FindUser", "")), f"{INTERFACE}FindUser", content_type=media_type)
    assert (answer.status, answer.body) == (415, b"")


def test_a_body_that_is_too_large_or_packed_is_refused(wcf: WcfClient) -> None:
    """With 413 and a fault, and with 415."""
    answer = wcf.post(b"x" * (MAX_BODY_BYTES + 1), OTP_ACTION)
    assert (answer.status, answer.fault_code, answer.reason) == (413, "s:Client", faults.TOO_LARGE)
    packed = {"SOAPAction": OTP_ACTION, "Content-Encoding": "gzip"}
    assert wcf.post(gzip.compress(envelope("")), headers=packed).status == 415
    assert wcf.post(envelope(""), OTP_ACTION, environ={"CONTENT_LENGTH": "60000"}).status == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_verbs_are_refused(wcf: WcfClient, method: str) -> None:
    """The answer says which there are; OPTIONS asks for it."""
    assert wcf.get(method=method).status == 405
    answer = wcf.get(method="OPTIONS")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")


# Attacks


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_costs_little(wcf: WcfClient, name: str) -> None:
    """The same messages that the ASMX service is tried with."""
    content_type = 'text/xml;"' + ';"' * 4000 if name == "media type" else TEXT_XML
    started = time.process_time()
    answer = wcf.post(HOSTILE[name], OTP_ACTION, content_type=content_type)
    # A few ms; the margin is for a busy machine.
    assert time.process_time() - started < 0.5
    assert answer.status in (400, 415, 500)


@pytest.mark.parametrize("name", UNFIT)
def test_characters_outside_xml_are_refused(wcf: WcfClient, name: str) -> None:
    """Before anything is done."""
    body = envelope(wrapped("ValidateOTP", "<authOtp>VALUE</authOtp>")).replace(b"VALUE", UNFIT[name])
    assert codes_of(wcf.post(body, OTP_ACTION)) == UNREADABLE
    assert wcf.events() == []


def test_entities_are_never_resolved(wcf: WcfClient) -> None:
    """Neither internal nor external ones: there is no document type."""
    start = b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    message = start + envelope(wrapped("ValidateOTP", "<authOtp>&x;</authOtp>"))
    answer = wcf.post(message, OTP_ACTION)
    assert (answer.status, answer.body) == (400, b"")


def test_a_message_over_a_limit_is_a_fault(wcf: WcfClient) -> None:
    """Too deep, too many elements, too many attributes."""
    deep = "<x>" * parsing.MAX_DEPTH + "</x>" * parsing.MAX_DEPTH
    many = "<x/>" * parsing.MAX_ELEMENTS
    wide = "<x" + "".join(f' a{number}=""' for number in range(parsing.MAX_ATTRIBUTES + 1)) + "/>"
    for inner in (deep, many, wide):
        answer = wcf.post(envelope(wrapped("ValidateOTP", inner)), OTP_ACTION)
        assert codes_of(answer) == UNREADABLE
        assert answer.reason == faults.UNREADABLE.format(faults.OVER_LIMIT)


def test_every_recorded_message_of_the_asmx_corpus_is_answered(wcf: WcfClient) -> None:
    """Well-formed XML with a known status, and never as an internal error."""
    for line in (RECORDED / "exchanges.jsonl").read_text().splitlines():
        head, _, body = json.loads(line)["request"].encode("latin-1").partition(b"\r\n\r\n")
        for content_type in (TEXT_XML, SOAP_XML):
            answer = wcf.post(body, OTP_ACTION, content_type=content_type)
            assert answer.status in (400, 413, 415, 500), head
            assert faults.INTERNAL not in answer.text
            if answer.body:
                assert etree.fromstring(answer.body).tag.endswith("}Envelope")


# Secrets and defects


@pytest.mark.parametrize(
    "message",
    [
        f"<a>{SECRET}".encode(),
        SECRET.encode(),
        envelope(wrapped("ValidateOTP", f"<authOtp>{SECRET}<b/></authOtp>")),
        envelope(wrapped("ValidateOTP", f"<authOtp>{SECRET}&bad;</authOtp>")),
        envelope(wrapped("Nope", f"<authOtp>{SECRET}</authOtp>")),
        envelope(wrapped("ValidateOTP", f"<authOtp>{SECRET}</authOtp>"), addressed("urn:x")),
        envelope(wrapped("ValidateOTP", parameters(authOtp=SECRET, authServerPartnerLoginPassword=SECRET))),
    ],
)
def test_nothing_of_a_message_is_logged_answered_or_recorded(
    wcf: WcfClient, message: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is wrong with it."""
    caplog.set_level(logging.DEBUG)
    answer = wcf.post(message, OTP_ACTION)
    assert answer.status in (200, 400, 500)
    assert SECRET not in answer.text
    assert SECRET not in caplog.text
    assert SECRET not in str(wcf.connector.product.audit())


@pytest.mark.parametrize("version", [E11, E12])
def test_a_defect_is_an_internal_fault_and_its_text_stays_inside(
    wcf: WcfClient, version: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log learns where it was raised."""

    def broken(*_: Any) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr("validate_service.facades.wcf.service.run", broken)
    headers = addressed(OTP_ACTION) if version == E12 else ""
    answer = wcf.post(
        envelope(wrapped("ValidateOTP", ""), headers, version=version), OTP_ACTION if not headers else None
    )
    assert codes_of(answer)[-1] == (DISPATCHER, "InternalServiceFault")
    assert answer.reason == faults.INTERNAL
    assert SECRET not in answer.text
    assert SECRET not in caplog.text
    assert "builtins.KeyError" in caplog.text


def test_a_service_that_cannot_decide_says_so(wcf: WcfClient) -> None:
    """As a fault, where not even the refusal of a message can be recorded."""
    wcf.connector.product.core.refusals._database = SilentDatabase()
    assert codes_of(enroll(wcf, otpType="x")) == [(DISPATCHER, "InternalServiceFault")]


def test_a_value_that_xml_cannot_carry_is_no_broken_answer(wcf: WcfClient) -> None:
    """A name that came as JSON may hold such characters."""
    wcf.connector.product.add_device("alice", "H\x01")
    answer = wcf.send("FindUser", parameters(**wcf.common(BY_NAME["FindUser"], "alice")))
    assert codes_of(answer) == [(DISPATCHER, "InternalServiceFault")]


def test_the_path_matches_without_case(wcf: WcfClient) -> None:
    """As on IIS; below it there is nothing."""
    assert wcf.get(path=PATH.upper()).status == 200
    assert wcf.get(path=f"{PATH}/ws").status == 404
