"""Three surfaces, one core: what is spent, counted or issued on one is so on the others."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.facades.connector.test_connector_beside_soap import soap_says
from tests.facades.wcf.client import WcfClient
from validate_service.core.model import Scope
from validate_service.facades.connector.return_codes import APIReturnCode as Code


@pytest.fixture
def token(wcf: WcfClient) -> WcfClient:
    """Alice has a token."""
    wcf.connector.product.add_device("alice", "H1")
    return wcf


def test_a_password_that_was_used_here_is_refused_there(token: WcfClient) -> None:
    """Over SOAP and on the connector."""
    code = token.connector.product.next_code("H1")
    assert token.code("ValidateOTP", authOtp=code) is Code.Success
    assert not soap_says(token.connector, "ValidateOTP", OTP=code)
    assert token.connector.code("validate_oath_otp", otp=code) is Code.OTPAlreadyUsed


def test_a_password_that_was_used_there_is_refused_here(token: WcfClient) -> None:
    """Wherever that was."""
    product = token.connector.product
    first, second = product.next_code("H1"), product.next_code("H1")
    assert soap_says(token.connector, "ValidateOTP", OTP=first)
    assert token.code("ValidateOTP", authOtp=first) is Code.OTPAlreadyUsed
    assert token.connector.code("validate_oath_otp", otp=second) is Code.Success
    assert token.code("ValidateOTP", authOtp=second) is Code.OTPAlreadyUsed


def test_a_password_that_comes_to_all_at_once_is_accepted_once(token: WcfClient) -> None:
    """Of nine calls over three surfaces, whoever is first."""
    code, together = token.connector.product.next_code("H1"), Barrier(9)

    def accepted(number: int) -> bool:
        together.wait()
        if number % 3 == 0:
            return soap_says(token.connector, "ValidateOTP", OTP=code)
        if number % 3 == 1:
            return token.connector.code("validate_oath_otp", otp=code) is Code.Success
        return token.code("ValidateOTP", authOtp=code) is Code.Success

    with ThreadPoolExecutor(9) as pool:
        assert sorted(pool.map(accepted, range(9))) == [False] * 8 + [True]


def test_failures_of_all_lock_on_all(token: WcfClient) -> None:
    """Four, three and three are ten."""
    product = token.connector.product
    wrong = product.wrong_code("H1")
    for _ in range(4):
        assert token.code("ValidateOTP", authOtp=wrong) is Code.OTPInvalid
    for _ in range(3):
        assert token.connector.code("validate_oath_otp", otp=wrong) is Code.OTPInvalid
        assert not soap_says(token.connector, "ValidateOTP", OTP=wrong)
    code = product.next_code("H1")
    assert token.code("ValidateOTP", authOtp=code) is Code.MaximumFailedOTPRequestsExceeded
    assert not soap_says(token.connector, "ValidateOTP", OTP=code)


def test_a_session_token_made_here_is_good_there(wcf: WcfClient) -> None:
    """Until it is expired here."""
    token = wcf.done("CreateSessionToken", durationMinutes=5)["SessionTokenId"]
    assert soap_says(wcf.connector, "ValidateAuthToken", authToken=token)
    assert wcf.connector.code("is_session_token_valid", sessionTokenId=token) is Code.Success
    wcf.done("ExpireSessionToken", sessionTokenId=token)
    assert not soap_says(wcf.connector, "ValidateAuthToken", authToken=token)


def test_an_account_that_may_only_validate_learns_no_more_here(token: WcfClient) -> None:
    """Neither who is a user, nor anything by another operation."""
    token.connector.may_only(Scope.VALIDATE)
    assert token.code("ValidateOTP", "nobody", authOtp="000000") is Code.OTPInvalid
    assert token.code("FindUser") is Code.PartnerUserLoginFailedNotAdmin
    assert token.code("ValidateOTP", authOtp=token.connector.product.next_code("H1")) is Code.Success


def test_a_call_leaves_one_event(token: WcfClient) -> None:
    """That says which operation was called, and what the connector would have said."""
    token.code("ValidateOTP", authOtp=token.connector.product.next_code("H1"))
    token.code("FindDevice", printedSerialNumber="none")
    assert [(event["operation"], event["reason"]) for event in token.events()] == [
        ("ValidateOTP", "accepted"),
        ("FindDevice", "device_not_found"),
    ]
