"""Requests that are refused: which answer each gets, who learns what, and that nothing of it is repeated."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.facades.connector.client import ACCOUNT, PATH, ConnectorClient
from tests.facades.soap.wire import Answer, call
from validate_service.core.calls import Call
from validate_service.core.errors import ConflictError, NotFoundError, UnavailableError, concrete_errors
from validate_service.core.model import ApprovalState, DeviceKind, Scope
from validate_service.core.outcomes import Outcome
from validate_service.facades.connector.answers import ERROR_CODES, OUTCOME_CODES
from validate_service.facades.connector.application import ConnectorApplication
from validate_service.facades.connector.contract import NOT_SERVED, TYPES, TYPES_BY_NAME
from validate_service.facades.connector.fields import COMMON, FIELD_CODES, MISSING_CODES
from validate_service.facades.connector.pushes import STATE_CODES
from validate_service.facades.connector.return_codes import MESSAGES, APIReturnCode
from validate_service.facades.declarations.json_object import DEEPEST, NAME_TWICE, NO_OBJECT, TOO_DEEP
from validate_service.facades.http.requests import MAX_BODY_BYTES
from validate_service.primitives.hotp import code_at

Code = APIReturnCode

VENDORS_TYPES = {
    *("add_u2f_account", "add_oath_account", "add_u2f_device", "add_oath_device", "validate_u2f_user", "find_device"),
    *("validate_oath_user", "delete_key", "delete_all_keys", "validate_oath_otp", "send_oath_otp", "push_oath_otp"),
    *("pre_enroll", "enroll", "pre_sign", "sign", "create_session_token", "expire_session_token"),
    *("is_session_token_valid", "active_oath_device", "sync_oath_device", "validate_user", "find_user", "find_users"),
    *("add_user", "update_user", "delete_user", "assign_device", "unassign_device", "enable_device", "disable_device"),
    *("delete_device", "activate_device", "get_oath_device_qrcode", "provision_oath_device", "validate_csc"),
    *("send_push_message", "receive_push_response", "tap_auth_response", "delete_session_token"),
}
OURS = {"push_status"}
NAMES = [one.name for one in TYPES]


def require_failure(answer: Answer, status: int, text: str) -> None:
    """Require the one shape of what is no request of any type."""
    assert answer.status == status
    assert answer.json == {"type": "", "errorCode": Code.CreateTransactionFailed, "errorMessage": text}
    assert answer.content_type == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_return_code_of_the_vendor_is_there() -> None:
    """All 109, misspelled ones too."""
    assert len(Code.__members__) == len(Code) == 109
    assert (Code.DeviceDiabled, Code.SessionTokenDeleteFailed) == (9028, 9108)


def test_every_type_of_the_vendor_is_known() -> None:
    """Served, or listed as not served; never both."""
    assert set(TYPES_BY_NAME) == VENDORS_TYPES | OURS
    assert set(NOT_SERVED).isdisjoint(name for one in TYPES for name in (one.name, *one.aliases))


def test_every_error_and_outcome_has_a_code_and_every_code_a_text() -> None:
    """A new one without would be answered 500."""
    assert set(ERROR_CODES) == concrete_errors()
    assert set(OUTCOME_CODES) == set(Outcome)
    assert set(STATE_CODES) == set(ApprovalState)
    without_own_words = (NotFoundError, ConflictError)
    of_types = {code for one in TYPES for error, code in one.codes.items() if error in without_own_words}
    assert {*ERROR_CODES.values(), *OUTCOME_CODES.values(), *STATE_CODES.values(), *of_types} <= set(MESSAGES)


def test_the_codes_of_fields_are_of_fields_that_are_there() -> None:
    """A field that is renamed takes its code along."""
    fields = {field.name for one in TYPES for field in (*COMMON, *one.fields)}
    assert set(FIELD_CODES) <= fields
    assert set(MISSING_CODES) <= fields


@pytest.mark.parametrize("name", NOT_SERVED)
def test_a_type_that_is_not_served_says_so(connector: ConnectorClient, name: str) -> None:
    """To a known caller only."""
    answer = connector.ask(name)
    assert answer == {
        "type": name,
        "errorCode": Code.CreateTransactionFailed,
        "errorMessage": "This type is not supported.",
    }
    assert connector.code(name, spAccountLoginKey="wrong") is Code.PartnerLoginFailed


@pytest.mark.parametrize("shown", ["find_user", " find_user ", "FIND_User\t"])
def test_a_type_matches_without_case_and_space(connector: ConnectorClient, shown: str) -> None:
    """It is answered as it came, but for the space."""
    answer = connector.ask(shown)
    assert (answer["type"], answer["errorCode"]) == (shown.strip(), 0)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("find", "find"),
        ("", ""),
        (None, ""),
        (5, ""),
        (["find_user"], ""),
        ("x" * 65, ""),
        ("a\0b", ""),
        ("\ud800", ""),
    ],
)
def test_an_unknown_type_is_told(connector: ConnectorClient, given: Any, shown: str) -> None:
    """With what can be shown of it."""
    answer = connector.ask("", type=given)
    assert answer == {
        "type": shown,
        "errorCode": Code.CreateTransactionFailed,
        "errorMessage": "There is no such type.",
    }


NO_OBJECTS = [
    (b"", NO_OBJECT),
    (b"{", NO_OBJECT),
    (b"[]", NO_OBJECT),
    (b"null", NO_OBJECT),
    (b"type=find_user", NO_OBJECT),
    (b'{"type": "\xff"}', NO_OBJECT),
    (b"{'type': 'find_user'}", NO_OBJECT),
    (b'{"type": "find_user",}', NO_OBJECT),
    (b'{"otp": NaN}', NO_OBJECT),
    (b'{"otp": ' + b"9" * 5000 + b"}", NO_OBJECT),
    (b'{"type": "find_user", "Type": "find_user"}', NAME_TWICE),
    (b"[" * 60_000, TOO_DEEP),
    (b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", TOO_DEEP),
]


@pytest.mark.parametrize(("body", "text"), NO_OBJECTS, ids=range(len(NO_OBJECTS)))
def test_what_is_no_json_object_is_400(connector: ConnectorClient, body: bytes, text: str) -> None:
    """In the same shape as all other answers, and recorded."""
    require_failure(connector.send(body), 400, text)
    event = connector.product.last_event()
    assert (event["surface"], event["operation"], event["reason"]) == ("connector", "unknown", "malformed_request")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_verbs_are_405(connector: ConnectorClient, method: str) -> None:
    """The answer says which are served."""
    answer = connector.send(b"", method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    if method != "HEAD":
        require_failure(answer, 405, "Requests are made with POST.")


def test_options_says_what_is_served(connector: ConnectorClient) -> None:
    """Without a body."""
    answer = connector.send(b"", "OPTIONS")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "POST, OPTIONS", b"")


def test_bodies_that_cannot_be_taken_are_refused(connector: ConnectorClient) -> None:
    """Too large, coded, or cut short."""
    require_failure(connector.send(b" " * (MAX_BODY_BYTES + 1)), 413, "The body is larger than 65536 bytes.")
    coded = connector.send(b"{}", headers={"Content-Encoding": "gzip"})
    require_failure(coded, 415, "The body must not have a content coding.")
    short = connector.send(b"{}", environ={"CONTENT_LENGTH": "6000"})
    require_failure(short, 400, "The body is shorter than announced, or its length cannot be read.")


@pytest.mark.parametrize("path", [PATH, PATH.lower(), PATH.upper()])
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/json"])
def test_path_and_media_type_do_not_matter(connector: ConnectorClient, path: str, content_type: str) -> None:
    """The path matches without case, as on IIS."""
    body = json.dumps({"type": "find_user", "username": "alice"} | connector.credentials()).encode()
    answer = connector.send(body, path=path, content_type=content_type)
    assert (answer.status, answer.json["errorCode"]) == (200, 0)


BAD_FIELDS: list[tuple[str, dict[str, Any], Code]] = [
    ("find_user", {"username": 5}, Code.InvalidPartnerUserLogin),
    ("find_user", {"username": "a" * 257}, Code.InvalidPartnerUserLogin),
    ("find_user", {"username": "a\0"}, Code.InvalidPartnerUserLogin),
    ("find_user", {"spAccountLoginName": 5}, Code.PartnerLoginFailed),
    ("find_user", {"spAccountLoginKey": ["x"]}, Code.PartnerLoginFailed),
    ("validate_oath_otp", {}, Code.BogusOTP),
    ("validate_oath_otp", {"otp": None}, Code.BogusOTP),
    ("validate_oath_otp", {"otp": True}, Code.BogusOTP),
    ("validate_oath_otp", {"otp": -1}, Code.BogusOTP),
    ("validate_oath_otp", {"otp": 1.5}, Code.BogusOTP),
    ("validate_oath_otp", {"otp": "1" * 65}, Code.BogusOTP),
    ("validate_oath_otp", {"otp": 10**64}, Code.BogusOTP),
    ("validate_oath_otp", {"otp": "1", "code": "1"}, Code.BogusOTP),
    ("validate_oath_otp", {"otp": "1", "psn": 5}, Code.BogusSerialNumber),
    ("sync_oath_device", {"otp1": "1", "psn": "H1"}, Code.BogusOTP),
    ("sync_oath_device", {"otp2": "1", "psn": "H1"}, Code.BogusOTP),
    ("sync_oath_device", {"otp1": 1, "otp2": 2}, Code.SerialNumberNotSpecified),
    ("send_oath_otp", {}, Code.SendOTPInvalidDeliveryMethod),
    ("send_oath_otp", {"deliveryMethod": "pigeon"}, Code.SendOTPInvalidDeliveryMethod),
    ("add_user", {"username": "bob", "email": 5}, Code.CreateTransactionFailed),
    ("add_user", {"username": "bob", "userStatus": 2}, Code.CreateTransactionFailed),
    ("delete_user", {"removeRelated": "perhaps"}, Code.CreateTransactionFailed),
    ("add_user", {"username": "bob", "firstName": "x" * 257}, Code.CreateTransactionFailed),
    ("add_user", {"username": "bob", "lastName": "\0"}, Code.CreateTransactionFailed),
    ("validate_user", {"noAuth": 2}, Code.CreateTransactionFailed),
    ("validate_user", {"noAuth": 1.0}, Code.CreateTransactionFailed),
    ("validate_user", {"pw": 5}, Code.CreateTransactionFailed),
    ("find_users", {"search": 5}, Code.CreateTransactionFailed),
    ("find_users", {"search": "x" * 257}, Code.CreateTransactionFailed),
    ("find_users", {"firstRow": -1}, Code.CreateTransactionFailed),
    ("find_users", {"maxRows": "many"}, Code.CreateTransactionFailed),
    ("assign_device", {}, Code.SerialNumberNotSpecified),
    ("assign_device", {"psn": "H1", "force": "perhaps"}, Code.CreateTransactionFailed),
    ("unassign_device", {"psn": 5}, Code.BogusSerialNumber),
    ("active_oath_device", {"otp1": "1", "psn": "H1"}, Code.BogusOTP),
    ("active_oath_device", {"otp2": "1", "psn": "H1"}, Code.BogusOTP),
    ("active_oath_device", {"otp1": 1, "otp2": 2}, Code.SerialNumberNotSpecified),
    ("get_oath_device_qrcode", {}, Code.DeviceNotSpecified),
    ("get_oath_device_qrcode", {"deviceId": "x" * 65}, Code.BogusUniqueDeviceId),
    ("get_oath_device_qrcode", {"deviceId": "H1", "accountName": 5}, Code.CreateTransactionFailed),
    ("provision_oath_device", {"physicalDeviceId": "phone"}, Code.DeviceNotSpecified),
    ("provision_oath_device", {"deviceId": "", "physicalDeviceId": "phone"}, Code.BogusUniqueDeviceId),
    ("provision_oath_device", {"deviceId": "H1"}, Code.BogusPhysicalDeviceId),
    ("provision_oath_device", {"deviceId": "H1", "physicalDeviceId": ""}, Code.BogusPhysicalDeviceId),
    ("provision_oath_device", {"deviceId": "H1", "physicalDeviceId": "x" * 257}, Code.BogusPhysicalDeviceId),
    ("is_session_token_valid", {"sessionTokenId": "x", "sessionTokenType": 2}, Code.SessionTokenCreationFailed),
]


@pytest.mark.parametrize(("name", "fields", "code"), BAD_FIELDS, ids=range(len(BAD_FIELDS)))
def test_a_field_that_holds_what_it_may_not_has_a_code(
    connector: ConnectorClient, name: str, fields: dict[str, Any], code: Code
) -> None:
    """The message names the field and its rule."""
    answer = connector.ask(name, **fields)
    assert answer["errorCode"] == code
    assert connector.product.last_event()["reason"] == "malformed_request"


def test_two_names_of_one_field_are_told(connector: ConnectorClient) -> None:
    """In the words of the field."""
    assert connector.ask("validate_oath_otp", otp="1", code="1")["errorMessage"] == "otp is given under two names."


COMPLETE = {
    "otp": "123456",
    "otp1": "123456",
    "otp2": "123456",
    "psn": "H1",
    "deviceId": "H1",
    "physicalDeviceId": "phone",
    "deliveryMethod": "sms",
    "sessionTokenId": "x",
    "authnUserReqId": "x",
    "response": "Yes",
    "OtpType": 0,
    "appId": "https://portal.example.org",
    "sessionId": "x",
    "securityKeyName": "blue key",
}


def complete(name: str) -> dict[str, Any]:
    """Return fields with which nothing is wrong but what a test adds."""
    more = {"deliveryMethod": "pushapp"} if name == "push_oath_otp" else {}
    return COMPLETE | more


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "account", [{"spAccountLoginName": ""}, {"spAccountLoginName": "x"}, {"spAccountLoginKey": ""}]
)
def test_a_wrong_account_is_refused_and_recorded(
    connector: ConnectorClient, name: str, account: dict[str, str]
) -> None:
    """Whatever the type."""
    answer = connector.ask(name, **complete(name) | account)
    assert answer["errorCode"] == Code.PartnerLoginFailed
    assert answer["errorMessage"] == "The account name or key is not valid."
    event = connector.product.last_event()
    assert (event["surface"], event["operation"], event["reason"]) == ("connector", name, "caller_not_authorized")


@pytest.mark.parametrize("name", ["", ACCOUNT, "first key"])
def test_an_api_key_is_no_account_key(connector: ConnectorClient, name: str) -> None:
    """Under whatever name; an account's name matches without case."""
    api_key = connector.product.api_key
    assert connector.code("find_user", spAccountLoginName=name, spAccountLoginKey=api_key) is Code.PartnerLoginFailed
    assert connector.code("find_user", spAccountLoginName=ACCOUNT.upper()) is Code.Success


@pytest.mark.parametrize("name", NAMES)
def test_an_address_outside_the_allow_list_is_refused(connector: ConnectorClient, name: str) -> None:
    """In words, and with the code of an account that may not log in."""
    product = connector.product
    product.core.tenant_register.allow_networks(product.operator(), product.tenant, ["203.0.113.0/24"])
    answer = connector.ask(name, **complete(name))
    assert answer["errorCode"] == Code.PartnerLoginFailed
    assert answer["errorMessage"] == "The calling address is not allowed."


VALIDATING = {
    *("validate_oath_otp", "is_session_token_valid", "push_oath_otp", "push_status", "validate_user"),
    *("pre_sign", "sign"),
}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in VALIDATING])
def test_an_account_that_may_only_validate_does_not_administer(connector: ConnectorClient, name: str) -> None:
    """It is told so, whether there is such a user or not."""
    connector.may_only(Scope.VALIDATE)
    for user in ("alice", "nobody"):
        answer = connector.ask(name, user, **complete(name))
        assert answer["errorCode"] == Code.PartnerUserLoginFailedNotAdmin
        assert answer["errorMessage"] == "The account may not be used for this type."


def test_an_account_that_may_only_validate_does_not_learn_who_is_a_user(connector: ConnectorClient) -> None:
    """An unknown user, one without a device, a locked one and a wrong password look alike."""
    product = connector.product
    connector.may_only(Scope.VALIDATE)
    product.add_user("bob")
    product.add_device("alice", "H1")
    answers = [connector.ask("validate_oath_otp", user, otp="000000") for user in ("nobody", "bob", *["alice"] * 12)]
    assert answers == [answers[0]] * 14
    assert answers[0]["errorCode"] == Code.OTPInvalid
    pushes = [connector.ask("push_oath_otp", user) for user in ("nobody", "bob", "alice")]
    assert pushes == [pushes[0]] * 3
    assert pushes[0]["errorCode"] == Code.PartnerUserLoginFailed
    users = [connector.ask("validate_user", user, pw="wrong") for user in ("nobody", "bob", "alice")]
    assert users == [users[0]] * 3
    assert users[0]["errorCode"] == Code.PartnerUserLoginFailed
    tokens = [connector.ask("is_session_token_valid", user, sessionTokenId="x") for user in ("nobody", "bob", "alice")]
    assert tokens == [tokens[0]] * 3


def test_a_message_repeats_nothing_of_the_request(connector: ConnectorClient) -> None:
    """Neither password nor serial nor name nor token, whatever is refused."""
    product = connector.product
    product.add_device("alice", "SERIAL-77", DeviceKind.AUTHENTICATOR)
    secrets = {
        "otp": "424242",
        "otp1": "424242",
        "otp2": "424242",
        "pw": "424242",
        "psn": "SERIAL-77",
        "deviceId": "SERIAL-77",
        "physicalDeviceId": "424242",
        "search": "424242",
        "firstRow": "424242x",
        "maxRows": "424242",
        "force": "424242",
        "noAuth": "424242",
        "deviceType": "424242",
        "sessionTokenId": "424242",
        "authnUserReqId": "424242",
        "response": "424242",
        "deliveryMethod": "424242",
        "mobile": "424242x",
        "email": "424242",
        "secretKeyHex": "424242",
        "userStatus": "424242",
    }
    for name in TYPES_BY_NAME:
        for fields in (secrets, {"otp": "424242", "psn": "SERIAL-77"}, {"sessionTokenId": "424242"}):
            for user in ("alice", "nobody-77"):
                message = connector.ask(name, user, **fields)["errorMessage"]
                assert not any(secret in message for secret in ("424242", "SERIAL-77", "nobody-77", "alice")), message


def test_no_secret_is_kept_or_logged(connector: ConnectorClient, caplog: pytest.LogCaptureFixture) -> None:
    """Neither right nor wrong ones, in whatever field they came: not in the log, the trail or the database."""
    caplog.set_level(logging.DEBUG)
    new = connector.done("add_oath_account", "bob", OtpType=0, pw="CANARY long password", mobile="+12125550100")
    seed = bytes.fromhex(new["secretKeyHex"])
    token = connector.done("create_session_token", "bob")["sessionTokenId"]
    connector.done("send_oath_otp", "bob", deliveryMethod="sms")
    (sent,) = re.findall(r"\b[0-9]{9}\b", connector.courier.sent[0].body)
    otp = code_at(seed, 0, digits=6)
    for code in (otp, sent, int(sent), "CANARYWRONG"):
        connector.ask("validate_oath_otp", "bob", otp=code)
    connector.done("is_session_token_valid", "", sessionTokenId=token)
    fields = {*FIELD_CODES, "pw", "email", "mobile"} - {"username", "psn", *connector.credentials()}
    for name in TYPES_BY_NAME:
        connector.ask(name, "bob", psn="none", **dict.fromkeys(fields, "CANARYWRONG"))
        for field in fields:
            connector.ask(name, "bob", **{"psn": "none", field: "CANARYWRONG"})
    connector.send(b'{"type": "CANARYWRONG", "otp": "CANARYWRONG"')
    folder = connector.product.settings.data_dir
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()) + caplog.text.encode()
    texts = (seed.hex(), seed.hex().upper(), token, sent, connector.account_key, "CANARY long password", "CANARYWRONG")
    assert [text for text in texts if text.encode() in kept] == []
    assert seed not in kept


@pytest.mark.parametrize("body", [b"{", b'{"type": "find_user"}'])
def test_a_refusal_that_cannot_be_recorded_is_unavailable(connector: ConnectorClient, body: bytes) -> None:
    """Every call leaves its event, or is not answered."""

    class Full:
        @contextmanager
        def recorded(self, call: Call) -> Iterator[Call]:
            yield from ()
            raise UnavailableError("the disk is full")

    core = replace(connector.product.core, refusals=Full())  # type: ignore[arg-type]
    answer = call(ConnectorApplication(core), "POST", PATH, body=body)
    assert (answer.status, answer.json["errorCode"]) == (200, Code.DatabaseError)
    assert answer.json["errorMessage"] == "The service is temporarily unavailable."


def test_a_defect_is_500_and_logged_without_its_text(
    connector: ConnectorClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The text may hold what a caller sent; class and place are enough to find it."""

    class Broken:
        def verify(self, *_: object, **__: object) -> None:
            raise ZeroDivisionError("424242 secret")

    core = replace(connector.product.core, otp=Broken())  # type: ignore[arg-type]
    body = json.dumps({"type": "validate_oath_otp", "otp": "424242"} | connector.credentials()).encode()
    with caplog.at_level(logging.ERROR):
        answer = call(ConnectorApplication(core), "POST", PATH, body=body)
    assert answer.status == 500
    assert answer.json == {
        "type": "validate_oath_otp",
        "errorCode": Code.SystemTrace,
        "errorMessage": "Internal error.",
    }
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text
