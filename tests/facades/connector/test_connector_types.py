"""Each type: what a success answers, and each failure that is documented of it."""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.facades.connector.client import ConnectorClient
from tests.world import FakeClock
from validate_service.core.errors import DeliveryError, UnavailableError, ValidateError
from validate_service.core.messages import Channel
from validate_service.core.model import DeviceKind, Factor, Scope
from validate_service.core.profiles import ProfileChange
from validate_service.facades.connector.return_codes import APIReturnCode as Code
from validate_service.primitives.hotp import code_at

SEED = b"12345678901234567890"
ALICE_REACHED = {"email": "alice@corp.example", "mobile": "+12125550100"}


def locked(connector: ConnectorClient) -> None:
    for _ in range(10):
        connector.code("validate_oath_otp", otp="000000")


def disabled(connector: ConnectorClient) -> None:
    connector.done("update_user", userStatus=1)


# validate_oath_otp


@pytest.mark.parametrize("name", ["otp", "code", "OTP"])
def test_a_fresh_password_is_accepted_once(connector: ConnectorClient, name: str) -> None:
    """Under either name of the field; then it is used."""
    connector.product.add_device("alice", "H1")
    code = connector.product.next_code("H1")
    assert connector.done("validate_oath_otp", **{name: code}) == {}
    assert connector.code("validate_oath_otp", **{name: code}) is Code.OTPAlreadyUsed


@pytest.mark.parametrize("digits", [6, 7, 8])
def test_a_number_gets_its_zeros_back(connector: ConnectorClient, digits: int) -> None:
    """As many as the device shows; the same digits as text are a code of another length."""
    seeds = (bytes([number]) * 20 for number in range(256))
    seed = next(seed for seed in seeds if code_at(seed, 0, digits=digits).startswith("0"))
    connector.done("add_oath_device", OtpType=0, OtpLength=digits, secretKeyHex=seed.hex())
    number = int(code_at(seed, 0, digits=digits))
    assert connector.code("validate_oath_otp", otp=str(number)) is Code.OTPInvalid
    assert connector.done("validate_oath_otp", otp=number) == {}


@pytest.mark.parametrize("name", ["psn", "printedSerialNumber"])
def test_a_serial_restricts_to_that_device(connector: ConnectorClient, name: str) -> None:
    """In any case; an empty one to none."""
    product = connector.product
    for serial in ("H1", "H2"):
        product.add_device("alice", serial)
    assert connector.code("validate_oath_otp", otp=product.next_code("H1"), **{name: "H2"}) is Code.OTPInvalid
    assert connector.code("validate_oath_otp", otp=product.next_code("H1"), **{name: "h1"}) is Code.Success
    assert connector.code("validate_oath_otp", otp=product.next_code("H2"), **{name: ""}) is Code.Success


def test_a_serial_of_nobody_is_no_guess(connector: ConnectorClient) -> None:
    """It is told, and not counted."""
    connector.product.add_device("alice", "H1")
    for _ in range(11):
        assert connector.code("validate_oath_otp", otp="000000", psn="none") is Code.NoDevicesDefined
    assert connector.code("validate_oath_otp", otp=connector.product.next_code("H1")) is Code.Success


def test_each_refusal_of_a_password_has_its_code(connector: ConnectorClient) -> None:
    """For an account that administers, and so may know."""
    product = connector.product
    assert connector.code("validate_oath_otp", "nobody", otp="000000") is Code.InvalidPartnerUserLogin
    assert connector.code("validate_oath_otp", otp="000000") is Code.NoDevicesDefined
    product.add_device("alice", "H1")
    assert connector.code("validate_oath_otp", otp=product.wrong_code("H1")) is Code.OTPInvalid
    connector.done("disable_device", psn="H1")
    assert connector.code("validate_oath_otp", otp=product.next_code("H1")) is Code.DeviceDiabled
    connector.done("enable_device", psn="H1")
    disabled(connector)
    assert connector.code("validate_oath_otp", otp=product.next_code("H1")) is Code.PartnerUserLoginDisabled


def test_a_locked_user_is_told_as_locked(connector: ConnectorClient) -> None:
    """Also with a right password."""
    connector.product.add_device("alice", "H1")
    locked(connector)
    code = connector.product.next_code("H1")
    assert connector.code("validate_oath_otp", otp=code) is Code.MaximumFailedOTPRequestsExceeded


def test_a_factor_that_is_not_allowed_is_told(connector: ConnectorClient) -> None:
    """By the user's authentication set."""
    product = connector.product
    product.add_device("alice", "H1")
    product.core.auth_set_register.add(product.operator(), product.tenant, "Card", frozenset({Factor.CARD}))
    product.core.user_register.update(product.operator("alice"), product.tenant, ProfileChange(auth_set="Card"))
    assert connector.code("validate_oath_otp", otp=product.next_code("H1")) is Code.DeviceInvalid


# sync_oath_device


def test_a_device_that_ran_away_is_found(connector: ConnectorClient) -> None:
    """By two consecutive codes, also as numbers; both are spent."""
    product = connector.product
    seed = product.add_device("alice", "H1")
    pair = {"otp1": int(code_at(seed, 60)), "otp2": int(code_at(seed, 61)), "psn": "H1"}
    assert connector.code("validate_oath_otp", otp=code_at(seed, 60)) is Code.OTPInvalid
    assert connector.done("sync_oath_device", **pair) == {}
    assert connector.code("sync_oath_device", **pair) is Code.OTPInvalid
    assert connector.code("validate_oath_otp", otp=code_at(seed, 62)) is Code.Success


def test_a_device_of_another_is_not_synchronised(connector: ConnectorClient) -> None:
    """Nor one that is not there, nor an authenticator; the two answers are one."""
    product = connector.product
    product.add_user("bob")
    product.add_device("bob", "B1")
    product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    pair = {"otp1": product.next_code("B1"), "otp2": product.next_code("B1")}
    assert {connector.code("sync_oath_device", **pair, psn=psn) for psn in ("B1", "none", "P1")} == {
        Code.DeviceNotFound
    }
    assert connector.code("sync_oath_device", "", **pair, psn="B1") is Code.Success


# send_oath_otp


@pytest.mark.parametrize("method", ["sms", "voice", "email", "SMS"])
def test_a_code_is_sent_as_the_caller_says(connector: ConnectorClient, method: str) -> None:
    """Over that channel only; the answer does not hold the code."""
    connector.done("update_user", **ALICE_REACHED)
    assert connector.done("send_oath_otp", deliveryMethod=method) == {}
    (message,) = connector.courier.sent
    assert message.channel is Channel(method.lower())


def sent_code(connector: ConnectorClient) -> str:
    """Return a code that was just sent to alice."""
    connector.done("update_user", **ALICE_REACHED)
    connector.done("send_oath_otp", deliveryMethod="sms")
    (code,) = re.findall(r"\b[0-9]{9}\b", connector.courier.sent[-1].body)
    return str(code)


@pytest.mark.parametrize("as_it_comes", [str, int])
def test_a_code_that_was_sent_is_verified_once(
    connector: ConnectorClient, as_it_comes: Callable[[str], str | int]
) -> None:
    """As a one-time password is, as text or as a number; a user needs no token for it."""
    code = as_it_comes(sent_code(connector))
    assert connector.code("validate_oath_otp", otp=code) is Code.Success
    assert connector.code("validate_oath_otp", otp=code) is Code.OTPAlreadyUsed


def test_each_refusal_of_a_sent_code_has_its_code(connector: ConnectorClient, clock: FakeClock) -> None:
    """None was sent; a wrong one; one that is too old; one of nobody's."""
    assert connector.code("validate_oath_otp", otp="123456789") is Code.NoDevicesDefined
    code = sent_code(connector)
    assert connector.code("validate_oath_otp", otp=code[:-1] + str(9 - int(code[-1]))) is Code.OTPInvalid
    assert connector.code("validate_oath_otp", "nobody", otp=code) is Code.InvalidPartnerUserLogin
    clock.advance(600)
    assert connector.code("validate_oath_otp", otp=code) is Code.SendOTPExpired


@pytest.mark.parametrize(("method", "code"), [("sms", Code.SMSSendError), ("email", Code.EmailSendError)])
def test_a_code_that_cannot_be_sent_is_told(connector: ConnectorClient, method: str, code: Code) -> None:
    """Without an address, and if the carrier refuses it: there is no second best channel."""
    other = {"email": "mobile", "sms": "email"}[method]
    connector.done("update_user", **{other: ALICE_REACHED[other]})
    assert connector.code("send_oath_otp", deliveryMethod=method) is code
    assert connector.product.last_event()["reason"] == "delivery_failed"
    connector.done("update_user", **ALICE_REACHED)
    connector.courier.failure = DeliveryError("refused")
    assert connector.code("send_oath_otp", deliveryMethod=method) is code
    assert connector.courier.sent == []


def test_nobody_is_sent_a_code(connector: ConnectorClient) -> None:
    """Nor more codes than the tenant's pace allows."""
    assert connector.code("send_oath_otp", "nobody", deliveryMethod="sms") is Code.InvalidPartnerUserLogin
    connector.done("update_user", **ALICE_REACHED)
    codes = [connector.code("send_oath_otp", deliveryMethod="sms") for _ in range(30)]
    assert codes[0] is Code.Success
    assert codes[-1] is Code.MaximumLoginPartnerUserAttempsExceeded


# add_user, update_user, delete_user, find_user


def test_a_user_is_added_found_changed_and_deleted(connector: ConnectorClient) -> None:
    """A field that a change does not name stays; an empty one clears."""
    bob, names = r"CORP\bob", {"firstName": "Bob", "lastName": "Böhm"}
    assert connector.done("add_user", bob, **names, **ALICE_REACHED) == {}
    assert connector.done("find_user", "bob@corp") == {"Devices": [], "userStatus": 0, **names, **ALICE_REACHED}
    assert connector.done("update_user", bob, email="", firstName="", userStatus="1") == {}
    changed = {"userStatus": 1, **names, "firstName": "", **ALICE_REACHED, "email": ""}
    assert connector.done("find_user", bob) == {"Devices": [], **changed}
    assert connector.done("delete_user", bob, removeRelated="true") == {}
    assert connector.code("find_user", bob) is Code.InvalidPartnerUserLogin


def test_a_users_devices_are_listed(connector: ConnectorClient) -> None:
    """With the vendor's numbers for what they are; nobody else's."""
    product = connector.product
    product.add_user("bob")
    product.add_device("bob", "B1")
    for serial, kind in [("H1", DeviceKind.HOTP), ("T1", DeviceKind.TOTP), ("P1", DeviceKind.AUTHENTICATOR)]:
        product.add_device("alice", serial, kind)
    connector.done("disable_device", psn="T1")
    assert connector.done("find_user")["Devices"] == [
        {"psn": "H1", "deviceType": 2, "otpType": 0, "deviceStatus": 0},
        {"psn": "P1", "deviceType": 13, "otpType": 1, "deviceStatus": 0},
        {"psn": "T1", "deviceType": 2, "otpType": 1, "deviceStatus": 1},
    ]


def test_a_user_who_exists_is_not_added(connector: ConnectorClient) -> None:
    """Whatever the case of the name."""
    assert connector.code("add_user", "ALICE") is Code.EnrollUserFailed


@pytest.mark.parametrize("fields", [{"email": "none"}, {"mobile": "1"}, {"pw": "1234"}])
def test_a_user_who_breaks_a_rule_is_not_added(connector: ConnectorClient, fields: dict[str, Any]) -> None:
    """Not even halfway."""
    assert connector.code("add_user", "bob", **fields) is Code.EnrollUserFailed
    assert connector.code("find_user", "bob") is Code.InvalidPartnerUserLogin


def test_a_user_without_a_name_is_not_added(connector: ConnectorClient) -> None:
    """An empty name is nobody's."""
    assert connector.code("add_user", "") is Code.EnrollUserFailed


def test_a_password_is_set(connector: ConnectorClient) -> None:
    """With the user or later, and after the tenant's policy; one that breaks it changes nothing."""
    connector.done("add_user", "bob", pw="correct horse battery")
    connector.done("update_user", "bob", pw="another long password")
    assert len(connector.product.audit(event="password:set")) == 2
    assert connector.code("update_user", "bob", pw="1234", userStatus=1) is Code.CreateTransactionFailed
    assert connector.done("find_user", "bob")["userStatus"] == 0


@pytest.mark.parametrize("name", ["update_user", "delete_user", "find_user"])
def test_nobody_is_not_administered(connector: ConnectorClient, name: str) -> None:
    """The answer says that there is no such user."""
    assert connector.code(name, "nobody") is Code.InvalidPartnerUserLogin


@pytest.mark.parametrize("related", [{}, {"removeRelated": "true"}])
def test_devices_go_with_their_user(connector: ConnectorClient, related: dict[str, str]) -> None:
    """Unless the caller says that they stay."""
    connector.product.add_device("alice", "H1")
    connector.done("delete_user", **related)
    assert connector.code("find_device", "", psn="H1") is Code.DeviceNotFound


def test_tokens_may_outlive_their_user(connector: ConnectorClient) -> None:
    """As nobody's; an authenticator is of no use to anybody else."""
    connector.product.add_device("alice", "H1")
    connector.product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    connector.done("delete_user", removeRelated="false")
    assert connector.done("find_device", "", psn="H1")["assigned"] == 0
    assert connector.code("find_device", "", psn="P1") is Code.DeviceNotFound


# add_oath_device, add_oath_account


@pytest.mark.parametrize(
    "seed",
    [{"secretKeyHex": SEED.hex()}, {"secretKeyHexBase64": base64.b64encode(SEED.hex().upper().encode()).decode()}],
)
def test_a_device_with_a_seed_is_enrolled(connector: ConnectorClient, seed: dict[str, str]) -> None:
    """In either spelling; a seed that came is not told again."""
    fields = {"deviceType": 3, "OtpType": "0", "OtpLength": "8", "windowSize": "3", "psn": "H1"}
    assert connector.done("add_oath_device", **fields, **seed) == {"deviceId": "H1"}
    assert connector.code("validate_oath_otp", otp=code_at(SEED, 3, digits=8)) is Code.OTPInvalid
    assert connector.code("validate_oath_otp", otp=code_at(SEED, 2, digits=8)) is Code.Success


def test_serial_and_seed_are_made(connector: ConnectorClient) -> None:
    """And told this once."""
    made = [connector.done("add_oath_device", OtpType=0) for _ in range(2)]
    assert len({new["deviceId"] for new in made}) == 2
    seed = bytes.fromhex(made[0]["secretKeyHex"])
    assert connector.code("validate_oath_otp", otp=code_at(seed, 0), psn=made[0]["deviceId"]) is Code.Success


@pytest.mark.parametrize("period", [30, 60])
def test_the_window_of_a_totp_device_is_its_step(connector: ConnectorClient, clock: FakeClock, period: int) -> None:
    """In seconds, as the vendor documents."""
    connector.done("add_oath_device", windowSize=period, secretKeyHex=SEED.hex())
    step = clock.now() // 1_000_000 // period
    assert connector.code("validate_oath_otp", otp=code_at(SEED, step)) is Code.Success


BAD_DEVICES = [
    ({"deviceType": 12}, Code.DeviceTypeInvalid),
    ({"deviceType": True}, Code.DeviceTypeInvalid),
    ({"OtpType": 8}, Code.OTPTypeInvalid),
    ({"OtpLength": 5}, Code.InvalidDeviceConfig),
    ({"OtpLength": "six"}, Code.InvalidDeviceConfig),
    ({"windowSize": 45}, Code.InvalidDeviceConfig),
    ({"OtpType": 0, "windowSize": 30}, Code.InvalidDeviceConfig),
    ({"OtpPin": "1234"}, Code.InvalidDeviceConfig),
    ({"OtpPin": 0}, Code.InvalidDeviceConfig),
    ({"timeDrift": 5}, Code.TimeDriftInvalid),
    ({"psn": "x" * 65}, Code.BogusSerialNumber),
    ({"secretKeyHex": "0"}, Code.InvalidDeviceConfig),
    ({"secretKeyHex": "00"}, Code.InvalidDeviceConfig),
    ({"secretKeyHex": 12}, Code.InvalidDeviceConfig),
    ({"secretKeyHexBase64": "!"}, Code.InvalidDeviceConfig),
    ({"secretKeyHexBase64": SEED.hex() + "0"}, Code.InvalidDeviceConfig),
    ({"notificationMethod": 3}, Code.CreateTransactionFailed),
]


@pytest.mark.parametrize(("fields", "code"), BAD_DEVICES, ids=range(len(BAD_DEVICES)))
@pytest.mark.parametrize(("name", "user"), [("add_oath_device", "alice"), ("add_oath_account", "bob")])
def test_a_bad_device_is_refused(
    connector: ConnectorClient, name: str, user: str, fields: dict[str, Any], code: Code
) -> None:
    """With the code of what is wrong; no device and no user is left."""
    assert connector.code(name, user, **fields) is code
    assert connector.product.core.device_register.listing(connector.product.tenant) == []
    assert connector.code("find_user", "bob") is Code.InvalidPartnerUserLogin


def test_two_seeds_are_one_too_many(connector: ConnectorClient) -> None:
    """Which of them is meant, nobody knows."""
    coded = base64.b64encode(SEED.hex().encode()).decode()
    both = {"secretKeyHex": SEED.hex(), "secretKeyHexBase64": coded}
    assert connector.code("add_oath_device", **both) is Code.InvalidDeviceConfig


def test_a_serial_is_given_once(connector: ConnectorClient) -> None:
    """In whatever case; a new user is not left behind without it."""
    connector.done("add_oath_device", psn="H1")
    assert connector.code("add_oath_device", psn="h1") is Code.DeviceInUse
    assert connector.code("add_oath_account", "bob", psn="h1") is Code.EnrollUserFailed
    assert connector.code("find_user", "bob") is Code.InvalidPartnerUserLogin


def test_nobody_gets_no_device(connector: ConnectorClient) -> None:
    """The user comes first."""
    assert connector.code("add_oath_device", "nobody") is Code.InvalidPartnerUserLogin


def test_an_account_is_a_user_with_a_device(connector: ConnectorClient) -> None:
    """In one request, with a password if one is given."""
    new = connector.done("add_oath_account", "bob", OtpType=0, pw="correct horse battery", **ALICE_REACHED)
    seed = bytes.fromhex(new["secretKeyHex"])
    assert connector.code("validate_oath_otp", "bob", otp=code_at(seed, 0)) is Code.Success
    assert connector.done("find_user", "bob")["mobile"] == ALICE_REACHED["mobile"]
    assert connector.code("add_oath_account", "bob") is Code.EnrollUserFailed


@pytest.mark.parametrize(("method", "channel"), [(1, Channel.EMAIL), ("2", Channel.SMS)])
def test_a_user_is_told_of_a_new_device(connector: ConnectorClient, method: str | int, channel: Channel) -> None:
    """Its serial, and not its seed."""
    connector.done("update_user", **ALICE_REACHED)
    new = connector.done("add_oath_device", notificationMethod=method)
    connector.done("add_oath_account", "bob", notificationMethod=method, psn="B1", **ALICE_REACHED)
    told, also_told = connector.courier.sent
    assert {told.channel, also_told.channel} == {channel}
    assert new["deviceId"] in told.body
    assert new["secretKeyHex"] not in told.body
    assert "B1" in also_told.body
    connector.done("add_u2f_device", notificationMethod=method, psn="F1")
    assert "F1" in connector.courier.sent[2].body
    connector.done("add_oath_device", notificationMethod=0)
    assert len(connector.courier.sent) == 3


@pytest.mark.parametrize("failure", [None, DeliveryError("refused"), UnavailableError("all places are taken")])
@pytest.mark.parametrize(("name", "user"), [("add_oath_device", "alice"), ("add_oath_account", "bob")])
def test_a_device_stays_whose_user_could_not_be_told(
    connector: ConnectorClient, name: str, user: str, failure: ValidateError | None
) -> None:
    """Without an address, and if nobody carries the message; the answer says both, and holds the seed."""
    connector.courier.failure = failure
    address = {} if failure is None or name == "add_oath_device" else ALICE_REACHED
    if failure is not None and not address:
        connector.done("update_user", **ALICE_REACHED)
    answer = connector.ask(name, user, notificationMethod=1, OtpType=0, **address)
    assert answer["errorCode"] == Code.EnrollUserSendNotoficationFailed
    seed = bytes.fromhex(answer["secretKeyHex"])
    assert connector.code("validate_oath_otp", user, otp=code_at(seed, 0), psn=answer["deviceId"]) is Code.Success


# find_device, enable_device, disable_device, delete_device


@pytest.mark.parametrize("user", ["alice", ""])
def test_a_device_is_found_disabled_enabled_and_deleted(connector: ConnectorClient, user: str) -> None:
    """With its user's name, or with nobody's; a hard token is told from a soft one."""
    connector.product.add_device("alice", "H1", hardware=True)
    found = {"deviceType": 3, "otpType": 0, "deviceStatus": 0, "assigned": 1}
    assert connector.done("find_device", user, psn="h1") == found
    assert connector.done("disable_device", user, psn="H1") == {}
    assert connector.done("find_device", user, psn="H1") == found | {"deviceStatus": 1}
    assert connector.done("enable_device", user, psn="H1") == {}
    assert connector.done("find_device", user, psn="H1") == found
    assert connector.done("delete_device", user, psn="H1") == {}
    assert connector.code("find_device", user, psn="H1") is Code.DeviceNotFound


@pytest.mark.parametrize("name", ["find_device", "enable_device", "disable_device", "delete_device"])
def test_a_device_of_another_is_not_there(connector: ConnectorClient, name: str) -> None:
    """Nor is one that nobody has, nor one without a serial."""
    connector.product.add_user("bob")
    connector.product.add_device("bob", "B1")
    assert connector.code(name, psn="B1") is Code.DeviceNotFound
    assert connector.code(name, psn="none") is Code.DeviceNotFound
    assert connector.code(name) is Code.SerialNumberNotSpecified
    assert connector.code(name, psn=5) is Code.BogusSerialNumber


# create_session_token, is_session_token_valid, expire_session_token


@pytest.mark.parametrize("user", ["alice", ""])
@pytest.mark.parametrize("expire", ["expire_session_token", "delete_session_token"])
def test_a_session_token_is_good_until_it_is_expired(connector: ConnectorClient, user: str, expire: str) -> None:
    """With its user's name, or with nobody's; once expired it is no more."""
    token = connector.done("create_session_token", sessionTokenDurationMinutes="5", sessionTokenType="0")
    assert connector.done("is_session_token_valid", user, **token) == {}
    assert connector.done(expire, user, **token) == {}
    assert connector.code("is_session_token_valid", user, **token) is Code.SessionTokenInvalid
    assert connector.code(expire, user, **token) is Code.SessionTokenDeleteFailed


def test_a_session_token_expires_by_itself(connector: ConnectorClient, clock: FakeClock) -> None:
    """After its minutes; an hour if none are named."""
    short = connector.done("create_session_token", sessionTokenDurationMinutes=1)
    long = connector.done("create_session_token")
    clock.advance(60)
    assert connector.code("is_session_token_valid", **short) is Code.SessionTokenInvalid
    assert connector.code("is_session_token_valid", **long) is Code.Success


def test_a_session_token_is_made_for_who_knows_the_password(connector: ConnectorClient) -> None:
    """Where one is given."""
    connector.done("update_user", pw="correct horse battery")
    token = connector.done("create_session_token", pw="correct horse battery")
    assert connector.code("is_session_token_valid", **token) is Code.Success
    assert connector.code("create_session_token", pw="another long password") is Code.PartnerUserLoginFailed


@pytest.mark.parametrize("user", ["alice", ""])
def test_a_session_token_is_of_its_type(connector: ConnectorClient, user: str) -> None:
    """Who names no type takes both; a token of the other type is no guess."""
    sso = connector.done("create_session_token")
    mobile = connector.done("create_session_token", sessionTokenType=1)
    for token, own, other in ((sso, 0, "1"), (mobile, 1, "0")):
        assert connector.code("is_session_token_valid", user, **token) is Code.Success
        assert connector.code("is_session_token_valid", user, **token, sessionTokenType=own) is Code.Success
        answers = {connector.code("is_session_token_valid", user, **token, sessionTokenType=other) for _ in range(6)}
        assert answers == {Code.SessionTokenInvalid}
    assert connector.product.last_event()["reason"] == "factor_not_allowed"


def test_a_session_token_is_its_users(connector: ConnectorClient) -> None:
    """Nobody else's, and nobody else can end it."""
    connector.product.add_user("bob")
    token = connector.done("create_session_token")
    assert connector.code("is_session_token_valid", "bob", **token) is Code.SessionTokenInvalid
    assert connector.code("expire_session_token", "bob", **token) is Code.SessionTokenDeleteFailed
    assert connector.code("is_session_token_valid", "", sessionTokenId="x") is Code.SessionTokenInvalid
    assert connector.code("is_session_token_valid", **token) is Code.Success


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sessionTokenDurationMinutes": 0}, Code.SessionTokenCreationFailed),
        ({"sessionTokenDurationMinutes": 43201}, Code.SessionTokenCreationFailed),
        ({"sessionTokenDurationMinutes": "an hour"}, Code.SessionTokenCreationFailed),
        ({"sessionTokenType": 2}, Code.SessionTokenCreationFailed),
        ({"pw": "correct horse battery"}, Code.PartnerUserLoginFailed),
        ({"username": "nobody"}, Code.InvalidPartnerUserLogin),
        ({"username": "nobody", "pw": "correct horse battery"}, Code.InvalidPartnerUserLogin),
    ],
)
def test_a_session_token_that_cannot_be_is_not_made(
    connector: ConnectorClient, fields: dict[str, Any], code: Code
) -> None:
    """With the code of what is wrong; a password that is given must be right."""
    assert connector.code("create_session_token", **fields) is code


@pytest.mark.parametrize("name", ["is_session_token_valid", "expire_session_token"])
def test_a_session_token_must_be_given(connector: ConnectorClient, name: str) -> None:
    """Without one nothing is looked for."""
    assert connector.code(name) is Code.SessionTokenInvalid


# push_oath_otp, push_status, receive_push_response, tap_auth_response


@pytest.fixture
def phone(connector: ConnectorClient) -> ConnectorClient:
    """Alice has an authenticator."""
    connector.product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    return connector


@pytest.mark.parametrize("push", ["push_oath_otp", "send_push_message"])
@pytest.mark.parametrize("respond", ["receive_push_response", "tap_auth_response"])
@pytest.mark.parametrize(
    ("response", "code", "state"),
    [
        ("User accepted", Code.Success, "approved"),
        ("Yes", Code.Success, "approved"),
        ("No", Code.PartnerUserLoginFailed, "denied"),
    ],
)
def test_a_push_is_answered(
    phone: ConnectorClient, push: str, respond: str, response: str, code: Code, state: str
) -> None:
    """Only once; only an approval is a success."""
    asked = phone.done(push, appName="Portal", reason="Sign in", deliveryMethod="pushapp")
    (pending,) = phone.product.core.approval_desk.pending(phone.product.tenant)
    assert (pending.login_to, pending.message) == ("Portal", "Sign in")
    waiting = phone.ask("push_status", **asked)
    assert (waiting["errorCode"], waiting["pushStatus"]) == (Code.UpdateTransactionStatusInvalid, "pending")
    assert phone.done(respond, **asked, response=response, mobile="") == {}
    answered = phone.ask("push_status", **asked)
    assert (answered["errorCode"], answered["pushStatus"]) == (code, state)
    assert phone.code(respond, **asked, response="Yes") is Code.UpdateTransactionStatusFailed


def test_a_push_expires(phone: ConnectorClient, clock: FakeClock) -> None:
    """After the tenant's time-out; then nobody can answer it."""
    asked = phone.done("push_oath_otp")
    clock.advance(50)
    late = phone.ask("push_status", **asked)
    assert (late["errorCode"], late["pushStatus"]) == (Code.SendOTPExpired, "expired")
    assert phone.code("tap_auth_response", **asked, response="Yes") is Code.UpdateTransactionStatusFailed


def test_an_approval_does_not_help_who_was_disabled(phone: ConnectorClient) -> None:
    """The phone may have been lost after it was given."""
    asked = phone.done("push_oath_otp")
    phone.done("receive_push_response", **asked, response="Yes")
    phone.done("disable_device", psn="P1")
    assert phone.ask("push_status", **asked)["pushStatus"] == "denied"


def test_a_push_is_its_users(phone: ConnectorClient) -> None:
    """Nobody else can look at it or answer it; with nobody's name it may be answered."""
    phone.product.add_user("bob")
    asked = phone.done("push_oath_otp")
    for name, more in [("push_status", {}), ("tap_auth_response", {"response": "Yes"})]:
        for user, push_id in [("bob", asked["authnUserReqId"]), ("alice", "0" * 32)]:
            code = phone.code(name, user, **more, authnUserReqId=push_id)
            assert code is Code.UpdateTransactionReferenceCodeNotFound
        assert phone.code(name, **more) is Code.UpdateTransactionReferenceCodeNotSpecified
    assert phone.code("tap_auth_response", "", **asked, response="Yes") is Code.Success


def test_an_answer_that_is_none_is_refused(phone: ConnectorClient) -> None:
    """It is neither an approval nor a denial."""
    asked = phone.done("push_oath_otp")
    assert phone.code("tap_auth_response", **asked, response="perhaps") is Code.UpdateTransactionStatusInvalid
    assert phone.ask("push_status", **asked)["pushStatus"] == "pending"


@pytest.mark.parametrize("method", ["pushapp", "pushappu2f", "PushApp"])
def test_an_authenticator_is_asked_under_either_name(phone: ConnectorClient, method: str) -> None:
    """Ours answers with a key of its own, whatever the client calls that."""
    asked = phone.done("push_oath_otp", deliveryMethod=method)
    assert phone.ask("push_status", **asked)["pushStatus"] == "pending"


def test_a_user_who_was_asked_too_often_in_vain_is_not_asked(phone: ConnectorClient) -> None:
    """An account that may only validate learns that the user was not verified, and no more."""
    for _ in range(10):
        phone.done("push_oath_otp")
    assert phone.code("push_oath_otp") is Code.MaximumLoginPartnerUserAttempsExceeded
    phone.may_only(Scope.VALIDATE)
    assert phone.code("push_oath_otp") is Code.PartnerUserLoginFailed


@pytest.mark.parametrize("method", ["pushsmsquestion", "sms", 1])
def test_other_ways_of_a_push_are_refused(phone: ConnectorClient, method: str | int) -> None:
    """Nothing else asks."""
    assert phone.code("push_oath_otp", deliveryMethod=method) is Code.SendOTPInvalidDeliveryMethod


def test_who_cannot_be_asked_is_told(connector: ConnectorClient) -> None:
    """Nobody, and a user without an authenticator."""
    assert connector.code("push_oath_otp", "nobody") is Code.InvalidPartnerUserLogin
    assert connector.code("push_oath_otp") is Code.NoDevicesDefined


def test_an_unavailable_service_is_told(connector: ConnectorClient) -> None:
    """Nothing is accepted then, and the answer does not say what is broken."""
    connector.done("update_user", **ALICE_REACHED)
    connector.courier.failure = UnavailableError("the gateway is on fire")
    answer = connector.ask("send_oath_otp", deliveryMethod="sms")
    assert (answer["errorCode"], answer["errorMessage"]) == (
        Code.DatabaseError,
        "The service is temporarily unavailable.",
    )
