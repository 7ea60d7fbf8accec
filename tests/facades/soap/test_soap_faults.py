"""Errors as faults: the table is total, and no answer and no log line holds a request's values."""

import logging
from typing import Any

import pytest

from tests.facades.soap.wire import E11, E12, PATH, call, envelope, operation, soap
from validate_service.core import errors
from validate_service.core.origin import Origin
from validate_service.facades.soap.application import AsmxApplication
from validate_service.facades.soap.faults import FAULT_KINDS, UNPROCESSED, FaultKind
from validate_service.facades.soap.requests import AsmxSettings, FormAccess

SECRET = "s3cr3t-987654"


class Raising:
    """Operations of which ValidateOTP raises what it is told; it keeps where the calls came from."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.origins: list[Origin] = []

    def validate_otp(self, origin: Origin, *parameters: str | None) -> bool:
        self.origins.append(origin)
        if self.error is not None:
            raise self.error
        return True


def raising(error: BaseException | None = None) -> AsmxApplication:
    return AsmxApplication(Raising(error), AsmxSettings(form_post=FormAccess.EVERYWHERE))  # type: ignore[arg-type]


def example(cls: type[errors.ValidateError]) -> errors.ValidateError:
    arguments: dict[type[errors.ValidateError], Any] = {errors.RateLimitedError: 7}
    takes_text = cls.__init__ is not Exception.__init__ and cls is not errors.RateLimitedError
    return cls("Fixed text.") if takes_text and "public" not in vars(cls) else cls(*filter(None, [arguments.get(cls)]))


def test_the_table_has_every_error() -> None:
    assert set(FAULT_KINDS) == errors.concrete_errors()


@pytest.mark.parametrize("cls", list(FAULT_KINDS))
@pytest.mark.parametrize("namespace", [E11, E12])
def test_an_error_of_the_core_is_a_fault_with_its_public_text(cls: type[errors.ValidateError], namespace: str) -> None:
    error = example(cls)
    answer = soap(raising(error), envelope(operation("ValidateOTP"), namespace=namespace))
    by_caller = FAULT_KINDS[cls] is FaultKind.CALLER
    names = {E11: ("soap:Client", "soap:Server"), E12: ("soap:Sender", "soap:Receiver")}[namespace]
    assert answer.status == 500
    assert answer.fault_code == names[0 if by_caller else 1]
    assert answer.reason == error.public if by_caller else UNPROCESSED + error.public


def test_any_other_exception_is_an_internal_error_and_its_text_stays_inside(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error = ValueError(SECRET)
    error.__cause__ = KeyError(SECRET)
    answer = soap(raising(error), envelope(operation("ValidateOTP", OTP=SECRET)), action="ValidateOTP")
    assert answer.reason == f"{UNPROCESSED}Internal error."
    assert SECRET not in answer.text
    assert SECRET not in caplog.text
    (record,) = caplog.records
    assert "builtins.ValueError" in record.getMessage()
    assert "test_soap_faults.py" in record.getMessage()


@pytest.mark.parametrize(
    "body",
    [
        f"<a>{SECRET}",
        SECRET,
        f"<!DOCTYPE {SECRET}><a/>",
        envelope(operation("ValidateOTP", OTP=f"{SECRET}<b/>")).decode(),
        envelope(operation("ValidateOTP", OTP=f"{SECRET}&bad;")).decode(),
        envelope(f"<{SECRET}").decode(),
        envelope(operation("Nope", OTP=SECRET)).decode(),
        f"<a {SECRET}='1' {SECRET}='2'/>",
    ],
)
@pytest.mark.parametrize("action", [None, "ValidateOTP"])
def test_nothing_of_a_bad_body_is_logged_or_answered(
    body: str, action: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = soap(raising(), body.encode(), action=action)
    assert SECRET not in answer.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", f'{{"OTP": "{SECRET}", "otp": 1}}'),
        ("application/json", f'{{"OTP": {SECRET}'),
        ("application/json", f'["{SECRET}"]'),
        ("application/x-www-form-urlencoded", f"OTP={SECRET}"),
        ("application/x-www-form-urlencoded", f"username=a&domain=b&apiKey=%00&OTP={SECRET}"),
    ],
)
def test_nothing_of_a_bad_form_or_object_is_logged_or_answered(
    content_type: str, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = call(raising(), "POST", f"{PATH}/ValidateOTP", body=body.encode(), content_type=content_type)
    assert answer.status == 500
    assert SECRET not in answer.text
    assert SECRET not in caplog.text


def test_exits_are_not_swallowed() -> None:
    with pytest.raises(SystemExit):
        soap(raising(SystemExit()), envelope(operation("ValidateOTP")), action="ValidateOTP")


def test_an_origin_names_surface_operation_address_and_request() -> None:
    operations = Raising()
    application = AsmxApplication(operations, AsmxSettings())  # type: ignore[arg-type]
    known = {"validate_service.address": "192.0.2.7", "validate_service.request_id": "r1"}
    soap(application, envelope(operation("ValidateOTP")), environ=known)
    soap(application, envelope(operation("ValidateOTP")))
    call(application, "POST", f"{PATH}/ValidateOTP", body=b"{}", content_type="application/json")
    form = b"username=a&domain=b&OTP=c&apiKey=d"
    call(application, "POST", f"{PATH}/ValidateOTP", body=form, content_type="application/x-www-form-urlencoded")
    first, second, third, fourth = operations.origins
    assert first == Origin("soap", "ValidateOTP", "192.0.2.7", "r1")
    assert (second.address, len(second.request_id)) == ("127.0.0.1", 32)
    assert (third.surface, fourth.surface) == ("json", "form")
