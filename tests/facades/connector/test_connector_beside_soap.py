"""Two surfaces, one core: what is spent, counted or issued on one is so on the other."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.facades.connector.client import ConnectorClient
from tests.facades.soap.wire import TEXT_XML, call, envelope, operation
from validate_service.facades.connector.return_codes import APIReturnCode as Code


def soap_says(connector: ConnectorClient, name: str, **parameters: str) -> bool:
    """Return what ValidateService.asmx of the same product answers about alice."""
    api_key = connector.product.api_key
    message = envelope(operation(name, username="alice", domain="", **parameters, apiKey=api_key))
    answer = call(connector.application, "POST", body=message, content_type=TEXT_XML)  # type: ignore[arg-type]
    assert answer.status == 200, answer.text
    return f"<{name}Result>true</{name}Result>" in answer.text


@pytest.fixture
def token(connector: ConnectorClient) -> ConnectorClient:
    """Alice has a token."""
    connector.product.add_device("alice", "H1")
    return connector


def test_a_password_that_was_used_here_is_refused_there(token: ConnectorClient) -> None:
    """Accepted once, ever."""
    code = token.product.next_code("H1")
    assert token.code("validate_oath_otp", otp=code) is Code.Success
    assert not soap_says(token, "ValidateOTP", OTP=code)


def test_a_password_that_was_used_there_is_refused_here(token: ConnectorClient) -> None:
    """And told as used."""
    code = token.product.next_code("H1")
    assert soap_says(token, "ValidateOTP", OTP=code)
    assert token.code("validate_oath_otp", otp=code) is Code.OTPAlreadyUsed


def test_a_password_that_comes_to_both_at_once_is_accepted_once(token: ConnectorClient) -> None:
    """Of eight calls, whoever is first."""
    code, together = token.product.next_code("H1"), Barrier(8)

    def accepted(number: int) -> bool:
        together.wait()
        if number % 2:
            return soap_says(token, "ValidateOTP", OTP=code)
        return token.code("validate_oath_otp", otp=code) is Code.Success

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(accepted, range(8))) == [False] * 7 + [True]


def test_failures_of_both_lock_on_both(token: ConnectorClient) -> None:
    """Five and five are ten."""
    wrong = token.product.wrong_code("H1")
    for _ in range(5):
        assert token.code("validate_oath_otp", otp=wrong) is Code.OTPInvalid
        assert not soap_says(token, "ValidateOTP", OTP=wrong)
    code = token.product.next_code("H1")
    assert token.code("validate_oath_otp", otp=code) is Code.MaximumFailedOTPRequestsExceeded
    assert not soap_says(token, "ValidateOTP", OTP=code)


def test_a_device_enrolled_here_is_good_there(connector: ConnectorClient) -> None:
    """By the seed that was told."""
    new = connector.done("add_oath_device", OtpType=0)
    product = connector.product
    product.seeds["NEW"], product.next_counters["NEW"] = bytes.fromhex(new["secretKeyHex"]), 0
    assert soap_says(connector, "ValidateOTP", OTP=product.next_code("NEW"))


@pytest.mark.parametrize("kind", [0, 1])
def test_a_session_token_made_here_is_good_there(connector: ConnectorClient, kind: int) -> None:
    """Of whatever type, until it is expired here."""
    session = connector.done("create_session_token", sessionTokenType=kind)
    assert soap_says(connector, "ValidateAuthToken", authToken=session["sessionTokenId"])
    connector.done("expire_session_token", **session)
    assert not soap_says(connector, "ValidateAuthToken", authToken=session["sessionTokenId"])


def test_a_session_token_made_by_the_operator_is_for_single_sign_on(connector: ConnectorClient) -> None:
    """A portal that asks for one type takes it, an app does not."""
    product = connector.product
    token = product.core.auth_token_desk.issue(product.operator("alice"), product.tenant, life_s=60)
    assert connector.code("is_session_token_valid", sessionTokenId=token, sessionTokenType=0) is Code.Success
    assert (
        connector.code("is_session_token_valid", sessionTokenId=token, sessionTokenType=1) is Code.SessionTokenInvalid
    )


def test_wrong_passwords_here_lock_there(connector: ConnectorClient) -> None:
    """One count for all factors and surfaces."""
    connector.product.add_device("alice", "LOCKED")
    for _ in range(10):
        connector.code("validate_user", pw="wrong")
    assert not soap_says(connector, "ValidateOTP", OTP=connector.product.next_code("LOCKED"))


def test_a_code_sent_here_is_good_there(connector: ConnectorClient) -> None:
    """Once."""
    connector.done("update_user", mobile="+12125550100")
    connector.done("send_oath_otp", deliveryMethod="sms")
    (code,) = re.findall(r"\b[0-9]{9}\b", connector.courier.sent[0].body)
    assert [soap_says(connector, "ValidateAuthCode", authCode=code) for _ in range(2)] == [True, False]
