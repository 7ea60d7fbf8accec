"""Calls without an envelope: who may use forms, what is refused, and how answers look."""

from typing import Any

import pytest

from tests.asmx_stub import application, stub_application
from tests.facades.soap.wire import PATH, Answer, call
from validate_service.facades.http.requests import MAX_BODY_BYTES
from validate_service.facades.soap.form_calls import MAX_FIELDS
from validate_service.facades.soap.requests import AsmxSettings, FormAccess

FORM = "application/x-www-form-urlencoded"
FIELDS = "username=bob&domain=D&OTP=123456&apiKey=k"
UNRECOGNIZED = "Request format is unrecognized for URL unexpectedly ending in &#39;/ValidateOTP&#39;.\r\n"


def post(body: str, name: str = "ValidateOTP", settings: AsmxSettings | None = None, **more: Any) -> Answer:
    target = application if settings is None else stub_application(settings)
    return call(target, "POST", f"{PATH}/{name}", body=body.encode(), **({"content_type": FORM} | more))


def post_json(body: str | bytes, name: str = "ValidateOTP", content_type: str = "application/json") -> Answer:
    data = body if isinstance(body, bytes) else body.encode()
    # The JSON protocol is open whatever the settings of forms.
    closed = stub_application(AsmxSettings(form_post=FormAccess.OFF))
    return call(closed, "POST", f"{PATH}/{name}", body=data, content_type=content_type)


def test_by_default_forms_are_for_the_local_machine() -> None:
    assert post(FIELDS, settings=AsmxSettings()).text.endswith('<boolean xmlns="http://cm.2fa.com/">true</boolean>')


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "::ffff:192.0.2.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
    ],
)
def test_everybody_else_is_refused(environ: dict[str, str]) -> None:
    answer = post(FIELDS, settings=AsmxSettings(), environ=environ)
    assert (answer.status, answer.text) == (500, UNRECOGNIZED)
    assert answer.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_every_loopback_address_is_local(address: str) -> None:
    assert post(FIELDS, settings=AsmxSettings(), environ={"REMOTE_ADDR": address}).status == 200


def test_forms_can_be_off_and_open() -> None:
    remote = {"REMOTE_ADDR": "192.0.2.1"}
    assert post(FIELDS, settings=AsmxSettings(form_post=FormAccess.OFF)).text == UNRECOGNIZED
    assert post(FIELDS, settings=AsmxSettings(form_post=FormAccess.EVERYWHERE), environ=remote).status == 200


def test_query_strings_are_off_by_default() -> None:
    answer = call(stub_application(AsmxSettings()), path=f"{PATH}/ValidateOTP", query=FIELDS)
    assert (answer.status, answer.text) == (500, UNRECOGNIZED)


def test_too_many_fields_are_refused() -> None:
    answer = post("&".join(["a=b"] * (MAX_FIELDS + 1)))
    assert "too many fields" in answer.text


def test_characters_outside_xml_are_refused() -> None:
    assert post(FIELDS.replace("bob", "a%00b")).text == "Invalid character in parameter: username.\r\n"


def test_a_form_in_another_charset_is_decoded() -> None:
    answer = post("name=%E9&cleartextValue=&apiKey=", "EncryptValue", content_type=f"{FORM}; charset=iso-8859-1")
    assert answer.status == 200


def test_an_empty_result_and_a_null_result() -> None:
    assert '<string xmlns="http://cm.2fa.com/"></string>' in post("name=&encryptedValue=&apiKey=", "DecryptValue").text


def test_a_form_over_the_limit_gets_413() -> None:
    assert post("a" * (MAX_BODY_BYTES + 1)).status == 413


@pytest.mark.parametrize("name", ["<b>", "a/b", "é", "%3C"])
def test_a_hostile_name_is_escaped(name: str) -> None:
    answer = call(application, "POST", f"{PATH}/{name}", body=b"a=b", content_type=FORM)
    assert answer.status == 500
    assert "<b>" not in answer.text


def test_json_true_and_false() -> None:
    assert post_json('{"username": "bob", "OTP": "123456"}').body == b'{"d":true}'
    assert post_json("{}").body == b'{"d":false}'
    assert post_json(b"").body == b'{"d":false}'


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_media_types(kind: str) -> None:
    answer = post_json('{"OTP": "123456"}', content_type=kind)
    assert (answer.body, answer.content_type) == (b'{"d":true}', "application/json")


def test_json_names_match_without_case_and_unknown_ones_are_ignored() -> None:
    assert post_json('{"otp": "123456", "more": {"a": [1]}}').json == {"d": True}


def test_json_text_keeps_every_character() -> None:
    answer = post_json('{"name": "\\u00e9 \\ud83d\\ude00 <&\\"", "apiKey": null}', "EncryptValue")
    assert answer.json == {"d": 'name=[é \U0001f600 <&"];clear=<null>;apiKey=<null>'}


def test_json_null_result() -> None:
    assert post_json("{}", "DecryptValue").json == {"d": None}


def test_json_out_parameters() -> None:
    answer = post_json('{"username": "echo", "questions": ["a", null, ""]}', "GetQuestions")
    assert answer.json == {"d": {"GetQuestionsResult": "in=3", "questions": ["a", None, ""]}}


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        '"text"',
        "null",
        "{",
        "\xff",
        '{"OTP": 123456}',
        '{"OTP": true}',
        '{"OTP": ["1"]}',
        '{"OTP": {}}',
        '{"OTP": "1", "OTP": "2"}',
        '{"OTP": "1", "otp": "2"}',
        '{"OTP": "\\u0000"}',
        '{"OTP": "\\ud800"}',
        '{"OTP": NaN}',
        "[" * 60000,
        '{"a":' * 10000,
        "9" * 60000,
    ],
)
def test_json_that_is_refused(body: str) -> None:
    answer = post_json(body)
    assert answer.status == 500
    assert set(answer.json) == {"Message", "StackTrace", "ExceptionType"}
    assert answer.json["StackTrace"] == ""


@pytest.mark.parametrize("value", ['"a"', "[1]", "{}", '["\\u0000"]', "[[]]"])
def test_json_arrays_that_are_refused(value: str) -> None:
    assert post_json(f'{{"questions": {value}}}', "GetQuestions").status == 500


def test_json_faults() -> None:
    fault = post_json('{"username": "throw"}')
    assert (fault.status, fault.json["Message"]) == (500, "plain message")
    assert fault.json["ExceptionType"] == "System.Web.Services.Protocols.SoapException"
    assert post_json("{}", "validateotp").json["ExceptionType"] == "System.ArgumentException"
    assert post_json(b" " * (MAX_BODY_BYTES + 1)).status == 413
