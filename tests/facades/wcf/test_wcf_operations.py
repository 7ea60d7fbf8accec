"""Each operation: that it asks the connector's type with the right fields, a success, and a failure."""

import re
from typing import Any

import pytest

from tests.facades.connector.security_keys import APP_ID, Page
from tests.facades.wcf.client import BY_NAME, WcfClient, members_of, parameters
from tests.facades.wcf.samples import SAMPLES
from validate_service.core.model import DeviceKind
from validate_service.facades.connector.dispatch import UNKNOWN_TYPE, request_type_of
from validate_service.facades.connector.return_codes import APIReturnCode as Code
from validate_service.facades.wcf.contract import OPERATIONS
from validate_service.primitives.hotp import code_at

PASSWORD = "correct horse battery staple"
REACHED = {"email": "alice@corp.example", "mobile": "+12125550100"}


# The table


def test_every_operation_is_a_type_of_the_connector() -> None:
    """Whatever its parameters choose."""
    for operation in OPERATIONS:
        type_name, _ = operation.request([parameter.default for parameter in operation.parameters])
        assert request_type_of(type_name) is not UNKNOWN_TYPE, operation.name


def test_every_parameter_is_a_field_of_the_type() -> None:
    """All are read, but the serial of SendOTP: a code is sent to a user and not to a device."""
    for operation in OPERATIONS:
        type_name, given = operation.request([parameter.default for parameter in operation.parameters])
        fields = {name.lower() for one in request_type_of(type_name).declaration for name in (one.name, *one.aliases)}
        assert set(given) - fields == ({"psn"} if operation.name == "SendOTP" else set()), operation.name


@pytest.mark.parametrize(
    ("device_type", "only", "expected"),
    [
        (2, False, "add_oath_account"),
        (2, True, "add_oath_device"),
        (12, False, "add_u2f_account"),
        (12, True, "add_u2f_device"),
    ],
)
def test_one_operation_is_four_enrolments(device_type: int, only: bool, expected: str) -> None:
    """By its device type and by addDeviceOnly."""
    chosen = {"deviceType": device_type, "addDeviceOnly": only}
    operation = BY_NAME["EnrollUser"]
    values = [chosen.get(parameter.name, parameter.default) for parameter in operation.parameters]
    assert operation.request(values)[0] == expected


def test_the_misspelled_and_the_misordered_are_the_vendors() -> None:
    """Clients were built with them."""
    assert "AssginDevice" in BY_NAME
    assert [parameter.name for parameter in BY_NAME["SignAppU2FInit"].parameters] == [
        *("authServerPartnerLoginName", "authServerPartnerLoginPassword"),
        *("appId", "authServerPartnerUserLoginName", "psn"),
    ]


# Passwords


def test_a_password_is_accepted_once(either: WcfClient) -> None:
    """Over either binding; a wrong one never."""
    product = either.connector.product
    product.add_device("alice", "H1")
    code = product.next_code("H1")
    assert either.done("ValidateOTP", authOtp=code) == {}
    assert either.code("ValidateOTP", authOtp=code) is Code.OTPAlreadyUsed
    assert either.code("ValidateOTP", authOtp=product.wrong_code("H1"), printedSerialNumber="H1") is Code.OTPInvalid


def test_a_device_that_ran_away_is_found(wcf: WcfClient) -> None:
    """By two consecutive passwords, which are text here and keep their zeros."""
    seed = wcf.connector.product.add_device("alice", "H1")
    pair = {"otp1": code_at(seed, 60), "otp2": code_at(seed, 61)}
    assert wcf.done("SynchronizeDevice", **pair, psn="H1") == {}
    assert wcf.code("SynchronizeDevice", **pair, psn="none") is Code.DeviceNotFound


@pytest.mark.parametrize(("number", "channel"), [(0, "sms"), (1, "email"), (2, "voice"), (None, "sms")])
def test_a_code_goes_out_over_the_channel_of_its_number(wcf: WcfClient, number: int | None, channel: str) -> None:
    """In the order of the vendor's WCF; a number that is not there is 0, as everywhere in .NET."""
    wcf.connector.done("update_user", **REACHED)
    given = {} if number is None else {"deliveryMethod": number}
    assert wcf.done("SendOTP", psn="", **given) == {}
    (message,) = wcf.connector.courier.sent
    assert message.channel.value == channel


def test_a_code_that_was_sent_is_verified(wcf: WcfClient) -> None:
    """As a one-time password is."""
    wcf.connector.done("update_user", **REACHED)
    wcf.done("SendOTP", deliveryMethod=1)
    (code,) = re.findall(r"\b[0-9]{9}\b", wcf.connector.courier.sent[0].body)
    assert wcf.done("ValidateOTP", authOtp=code) == {}


def test_a_channel_that_is_none_is_refused(wcf: WcfClient) -> None:
    """With the code of its field."""
    assert wcf.code("SendOTP", deliveryMethod=3) is Code.SendOTPInvalidDeliveryMethod


# Users


def test_a_user_is_added_found_changed_and_deleted(either: WcfClient) -> None:
    """With the status and the addresses that were given."""
    assert either.done("AddUser", "bob", **REACHED, userStatus=0) == {}
    assert either.code("AddUser", "bob") is Code.EnrollUserFailed
    found = either.done("FindUser", "bob")
    assert (found["Email"], found["Mobile"], found["UserStatus"]) == (*REACHED.values(), "0")
    assert found["Devices"] == ""
    assert either.done("UpdateUser", "bob", userStatus=1) == {}
    assert either.done("UpdateUser", "bob", email="") == {}
    found = either.done("FindUser", "bob")
    assert (found["Email"], found["Mobile"], found["UserStatus"]) == ("", REACHED["mobile"], "1")
    assert either.done("DeleteUser", "bob") == {}
    assert either.code("FindUser", "bob") is Code.InvalidPartnerUserLogin
    assert either.code("UpdateUser", "bob", email="") is Code.InvalidPartnerUserLogin
    assert either.code("DeleteUser", "bob") is Code.InvalidPartnerUserLogin


def test_an_account_is_enrolled_with_its_device(either: WcfClient) -> None:
    """The seed is told once; zeros are the defaults of the numbers that cannot be 0."""
    given = {"firstName": "Bob", "deviceType": 2, "otpType": 0, "otpLength": 0, "otpWindow": 0, "addDeviceOnly": False}
    enrolled = either.done("EnrollUser", "bob", **given)
    code = code_at(bytes.fromhex(enrolled["SecretKeyHex"]), 0)
    assert either.code("ValidateOTP", "bob", authOtp=code, printedSerialNumber=enrolled["DeviceId"]) is Code.Success
    assert either.code("EnrollUser", "bob", **given) is Code.EnrollUserFailed


def test_a_device_is_enrolled_for_a_user_who_is_there(wcf: WcfClient) -> None:
    """Under the serial that was given; not twice."""
    given = {"deviceType": 2, "otpType": 1, "deviceId": "T-1", "addDeviceOnly": True}
    assert wcf.done("EnrollUser", **given)["DeviceId"] == "T-1"
    assert wcf.code("EnrollUser", **given) is Code.DeviceInUse
    assert wcf.code("EnrollUser", otpLength=3, **given) is Code.InvalidDeviceConfig


def test_a_password_verifies_a_user_who_is_then_shown(wcf: WcfClient) -> None:
    """With noAuth the user is shown without it."""
    wcf.done("UpdateUser", firstName="Alice", lastName="Adams", pw=PASSWORD)
    shown = wcf.done("ValidateUser", pw=PASSWORD, noAuth=False)
    assert (shown["FirstName"], shown["LastName"], shown["UserStatus"]) == ("Alice", "Adams", "0")
    assert wcf.done("ValidateUser", noAuth=True) == shown
    refused = wcf.ask("ValidateUser", pw="another", noAuth=False)
    assert (Code(int(refused["ErrorCode"])), refused["FirstName"]) == (Code.PartnerUserLoginFailed, None)


def test_users_are_found_by_page(wcf: WcfClient) -> None:
    """By what their names hold; 0 rows are the default number of rows."""
    for name in ("anna", "annabel", "hannah"):
        wcf.done("AddUser", name, lastName=name.title())
    found = wcf.done("FindUsers", "", search="ANNA", firstRow=0, maxRows=0)
    assert ([user["Username"] for user in found["Users"]], found["TotalRows"]) == (["anna", "annabel", "hannah"], "3")
    assert found["Users"][0]["LastName"] == "Anna"
    found = wcf.done("FindUsers", "", search="anna", firstRow=2, maxRows=1)
    assert ([user["Username"] for user in found["Users"]], found["TotalRows"]) == (["hannah"], "3")
    assert wcf.done("FindUsers", "", search="nobody at all")["Users"] == ""
    assert wcf.code("FindUsers", "", firstRow=-1) is Code.CreateTransactionFailed


# Devices


def test_a_device_changes_hands(wcf: WcfClient) -> None:
    """Into stock and out of it, and by force from one user to another."""
    wcf.connector.product.add_user("bob")
    wcf.connector.product.add_device("alice", "H1")
    assert wcf.done("UnassignDevice", psn="H1") == {}
    assert wcf.done("FindDevice", "", printedSerialNumber="H1")["Assigned"] == "0"
    assert wcf.done("AssginDevice", psn="H1", force=False) == {}
    assert wcf.code("AssginDevice", "bob", psn="H1", force=False) is Code.DeviceInUse
    assert wcf.done("AssginDevice", "bob", psn="H1", force=True) == {}
    assert wcf.code("UnassignDevice", psn="H1") is Code.DeviceNotFound


def test_a_new_device_is_activated(wcf: WcfClient) -> None:
    """By two consecutive passwords, where the tenant asks for it."""
    product = wcf.connector.product
    product.core.tenant_register.switch(product.operator(), product.tenant, "devices_need_activation", on=True)
    product.tenant = product.core.tenant_register.get(product.tenant.name)
    seed = product.add_device("alice", "H1")
    first, second, third = (code_at(seed, counter) for counter in range(3))
    assert wcf.code("ActiveDevice", otp1=second, otp2=first, psn="H1") is Code.OTPInvalid
    assert wcf.done("ActiveDevice", otp1=first, otp2=second, psn="H1") == {}
    assert wcf.done("ValidateOTP", authOtp=third) == {}


def test_a_device_is_shown_to_an_app(wcf: WcfClient) -> None:
    """As a QR code under the name that was given."""
    wcf.connector.product.add_device("alice", "H1")
    shown = wcf.done("ProvisionQRCode", deviceID="H1", accountName="alice@home")
    assert shown["QRCodeURL"].startswith("data:image/png;base64,")
    assert re.match("otpauth://hotp/.*alice%40home", shown["OtpauthURL"])
    assert wcf.code("ProvisionQRCode", deviceID="none") is Code.DeviceNotFound


def test_a_device_is_handed_out_to_one_phone(wcf: WcfClient) -> None:
    """With everything that the app must know."""
    seed = wcf.connector.product.add_device("alice", "H1")
    assert wcf.done("ProvisionDevice", deviceID="H1", physicalDeviceId="phone") == {
        "DeviceType": "2",
        "OtpType": "0",
        "OtpLength": "6",
        "WindowSize": "10",
        "SecretKeyHex": seed.hex().upper(),
    }
    refused = wcf.ask("ProvisionDevice", deviceID="H1", physicalDeviceId="another")
    assert Code(int(refused["ErrorCode"])) is Code.DeviceAlreadyProvisioned
    assert refused["SecretKeyHex"] is None


def test_a_device_is_found_disabled_enabled_and_deleted(wcf: WcfClient) -> None:
    """By its serial."""
    wcf.connector.product.add_device("alice", "H1")
    shown = {"DeviceType": "2", "OtpType": "0", "DeviceStatus": "0", "Assigned": "1"}
    assert wcf.done("FindDevice", printedSerialNumber="H1") == shown
    assert wcf.done("DisableDevice", psn="H1") == {}
    assert wcf.done("FindDevice", printedSerialNumber="H1") == shown | {"DeviceStatus": "1"}
    assert wcf.done("EnableDevice", psn="H1") == {}
    assert wcf.done("DeleteDevice", psn="H1") == {}
    for name, parameter in (
        *(("FindDevice", "printedSerialNumber"), ("EnableDevice", "psn")),
        *(("DisableDevice", "psn"), ("DeleteDevice", "psn")),
    ):
        assert wcf.code(name, **{parameter: "H1"}) is Code.DeviceNotFound


# Pushes


@pytest.mark.parametrize("answering", ["ReceivePushResponse", "TapAuthResponse"])
def test_a_push_is_sent_answered_and_looked_for(wcf: WcfClient, answering: str) -> None:
    """Only an approval is a success; it is answered once."""
    wcf.connector.product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    push = wcf.done("SendPushMessage", deliveryMethod=1, appName="Portal", reason="Sign in")
    waiting = wcf.ask("PushStatus", **_as_parameter(push))
    assert (Code(int(waiting["ErrorCode"])), waiting["PushStatus"]) == (Code.UpdateTransactionStatusInvalid, "pending")
    assert wcf.done(answering, mobile="", response="User accepted", **_as_parameter(push)) == {}
    assert wcf.done("PushStatus", **_as_parameter(push)) == {"PushStatus": "approved"}
    assert wcf.code(answering, response="No", **_as_parameter(push)) is Code.UpdateTransactionStatusFailed


def _as_parameter(push: dict[str, str]) -> dict[str, str]:
    return {"authnUserReqId": push["AuthnUserReqId"]}


def test_a_push_to_a_mobile_key_asks_the_authenticator_too(wcf: WcfClient) -> None:
    """As on the connector."""
    wcf.connector.product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    assert wcf.done("SendPushMessage", deliveryMethod=2)["AuthnUserReqId"]


@pytest.mark.parametrize("number", [0, 7, -1])
def test_a_push_that_is_none_is_refused(wcf: WcfClient, number: int) -> None:
    """Nobody is asked by text message; nor is a number that is missing, which is 0, a push."""
    wcf.connector.product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    assert wcf.code("SendPushMessage", deliveryMethod=number) is Code.SendOTPInvalidDeliveryMethod


def test_nobody_is_pushed_to(wcf: WcfClient) -> None:
    """Whoever has no authenticator; and an unknown push has no status."""
    failed = wcf.ask("SendPushMessage", deliveryMethod=1)
    assert (Code(int(failed["ErrorCode"])), failed["AuthnUserReqId"]) == (Code.NoDevicesDefined, None)
    assert wcf.code("PushStatus", authnUserReqId="0" * 32) is Code.UpdateTransactionReferenceCodeNotFound


# Security keys


def test_a_key_is_enrolled_signs_and_is_deleted(either: WcfClient) -> None:
    """In the steps of U2F; a success of this family has no message."""
    page = Page(either.connector)
    assert either.done("EnrollUser", deviceType=12, otpType=8, deviceId="K1", addDeviceOnly=True)["DeviceId"] == "K1"
    begun = _quiet(either.ask("EnrollAppU2FInit", appId=APP_ID))
    assert begun["SignRequest"] == ""
    answered = page.registered(_asked(begun["RegisterRequest"]))
    given = {
        "b64RegistrationData": answered["registrationData"],
        "b64SessionId": answered["sessionId"],
        "b64ClientData": answered["clientData"],
        "version": "U2F_V2",
        "securityKeyName": "blue",
    }
    assert _quiet(either.ask("EnrollAppU2F", **given))["DeviceId"] == "K1"
    assert either.code("EnrollAppU2F", **given) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    begun = _quiet(either.ask("SignAppU2FInit", appId=APP_ID, psn=""))
    signed = page.signed(_asked(begun["SignRequest"]))
    given = {
        "b64SessionId": signed["sessionId"],
        "b64ClientData": signed["clientData"],
        "b64SignData": signed["signatureData"],
    }
    assert _quiet(either.ask("SignAppU2F", **given)) == {"DeviceId": "K1"}
    assert either.code("SignAppU2F", **given) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    chosen = {"appId": APP_ID, "keyIdentifier": "blue", "keyIdentifierType": 1}
    assert _quiet(either.ask("DeleteSecurityKey", **chosen)) == {}
    assert either.code("DeleteSecurityKey", **chosen) is Code.PartnerUserFIDOU2FDeleteSecurityKeyFailed
    assert either.code("SignAppU2FInit", appId=APP_ID) is Code.PartnerUserFIDOU2FNoEnrolledDevices


def _quiet(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members besides code and text of an answer that must be a success of this family."""
    assert (members.pop("ErrorCode"), members.pop("ErrorMsg")) == ("0", ""), members
    return members


def _asked(requests: list[dict[str, str]]) -> dict[str, str]:
    """Return the only one of *requests* by the names of the connector's JSON."""
    (request,) = requests
    return {name[0].lower() + name[1:]: value for name, value in request.items()}


def test_all_keys_are_deleted(wcf: WcfClient) -> None:
    """For an application, or for all; nobody's cannot be."""
    assert Page(wcf.connector).enroll()["errorCode"] == 0
    assert _quiet(wcf.ask("DeleteAllSecurityKeys", appId=APP_ID)) == {}
    assert wcf.code("SignAppU2FInit", appId=APP_ID) is Code.PartnerUserFIDOU2FNoEnrolledDevices
    assert wcf.code("DeleteAllSecurityKeys", "nobody", appId="") is Code.InvalidPartnerUserLogin
    assert wcf.code("EnrollAppU2FInit", appId="none") is Code.BogusFIDOAppId


def test_an_account_is_enrolled_with_a_device_for_keys(wcf: WcfClient) -> None:
    """There is no seed to tell."""
    enrolled = wcf.done("EnrollUser", "bob", deviceType=12, otpType=8)
    assert enrolled["SecretKeyHex"] is None
    assert wcf.done("FindUser", "bob")["Devices"][0]["Psn"] == enrolled["DeviceId"]
    assert wcf.code("EnrollUser", "bob", deviceType=12, otpType=8) is Code.EnrollUserFailed


# Session tokens


def test_a_session_token_is_made_verified_and_expired(either: WcfClient) -> None:
    """For as long as was said; 0 minutes are the default."""
    token = either.done("CreateSessionToken", durationMinutes=0, tokenType=1)["SessionTokenId"]
    assert either.done("IsSessionTokenValid", sessionTokenId=token) == {}
    assert either.done("ExpireSessionToken", sessionTokenId=token) == {}
    assert either.code("IsSessionTokenValid", sessionTokenId=token) is Code.SessionTokenInvalid
    assert either.code("ExpireSessionToken", sessionTokenId="none") is Code.SessionTokenDeleteFailed
    assert either.code("CreateSessionToken", durationMinutes=-5) is Code.SessionTokenCreationFailed


# All of them


@pytest.mark.parametrize("name", BY_NAME)
def test_an_account_that_is_not_known_is_refused(wcf: WcfClient, name: str) -> None:
    """By every operation; the event says which, and what the account is called stays outside."""
    given = {one.name: SAMPLES[one.name] for one in BY_NAME[name].parameters}
    members = members_of(wcf.send(name, parameters(**given | {"authServerPartnerLoginPassword": "not a key"})))
    assert Code(int(members["ErrorCode"])) is Code.PartnerLoginFailed
    assert set(members) == {member.name for member in BY_NAME[name].answer.members}
    event = wcf.connector.product.last_event()
    assert (event["surface"], event["operation"], event["reason"]) == ("wcf", name, "caller_not_authorized")
