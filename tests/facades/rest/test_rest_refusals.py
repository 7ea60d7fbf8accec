"""Requests that are refused before anything is decided: which answer each gets, and that nothing of it is repeated."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.facades.rest.client import PATH, RestClient
from tests.facades.soap.wire import Answer, call
from validate_service.core.errors import (
    CallerNotAuthorizedError,
    RateLimitedError,
    UnavailableError,
    ValidateError,
    concrete_errors,
)
from validate_service.core.model import Scope
from validate_service.facades.declarations.json_object import DEEPEST, NAME_TWICE, NO_OBJECT, TOO_DEEP
from validate_service.facades.http.requests import MAX_BODY_BYTES
from validate_service.facades.rest.answers import STATUSES, failure_of
from validate_service.facades.rest.contract import CALLS

NAMES = [call.name for call in CALLS]
STRICT = [call.name for call in CALLS if not call.takes_any_body]


def require_failure(answer: Answer, status: int, text: str) -> None:
    """Require the one shape of every failure."""
    assert (answer.status, answer.json) == (status, {"status": "failure", "Result": text})
    assert answer.content_type == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


NO_OBJECTS = [
    (b"", NO_OBJECT),
    (b" ", NO_OBJECT),
    (b"{", NO_OBJECT),
    (b"[]", NO_OBJECT),
    (b"null", NO_OBJECT),
    (b'"text"', NO_OBJECT),
    (b"{}{}", NO_OBJECT),
    (b"userName=alice&apiKey=k", NO_OBJECT),
    (b"<xml/>", NO_OBJECT),
    (b'{"userName": "\xff"}', NO_OBJECT),
    (b'{"userName": "\xed\xa0\x80"}', NO_OBJECT),
    ('{"userName": "alice"}'.encode("utf-16"), NO_OBJECT),
    (b"{'userName': 'alice'}", NO_OBJECT),
    (b'{"userName": "a\nb"}', NO_OBJECT),
    (b'{"n": NaN}', NO_OBJECT),
    (b'{"n": -Infinity}', NO_OBJECT),
    (b'{"n": ' + b"9" * 5000 + b"}", NO_OBJECT),
    (b'{"userName": "a", "userName": "b"}', NAME_TWICE),
    (b'{"userName": "a", "USERNAME": "a"}', NAME_TWICE),
    (b'{"more": [{"a": 1, "A": 2}]}', NAME_TWICE),
    (b"[" * 60_000, TOO_DEEP),
    (b'{"a":' * 10_000, TOO_DEEP),
    (b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", TOO_DEEP),
]


@pytest.mark.parametrize(("body", "text"), NO_OBJECTS, ids=range(len(NO_OBJECTS)))
@pytest.mark.parametrize("name", STRICT)
def test_a_body_that_is_no_good_object_is_400(rest: RestClient, name: str, body: bytes, text: str) -> None:
    """Whatever the call, and whether the rest of it would be right."""
    require_failure(rest.send(name, body), 400, text)


TEXTS: list[tuple[Any, str]] = [
    (5, "userName must be text."),
    (True, "userName must be text."),
    (["alice"], "userName must be text."),
    ({"a": "alice"}, "userName must be text."),
    (None, "userName is missing."),
    ("a" * 257, "userName is longer than 256 characters."),
    ("a\0b", "userName holds a character that is not allowed."),
    ("\ud800", "userName holds a character that is not allowed."),
    ("ß" * 200, "username or domain is longer than 256 characters."),
]


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("name", ["AddUser", "DeleteUser", "UserExists", "SendMobileProvision"])
def test_a_text_that_is_none_is_400(rest: RestClient, name: str, value: Any, text: str) -> None:
    """The answer names the field and the rule, never the value."""
    require_failure(rest.call(name, {"userName": value}), 400, text)


@pytest.mark.parametrize(
    ("name", "fields", "text"),
    [
        ("AddUser", {"carrier": "c" * 65}, "carrier is longer than 64 characters."),
        ("AddUser", {"email": 5}, "email must be text."),
        ("AddUser", {"phone": 491711234567}, "phone must be text."),
        ("UpdateUser", {"userID": "one"}, "userID must be a whole number from 0 to 999999999999999."),
        ("UpdateUser", {"userID": -1}, "userID must be a whole number from 0 to 999999999999999."),
        ("UpdateUser", {"userID": 1.5}, "userID must be a whole number from 0 to 999999999999999."),
        ("UpdateUser", {"userID": True}, "userID must be a whole number from 0 to 999999999999999."),
        ("UpdateUser", {"userID": 10**15}, "userID must be a whole number from 0 to 999999999999999."),
        ("UpdateUser", {"userID": "\u0661"}, "userID must be a whole number from 0 to 999999999999999."),
        ("SetUserPassword", {}, "pwd is missing."),
        ("SetUserPassword", {"pwd": "p" * 1025}, "pwd is longer than 1024 characters."),
        ("SetUserPin", {"pin": 2580}, "pin must be text."),
        ("SetUserPin", {"pin": "2580", "forceChange": "yes"}, "forceChange must be true or false."),
        ("SetUserPin", {"pin": "2580", "forceChange": 1}, "forceChange must be true or false."),
        ("SetUserPin", {"pin": "2580", "forceChange": "true "}, "forceChange must be true or false."),
        ("GenerateAuthCode", {"timeout": "soon"}, "timeout must be a whole number from 0 to 999999999."),
        ("GenerateAuthCode", {"timeout": ""}, "timeout must be a whole number from 0 to 999999999."),
        ("GenerateAuthCode", {"timeout": "6\n"}, "timeout must be a whole number from 0 to 999999999."),
        ("GenerateAuthCode", {"codeLength": [6]}, "codeLength must be a whole number from 0 to 999999999."),
        ("GenerateAuthCode", {"send": "perhaps"}, "send must be true or false."),
        ("CreateAPIkey", {"apiKey": "12345678"}, "fqdn is missing."),
        ("CreateAPIkey", {"fqdn": "x", "apiKey": None}, "apiKey is missing."),
        (
            "CreateAPIkey",
            {"fqdn": "x", "apiKey": "12345678", "scopes": "everything"},
            "scopes must name scopes with a space between: validate, encrypt, decrypt, administer.",
        ),
    ],
)
def test_a_field_that_holds_what_it_may_not_is_400(
    rest: RestClient, name: str, fields: dict[str, Any], text: str
) -> None:
    """Each kind of field has one sentence."""
    require_failure(rest.call(name, {"userName": "alice"} | fields), 400, text)


def test_a_whole_number_may_have_a_point(rest: RestClient) -> None:
    """To JSON 8.0 and 8 are one number."""
    code = rest.result("GenerateAuthCode", **rest.add_user(), codeLength=8.0)
    assert len(code) == 8


def test_a_byte_order_mark_is_skipped(rest: RestClient) -> None:
    """PowerShell writes one."""
    body = b"\xef\xbb\xbf" + json.dumps(rest.add_user() | {"apiKey": rest.product.api_key}).encode()
    assert rest.send("UserExists", body).json["Result"] == "1"


def test_unknown_fields_are_ignored(rest: RestClient) -> None:
    """Whatever they hold."""
    more = {"more": {"a": [1, None, {"b": "\ud800"}]}, "": 1, "N": 1e300}
    assert rest.result("UserExists", **rest.add_user(), **more) == "1"


def test_brackets_in_text_do_not_count_as_depth(rest: RestClient) -> None:
    """A password may hold what it likes."""
    assert rest.result("SetUserPassword", **rest.add_user(), pwd="[{" * 40 + "a password").endswith("Successfully")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"])
def test_other_verbs_are_405(rest: RestClient, name: str, method: str) -> None:
    """The answer says which are served."""
    answer = rest.send(name, b"", method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert bool(answer.body) == (method != "HEAD")


def test_options_says_what_is_served(rest: RestClient) -> None:
    """Without a body."""
    answer = rest.send("UserExists", b"", "OPTIONS")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "POST, OPTIONS", b"")


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", ["", "/", "/Nope", "/UserExists/", "/UserExists/x", "/AddUser;x", "/\xc3\xa9"])
def test_an_unknown_call_is_404(rest: RestClient, method: str, path: str) -> None:
    """Whatever the verb."""
    require_failure(call(rest.application, method, PATH + path), 404, "There is no such call.")


def test_a_body_over_the_limit_is_413(rest: RestClient) -> None:
    """A body of exactly the limit is read."""
    body = json.dumps(rest.add_user() | {"apiKey": rest.product.api_key}).encode()
    assert rest.send("UserExists", body.ljust(MAX_BODY_BYTES)).status == 200
    require_failure(
        rest.send("UserExists", body.ljust(MAX_BODY_BYTES + 1)), 413, "The body is larger than 65536 bytes."
    )


def test_a_content_coding_is_415(rest: RestClient) -> None:
    """A few bytes could become gigabytes."""
    answer = rest.call("UserExists", headers={"Content-Encoding": "gzip"})
    require_failure(answer, 415, "The body must not have a content coding.")


def test_a_body_shorter_than_announced_is_400(rest: RestClient) -> None:
    """Nothing is decided on half a request."""
    answer = rest.call("UserExists", environ={"CONTENT_LENGTH": "6000"})
    require_failure(answer, 400, "The body is shorter than announced, or its length cannot be read.")


BY_KEY = [call.name for call in CALLS if call.name not in {"CreateAPIkey", "getbrandinginfo"}]
COMPLETE = {"userName": "alice", "domainName": "CORP", "pwd": "correct horse battery", "pin": "2580"}


@pytest.mark.parametrize("name", BY_KEY)
@pytest.mark.parametrize("key", ["", None, "wrong", "k" * 256])
def test_a_missing_or_wrong_key_is_401(rest: RestClient, name: str, key: str | None) -> None:
    """One text for both, and a challenge, which HTTP demands of a 401."""
    answer = rest.call(name, COMPLETE | {"apiKey": key})
    require_failure(answer, 401, "The API key is not valid.")
    assert answer.headers["www-authenticate"] == 'ApiKey realm="restservice.svc"'


@pytest.mark.parametrize("name", BY_KEY)
def test_a_revoked_key_is_401(rest: RestClient, name: str) -> None:
    """From the next call on."""
    product = rest.product
    uid, key = product.core.api_key_register.issue(product.operator(), product.tenant.id, "x", frozenset(Scope))
    assert rest.call(name, COMPLETE | {"apiKey": key}).status == 200
    product.core.api_key_register.revoke(product.operator(), product.tenant.id, uid)
    require_failure(rest.call(name, COMPLETE | {"apiKey": key}), 401, "The API key is not valid.")


@pytest.mark.parametrize("name", BY_KEY)
def test_a_key_for_other_calls_is_403(rest: RestClient, name: str) -> None:
    """All calls of this surface administer."""
    product = rest.product
    scopes = frozenset(Scope) - {Scope.ADMINISTER}
    _, key = product.core.api_key_register.issue(product.operator(), product.tenant.id, "x", scopes)
    answer = rest.call(name, COMPLETE | {"apiKey": key})
    require_failure(answer, 403, "The API key may not be used for this call.")


@pytest.mark.parametrize("name", [*BY_KEY, "getbrandinginfo"])
def test_an_address_outside_the_allow_list_is_403(rest: RestClient, name: str) -> None:
    """From the next call on, for every call with the tenant's key."""
    product = rest.product
    product.core.tenant_register.allow_networks(product.operator(), product.tenant, ["203.0.113.0/24"])
    require_failure(rest.call(name, COMPLETE), 403, "The calling address is not allowed.")
    assert rest.call(name, COMPLETE, environ={"REMOTE_ADDR": "203.0.113.5"}).status == 200


@pytest.mark.parametrize(
    ("body", "reason"), [(b"[]", "malformed_request"), (b'{"userName": "alice"}', "caller_not_authorized")]
)
def test_refused_calls_are_recorded(rest: RestClient, body: bytes, reason: str) -> None:
    """Also those that could not be read."""
    rest.send("UserExists", body)
    event = rest.product.last_event()
    assert (event["surface"], event["operation"], event["reason"]) == ("rest", "UserExists", reason)


def test_every_error_has_a_status() -> None:
    """A new error without one would be answered 500."""
    assert set(STATUSES) == concrete_errors()


@pytest.mark.parametrize("kind", [CallerNotAuthorizedError, UnavailableError])
def test_what_a_caller_reads_never_holds_the_detail(
    kind: Callable[[str], ValidateError], caplog: pytest.LogCaptureFixture
) -> None:
    """An operator reads of the unavailable part in the log."""
    answer = failure_of(kind("the disk is full"), "x")
    assert b"disk" not in answer.body
    assert ("disk" in caplog.text) == (kind is UnavailableError)


def test_a_rate_limit_says_when_to_come_back() -> None:
    """In whole seconds."""
    assert ("Retry-After", "7") in failure_of(RateLimitedError(7), "x").headers


def test_a_defect_is_500_and_logged_without_its_text(rest: RestClient, caplog: pytest.LogCaptureFixture) -> None:
    """The text may hold what a caller sent; class and place are enough to find it."""

    class Broken:
        def add(self, *_: object) -> int:
            raise ZeroDivisionError("2580 secret")

    core = rest.application._core
    rest.application._core = replace(core, user_register=Broken())  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR):
        answer = rest.call("AddUser", {"userName": "alice"})
    require_failure(answer, 500, "Internal error.")
    assert "ZeroDivisionError" in caplog.text
    assert "test_rest_refusals.py" in caplog.text
    assert "secret" not in caplog.text
