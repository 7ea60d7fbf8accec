"""The ten calls: what they answer, and what they change."""

import re
from typing import Any

import pytest

from tests.facades.rest.client import PATH, PUBLIC_URL, RestClient
from tests.facades.soap.wire import call
from tests.product import Product
from tests.world import FakeClock
from validate_service.core.branding import BrandingChange
from validate_service.core.errors import DeliveryError, UnavailableError
from validate_service.core.model import Factor, Profile, Role, Scope
from validate_service.facades.rest.contract import CALLS

GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
PROFILE = {
    "email": "alice@corp.example",
    "language": "Deutsch [German]",
    "authSet": "",
    "roles": "User,Admin",
    "carrier": "Verizon",
    "phone": "+49 171 1234567",
}


def profile_of(product: Product, user: str) -> Profile:
    return product.core.user_register.profile(product.operator(user), product.tenant)


def test_there_are_ten_calls() -> None:
    """Neither more nor fewer than the source has."""
    assert len({call.name.lower() for call in CALLS}) == 10


def test_add_user_saves_the_whole_profile(rest: RestClient) -> None:
    """The result names the user as the caller spelled it."""
    assert rest.result("AddUser", userName="Alice", domainName="CORP", **PROFILE) == "Alice Saved successfully"
    found = profile_of(rest.product, r"CORP\alice")
    assert (found.email, found.phone, found.carrier) == ("alice@corp.example", "+491711234567", "Verizon")
    assert (found.language, found.roles) == ("de", (Role.USER, Role.ADMIN))


@pytest.mark.parametrize("user_name", [r"CORP\alice", "alice@corp"])
def test_a_domain_in_the_user_name_is_split_off(rest: RestClient, user_name: str) -> None:
    """With an empty domain both spellings mean CORP and alice."""
    assert rest.result("AddUser", userName=user_name, domainName="") == "alice Saved successfully"
    assert rest.result("UserExists", userName="ALICE", domainName="Corp") == "1"


def test_a_user_that_exists_is_not_added_again(rest: RestClient) -> None:
    """In whatever case it is spelled; the profile stays."""
    rest.add_user(email="first@corp.example")
    assert "already" in rest.failure("AddUser", userName="ALICE", domainName="corp", email="second@corp.example")
    assert profile_of(rest.product, r"CORP\alice").email == "first@corp.example"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"authSet": "no such set"}, "There is no authentication set of this name."),
        ({"phone": "12"}, "phone must have 6 to 15 digits"),
        ({"email": "alice"}, "email is not an e-mail address."),
        ({"roles": "king"}, "roles must be one of"),
        ({"language": "12"}, "language must be"),
        ({"userName": ""}, "The user name is empty."),
    ],
)
def test_nothing_is_half_saved(rest: RestClient, fields: dict[str, str], reason: str) -> None:
    """A user with one unacceptable field is no user at all, and the answer says which field."""
    given = {"userName": "alice", "domainName": "CORP", "email": "alice@corp.example"} | fields
    assert reason in rest.failure("AddUser", **given)
    assert "There is no user" in rest.failure("UserExists", userName="alice", domainName="CORP")


def test_update_user_by_name_changes_what_is_given(rest: RestClient) -> None:
    """What is missing or null stays; an empty e-mail, phone or carrier is taken away; other empty fields stay."""
    who = rest.add_user(**PROFILE)
    assert rest.result("UpdateUser", **who, phone="", email=None, language="", roles="", authSet="") == "success"
    found = profile_of(rest.product, r"CORP\alice")
    assert (found.email, found.phone, found.carrier) == ("alice@corp.example", "", "Verizon")
    assert (found.language, found.roles) == ("de", (Role.USER, Role.ADMIN))


@pytest.mark.parametrize("as_text", [False, True])
def test_update_user_by_number(rest: RestClient, as_text: bool) -> None:
    """The number may be a number or digits."""
    number = rest.result("UserExists", **rest.add_user())
    assert rest.result("UpdateUser", userID=number if as_text else int(number), email="new@corp.example") == "success"
    assert profile_of(rest.product, r"CORP\alice").email == "new@corp.example"


def test_update_user_gives_an_authentication_set(rest: RestClient) -> None:
    """The set is found by its name, and the user has it."""
    product = rest.product
    product.core.auth_set_register.add(product.operator(), product.tenant, "Card only", frozenset({Factor.CARD}))
    who = rest.add_user()
    rest.result("UpdateUser", **who, authSet="card only")
    assert product.core.user_register.get(product.operator(r"CORP\alice"), product.tenant).factors == {Factor.CARD}


def test_update_user_sets_the_state(rest: RestClient) -> None:
    """A disabled user stays one until it is enabled."""
    who = rest.add_user()
    states = []
    for state in ("Disabled", "Enabled"):
        rest.result("UpdateUser", **who, state=state)
        states.append(rest.product.core.user_register.get(rest.product.operator(r"CORP\alice"), rest.product.tenant))
    assert [user.enabled for user in states] == [False, True]


def test_update_of_nobody_is_a_failure(rest: RestClient) -> None:
    """Whether the user is named by name or by number."""
    assert "There is no user" in rest.failure("UpdateUser", userName="bob", domainName="CORP", email="b@corp.example")
    assert "There is no user" in rest.failure("UpdateUser", userID="159", email="b@corp.example")


def test_delete_user(rest: RestClient) -> None:
    """The result spells the name as the caller did; afterwards there is no such user."""
    rest.add_user()
    deleted = rest.result("DeleteUser", userName="ALICE", domainName="Corp")
    assert deleted == r"User Corp\ALICE Deleted Successfully"
    assert rest.failure("DeleteUser", userName="ALICE", domainName="Corp") == r"There is no user Corp\ALICE."


def test_a_result_about_a_user_without_domain_keeps_the_backslash(rest: RestClient) -> None:
    """The source prints domain, backslash and name, whatever the domain is."""
    rest.add_user("alice", "")
    assert rest.result("DeleteUser", userName="alice") == r"User \alice Deleted Successfully"


def test_user_exists_answers_the_number_as_text(rest: RestClient) -> None:
    """The same number at every call; a user of another tenant does not exist."""
    who = rest.add_user()
    other = RestClient(rest.product.of_tenant("other"))
    assert rest.result("UserExists", **who) == rest.result("UserExists", **who) == "1"
    assert other.failure("UserExists", **who) == r"There is no user CORP\alice."


def test_set_user_password(rest: RestClient) -> None:
    """A password that breaks the policy is refused with the rule's name."""
    who = rest.add_user()
    result = rest.result("SetUserPassword", **who, pwd="correct horse battery staple")
    assert result == r"User CORP\alice Password Updated Successfully"
    assert rest.failure("SetUserPassword", **who, pwd="short").startswith("The password must have at least")


@pytest.mark.parametrize("force_change", [True, "true", "TRUE", False, "False", None])
def test_set_user_pin(rest: RestClient, force_change: Any) -> None:
    """forceChange may be a boolean or its name, or missing."""
    who = rest.add_user()
    result = rest.result("SetUserPin", **who, pin="2580", forceChange=force_change)
    assert result == r"User CORP\alice Pin Updated Successfully"


def test_a_pin_against_the_policy_is_refused(rest: RestClient) -> None:
    """The answer names the rule."""
    who = rest.add_user()
    assert rest.failure("SetUserPIN", **who, pin="1111").startswith("The PIN may repeat a character at most")


@pytest.mark.parametrize(
    ("fields", "digits"),
    [({}, 6), ({"codeLength": 12}, 12), ({"codeLength": "8", "timeout": "60", "send": "false"}, 8)],
)
def test_generate_auth_code(rest: RestClient, fields: dict[str, Any], digits: int) -> None:
    """The result is the code; it is not sent unless that is asked for."""
    code = rest.result("GenerateAuthCode", **rest.add_user(email="alice@corp.example"), **fields)
    assert re.fullmatch(f"[0-9]{{{digits}}}", code)
    assert rest.courier.sent == []


def test_an_auth_code_lives_ten_minutes_unless_told_otherwise(rest: RestClient, clock: FakeClock) -> None:
    """A code is good a second before its timeout, and not after."""
    product, who = rest.product, rest.add_user()
    accepted = []
    for fields, seconds in (({}, 599), ({}, 601), ({"timeout": "30"}, 29), ({"timeout": 30}, 31)):
        clock.advance(3600)
        code = rest.result("GenerateAuthCode", **who, **fields)
        clock.advance(seconds)
        accepted.append(product.core.auth_codes.verify(product.call(r"CORP\alice"), code).accepted)
    assert accepted == [True, False, True, False]


@pytest.mark.parametrize("fields", [{"codeLength": 5}, {"codeLength": "13"}, {"timeout": 0}, {"timeout": 86_401}])
def test_a_code_of_impossible_length_or_life_is_refused(rest: RestClient, fields: dict[str, Any]) -> None:
    """The answer says which numbers are possible."""
    assert " must be from " in rest.failure("GenerateAuthCode", **rest.add_user(), **fields)


def test_a_code_that_is_sent_is_the_code_that_is_answered(rest: RestClient) -> None:
    """It goes to the user's address."""
    code = rest.result("GenerateAuthCode", **rest.add_user(email="alice@corp.example"), send="true")
    (message,) = rest.courier.sent
    assert message.recipient == "alice@corp.example"
    assert code in message.body


def test_a_code_for_a_user_without_address_is_a_failure(rest: RestClient) -> None:
    """A code that cannot be sent is not answered either."""
    assert "No message can reach the user" in rest.failure("GenerateAuthCode", **rest.add_user(), send=True)


def test_a_refused_delivery_is_a_failure_that_tells_no_detail(rest: RestClient) -> None:
    """What the mail server said is for our log."""
    who = rest.add_user(email="alice@corp.example")
    rest.courier.failure = DeliveryError("the server said 550")
    assert rest.failure("GenerateAuthCode", **who, send=True) == "The message could not be delivered."
    assert rest.failure("SendMobileProvision", **who) == "The message could not be delivered."


def test_a_full_post_office_is_503(rest: RestClient) -> None:
    """The request may be repeated: nothing was wrong with it."""
    who = rest.add_user(email="alice@corp.example")
    rest.courier.failure = UnavailableError("as many messages are on their way as there are places")
    answer = rest.call("GenerateAuthCode", who | {"send": True})
    assert (answer.status, answer.json["Result"]) == (503, "The service is temporarily unavailable.")


def test_too_many_codes_are_429_with_the_time_to_wait(rest: RestClient, clock: FakeClock) -> None:
    """After that time the next code is issued."""
    who = rest.add_user()
    answers = [rest.call("GenerateAuthCode", who) for _ in range(10)]
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.json == {"status": "failure", "Result": "Too many requests. Try again later."}
    clock.advance(int(refused.headers["retry-after"]))
    assert rest.call("GenerateAuthCode", who).status == 200


@pytest.mark.parametrize("name", ["SendMobileProvision", "SetMobileProvision", "sendmobileprovision"])
def test_send_mobile_provision_sends_a_link(rest: RestClient, name: str) -> None:
    """The result is the user's number; the link leads to our own page."""
    who = rest.add_user(email="alice@corp.example")
    assert rest.result(name, **who) == rest.result("UserExists", **who)
    (message,) = rest.courier.sent
    assert message.link.startswith(f"{PUBLIC_URL}/pingme/#enrol=")
    assert message.link in message.body


def test_create_api_key_registers_the_key(rest: RestClient) -> None:
    """The result is a GUID, and the key is good from the next call on, but not for decryption."""
    answer = rest.send("CreateAPIkey", b'{"fqdn":"test123","apiKey":"12345678"}')
    assert answer.json["status"] == "success"
    assert GUID.fullmatch(answer.json["Result"])
    (key,) = [
        key for key in rest.product.core.api_key_register.listing(rest.product.tenant.id) if key.name == "test123"
    ]
    assert (key.id, key.scopes) == (answer.json["Result"], frozenset(Scope) - {Scope.DECRYPT})
    assert rest.call("AddUser", {"apiKey": "12345678", "userName": "bob"}).status == 200


def test_create_api_key_with_scopes(rest: RestClient) -> None:
    """A key may be narrowed; then other calls are refused."""
    rest.result("CreateAPIkey", fqdn="portal", apiKey="only-validates", scopes="validate encrypt")
    answer = rest.call("UserExists", {"apiKey": "only-validates", "userName": "bob"})
    assert (answer.status, answer.json["Result"]) == (403, "The API key may not be used for this call.")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"fqdn": "portal", "apiKey": "1234567"}, "The API key must have at least 8 characters."),
        ({"fqdn": "portal", "apiKey": "registered already"}, "This API key exists already."),
        ({"fqdn": " ", "apiKey": "12345678"}, "fqdn is missing."),
    ],
)
def test_a_key_that_cannot_be_registered(rest: RestClient, fields: dict[str, str], reason: str) -> None:
    """Too short, registered before, or nobody's."""
    rest.result("CreateAPIkey", fqdn="portal", apiKey="registered already")
    assert rest.failure("CreateAPIkey", **fields) == reason


REMOTE = {"REMOTE_ADDR": "192.0.2.1"}


@pytest.mark.parametrize(
    "environ",
    [
        REMOTE,
        {"HTTP_X_FORWARDED_FOR": "192.0.2.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"REMOTE_ADDR": ""},
    ],
)
def test_without_a_key_only_the_administration_networks_register_keys(
    rest: RestClient, environ: dict[str, str]
) -> None:
    """A proxy on this machine does not make the internet local."""
    answer = rest.send("CreateAPIkey", b'{"fqdn":"test123","apiKey":"12345678"}', environ=environ)
    assert (answer.status, answer.json["Result"]) == (403, "The calling address is not allowed.")


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
def test_a_web_page_registers_no_key_from_an_administrators_browser(rest: RestClient, header: str) -> None:
    """It would call from the administrator's address; with a key it may call as anybody may."""
    fields = {"fqdn": "evil.example", "apiKey": "12345678"}
    refused = rest.call("CreateAPIkey", fields, headers={header: "null"}, content_type="text/plain")
    assert refused.status == 403
    authorization = {"Authorization": f"Bearer {rest.product.api_key}"}
    assert rest.call("CreateAPIkey", fields, headers={header: "null"} | authorization).status == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_an_administrator_registers_keys_from_anywhere(rest: RestClient, scheme: str) -> None:
    """With an administrator's key as a bearer token."""
    headers = {"Authorization": f"{scheme} {rest.product.api_key}"}
    answer = rest.call("CreateAPIkey", {"fqdn": "x", "apiKey": "12345678"}, headers=headers, environ=REMOTE)
    assert (answer.status, answer.json["status"]) == (200, "success")


def test_a_key_is_registered_for_the_tenant_of_the_administrator(rest: RestClient) -> None:
    """Never for another."""
    other = rest.product.of_tenant("other")
    headers = {"Authorization": f"Bearer {other.api_key}"}
    rest.call("CreateAPIkey", {"fqdn": "x", "apiKey": "12345678"}, headers=headers)
    names = [key.name for key in other.core.api_key_register.listing(other.tenant.id)]
    assert names == ["key of other", "x"]


@pytest.mark.parametrize("environ", [{}, REMOTE])
def test_a_wrong_bearer_token_is_refused_everywhere(rest: RestClient, environ: dict[str, str]) -> None:
    """Also inside the administration networks; the answer names the scheme."""
    headers = {"Authorization": "Bearer wrong"}
    answer = rest.call("CreateAPIkey", {"fqdn": "x", "apiKey": "12345678"}, headers=headers, environ=environ)
    assert (answer.status, answer.json["Result"]) == (401, "The API key is not valid.")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_a_key_for_other_calls_registers_no_keys(rest: RestClient) -> None:
    """Who validates does not administer."""
    rest.result("CreateAPIkey", fqdn="portal", apiKey="only-validates", scopes="validate")
    headers = {"Authorization": "Bearer only-validates"}
    assert rest.call("CreateAPIkey", {"fqdn": "x", "apiKey": "12345678"}, headers=headers).status == 403


BODIES = [b"", b"null", b"[]", b"<xml/>", b"\xff\xfe", b'{"apiKey": 5}', b'{"a": 1, "A": 2}', b'{"username": ["x"]}']


@pytest.mark.parametrize("body", BODIES)
def test_branding_is_answered_to_any_post(rest: RestClient, body: bytes) -> None:
    """The names and their order are the source's; the answer is that of the first tenant."""
    answer = rest.send("getbrandinginfo", body)
    assert answer.status == 200
    assert list(answer.json) == [
        *("status", "Result", "Color", "Email", "EmailEnabled", "LogoPath"),
        *("PhoneEnabled", "PhoneNumber", "SplashColor", "SplashPath", "Timestamp"),
    ]
    assert answer.json["EmailEnabled"] is False
    assert answer.json["Timestamp"] == "1970-01-01T00:00:00"


def test_branding_is_that_of_the_key(rest: RestClient, clock: FakeClock) -> None:
    """Two tenants have two faces; a picture's path changes when the picture does."""
    other = rest.product.of_tenant("other")
    change = BrandingChange("#e80000", "#fffef8", "help@other.example", "+1 212 555 0100", PNG)
    other.core.branding_desk.set(other.operator(), other.tenant, change)
    answer = RestClient(other).call("GetBrandingInfo", {"username": "alice", "domainName": "CORP"})
    assert answer.json == {
        "status": "Success",
        "Result": "Success",
        "Color": "#e80000",
        "Email": "help@other.example",
        "EmailEnabled": True,
        "LogoPath": f"/branding/{other.tenant.uid}/logo?v={clock.now()}",
        "PhoneEnabled": True,
        "PhoneNumber": "+1 212 555 0100",
        "SplashColor": "#fffef8",
        "SplashPath": "",
        "Timestamp": "2023-11-14T22:13:20",
    }
    assert rest.call("getbrandinginfo").json["Color"] != "#e80000"


def test_branding_for_a_wrong_key_is_refused(rest: RestClient) -> None:
    """Who shows a key shows a good one."""
    assert rest.call("getbrandinginfo", {"apiKey": "wrong"}).status == 401


def test_branding_for_a_key_of_any_kind(rest: RestClient) -> None:
    """A portal's key need not administer."""
    rest.result("CreateAPIkey", fqdn="portal", apiKey="only-encrypts", scopes="encrypt")
    assert rest.call("getbrandinginfo", {"apiKey": "only-encrypts"}).json["status"] == "Success"


@pytest.mark.parametrize("path", [f"{PATH}/UserExists", f"{PATH.upper()}/USEREXISTS", f"{PATH.title()}/userexists"])
def test_paths_match_without_case(rest: RestClient, path: str) -> None:
    """As on IIS."""
    rest.add_user()
    body = f'{{"USERNAME": "alice", "DomainName": "CORP", "APIKEY": "{rest.product.api_key}"}}'.encode()
    assert call(rest.application, "POST", path, body=body).json == {"status": "success", "Result": "1"}


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=utf-16", "multipart/form-data"])
def test_every_media_type_is_taken(rest: RestClient, content_type: str) -> None:
    """The vendor's curl sends a form type; the body is JSON in UTF-8 all the same."""
    who = rest.add_user("Jürgen")
    assert rest.call("UserExists", who, content_type=content_type).json["Result"] == "1"


def test_every_call_leaves_one_event_under_its_own_name(rest: RestClient) -> None:
    """Of the REST surface, with the caller's name, and about the user."""
    who = rest.add_user(email="alice@corp.example")
    rest.result("userexists", **who)
    event = rest.product.last_event()
    assert (event["surface"], event["operation"], event["event"]) == ("rest", "UserExists", "user:find")
    assert (event["user_name"], event["reason"]) == (r"CORP\alice", "done")
