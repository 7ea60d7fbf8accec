"""Security keys over U2F: an enrolled key signs in, and whatever a relying party may forget to check is checked."""

from base64 import b64encode
from typing import Any

import pytest

from tests.facades.connector.client import ConnectorClient
from tests.facades.connector.security_keys import APP_ID, ORIGIN, Page, unwebsafe, websafe
from tests.primitives.software_key import REGISTRATION_TYP, SIGNATURE_TYP, SoftwareKey
from tests.world import FakeClock
from validate_service.core.model import Factor, Scope
from validate_service.core.profiles import ProfileChange
from validate_service.facades.connector.return_codes import APIReturnCode as Code


@pytest.fixture
def page(connector: ConnectorClient) -> Page:
    """A page for alice, whose key is not enrolled yet."""
    return Page(connector)


@pytest.fixture
def enrolled(page: Page) -> Page:
    """The same after the enrolment."""
    assert page.enroll(securityKeyName="Blue Key")["errorCode"] == 0
    return page


def code_of(members: dict[str, Any]) -> Code:
    return Code(members["errorCode"])


def signed_in(page: Page, **fields: Any) -> Code:
    return code_of(page.sign(**fields))


# The two steps of an enrolment


def test_a_key_is_enrolled_in_two_steps(page: Page) -> None:
    """The first answers what the vendor's does, the second where the key is kept; neither has a message."""
    first = page.connector.ask("pre_enroll", appId=APP_ID)
    assert (first["type"], first["errorMessage"], first["SignRequest"]) == ("u2f_register_request", "", [])
    (asked,) = first["RegisterRequest"]
    assert (asked["appId"], asked["version"], len(unwebsafe(asked["challenge"]))) == (APP_ID, "U2F_V2", 32)
    second = page.connector.ask("enroll", **page.registered(asked), version="U2F_V2", securityKeyName="Blue Key")
    assert (second["type"], second["errorCode"], second["errorMessage"]) == ("enroll", 0, "")
    (device,) = page.connector.done("find_user")["Devices"]
    assert device | {"psn": second["deviceId"], "deviceType": 12, "otpType": 8, "deviceStatus": 0} == device


def test_an_enrolled_key_is_told_at_the_next_enrolment(enrolled: Page) -> None:
    """The page can then refuse to enrol it again."""
    members = enrolled.connector.ask("pre_enroll", appId=APP_ID)
    (known,) = members["SignRequest"]
    assert (known["appId"], known["version"]) == (APP_ID, "U2F_V2")


def test_a_device_that_waits_for_its_key_gets_it(page: Page) -> None:
    """As the vendor's clients do it: the device first, then the key."""
    serial = page.connector.done("add_u2f_device", psn="KEY-1")["deviceId"]
    assert serial == "KEY-1"
    assert page.enroll()["deviceId"] == "KEY-1"
    assert page.connector.done("find_device", psn="KEY-1")["deviceType"] == 12


def test_an_account_may_be_added_with_its_device(page: Page) -> None:
    """One request; a serial is made if none is given."""
    serial = page.connector.done("add_u2f_account", "carol", firstName="Carol", email="carol@corp.example")["deviceId"]
    assert Page(page.connector, "carol").enroll()["deviceId"] == serial
    assert page.connector.code("add_u2f_account", "carol") is Code.EnrollUserFailed


def test_a_device_can_be_named(page: Page) -> None:
    """It must be one of the user's, and have no key for the application yet."""
    page.connector.done("add_u2f_device", psn="KEY-1")
    assert page.enroll(psn="key-1")["deviceId"] == "KEY-1"
    assert code_of(page.enroll(psn="KEY-1")) is Code.DeviceInUse
    assert code_of(page.enroll(psn="KEY-2")) is Code.DeviceNotFound


def test_a_key_is_enrolled_once(enrolled: Page) -> None:
    """The same handle for the same application, on another device, or another user's."""
    page = enrolled
    page.connector.product.add_user("bob")
    asked = Page(page.connector, "bob").pre_enroll()
    answered = page.registered(asked, private_key=page.key.last_private_key)
    assert page.connector.code("enroll", "bob", **answered) is Code.DeviceInUse


def test_one_device_holds_a_key_for_each_application(enrolled: Page) -> None:
    """A person has one key and many applications."""
    other = Page(
        enrolled.connector, key=enrolled.key, app_id="https://other.example.org", origin="https://other.example.org"
    )
    assert other.enroll()["deviceId"] == enrolled.connector.done("find_user")["Devices"][0]["psn"]
    assert signed_in(enrolled) is signed_in(other) is Code.Success


def test_a_disabled_device_gets_no_key(page: Page) -> None:
    """What is lost is not enrolled."""
    page.connector.done("add_u2f_device", psn="KEY-1")
    page.connector.done("disable_device", psn="KEY-1")
    assert code_of(page.enroll()) is Code.NoDevicesAvailable


@pytest.mark.parametrize("type_name", ["pre_enroll", "enroll"])
def test_only_administrators_enrol(page: Page, type_name: str) -> None:
    """A key that anybody may add verifies anybody."""
    fields = page.registered(page.pre_enroll()) | {"appId": APP_ID}
    page.connector.may_only(Scope.VALIDATE)
    assert page.connector.code(type_name, **fields) is Code.PartnerUserLoginFailedNotAdmin


@pytest.mark.parametrize("type_name", ["pre_enroll", "enroll"])
def test_there_must_be_such_a_user(page: Page, type_name: str) -> None:
    """And one whose authentication set holds security keys."""
    fields = page.registered(page.pre_enroll()) | {"appId": APP_ID}
    assert page.connector.code(type_name, "nobody", **fields) is Code.InvalidPartnerUserLogin
    product = page.connector.product
    product.core.auth_set_register.add(product.operator(), product.tenant, "Codes", frozenset({Factor.OTP}))
    product.core.user_register.update(product.operator("alice"), product.tenant, ProfileChange(auth_set="Codes"))
    assert page.connector.code(type_name, **fields) is Code.DeviceInvalid


@pytest.mark.parametrize(
    ("app_id", "code"),
    [
        (None, Code.PartnerUserFIDOU2FInvalidAppID),
        ("", Code.BogusFIDOAppId),
        ("portal.example.org", Code.BogusFIDOAppId),
        ("http://portal.example.org", Code.BogusFIDOAppId),
        ("https://", Code.BogusFIDOAppId),
        ("https://me@portal.example.org", Code.BogusFIDOAppId),
        ("https://portal.example.org:99999", Code.BogusFIDOAppId),
        ("https://portal.example.org/?a", Code.BogusFIDOAppId),
        ("https://portal.example.org/#a", Code.BogusFIDOAppId),
        ("https://p\u00f6rtal.example.org", Code.BogusFIDOAppId),
        ("https://portal.example.org/" + 250 * "a", Code.BogusFIDOAppId),
        (1, Code.BogusFIDOAppId),
    ],
)
def test_an_application_is_a_url(page: Page, app_id: object, code: Code) -> None:
    """With https, as pages of others could otherwise be anybody's."""
    for type_name in ("pre_enroll", "pre_sign"):
        assert page.connector.code(type_name, appId=app_id) is code


def test_there_are_two_versions(page: Page) -> None:
    """Whatever else a page may speak."""
    assert page.connector.code("pre_enroll", appId=APP_ID, version="U2F_V3") is Code.PartnerUserFIDOU2FInvalidVersion


def test_a_challenge_to_enrol_is_used_once(page: Page) -> None:
    """Also if the first answer was wrong."""
    asked = page.pre_enroll()
    assert page.connector.code("enroll", **page.registered(asked)) is Code.Success
    assert page.connector.code("enroll", **page.registered(asked)) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    asked = page.pre_enroll()
    answered = page.registered(asked)
    assert (
        page.connector.code("enroll", **answered | {"registrationData": "BQ"}) is Code.PartnerUserFIDOU2FInvalidRegData
    )
    assert page.connector.code("enroll", **answered) is Code.PartnerUserFIDOU2FInvalidSessionIdData


def test_an_enrolment_must_be_finished_in_time(page: Page, clock: FakeClock) -> None:
    """Five minutes, unless the tenant says otherwise."""
    asked = page.pre_enroll()
    clock.advance(300)
    assert page.connector.code("enroll", **page.registered(asked)) is Code.PartnerUserFIDOU2FInvalidSessionIdData


REFUSED_REGISTRATIONS: dict[str, tuple[Code, dict[str, Any], dict[str, str]]] = {
    "wrong typ": (Code.PartnerUserFIDOU2FPrepareSignDataError, {"typ": SIGNATURE_TYP}, {}),
    "foreign origin": (Code.PartnerUserFIDOU2FInvalidAppID, {}, {"origin": "https://evil.example"}),
    "another challenge": (Code.PartnerUserFIDOU2FInvalidChallenge, {}, {"challenge": websafe(bytes(32))}),
    "off the curve": (Code.PartnerUserFIDOU2FInvalidPubKey, {"public_key": b"\4" + bytes(64)}, {}),
    "another application": (
        Code.PartnerUserFIDOU2FInvalidAttestationSig,
        {},
        {"appId": "https://portal.example.org/another"},
    ),
}


@pytest.mark.parametrize("attack", REFUSED_REGISTRATIONS)
def test_a_registration_with_one_thing_wrong_is_refused(page: Page, attack: str) -> None:
    """Each with a code of its own, and the challenge is used up."""
    code, key, question = REFUSED_REGISTRATIONS[attack]
    asked = page.pre_enroll()
    page.origin = question.get("origin", ORIGIN)
    answered = page.registered(asked | {name: question[name] for name in question if name != "origin"}, **key)
    assert page.connector.code("enroll", **answered) is code
    assert page.connector.code("enroll", **answered) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    assert page.connector.done("find_user")["Devices"] == []


# The two steps of a sign-in


def test_an_enrolled_key_signs_in(enrolled: Page) -> None:
    """As often as it is asked; the first step names the key, the second needs nothing else."""
    for _ in range(3):
        (asked,) = enrolled.pre_sign()
        assert (asked["appId"], asked["version"]) == (APP_ID, "U2F_V2")
        members = enrolled.connector.ask("sign", **enrolled.signed(asked))
        assert (members["type"], members["errorCode"], members["errorMessage"]) == ("sign", 0, "")
        assert members["deviceId"] == asked["psn"]


def test_type_and_base64_may_be_spelled_as_the_source_does(enrolled: Page) -> None:
    """``'sign '`` with a space, and Base64 with its padding."""
    (asked,) = enrolled.pre_sign()
    answered = {name: value + "=" * (-len(value) % 4) for name, value in enrolled.signed(asked).items()}
    assert enrolled.connector.ask("SIGN ", **answered | {"sessionId": asked["sessionId"]})["errorCode"] == 0


def test_base64_may_be_the_usual_one(enrolled: Page) -> None:
    """As .NET writes it."""
    (asked,) = enrolled.pre_sign()
    answered = enrolled.signed(asked)
    for name in ("clientData", "signatureData"):
        answered[name] = b64encode(unwebsafe(answered[name])).decode()
    assert enrolled.connector.code("sign", **answered) is Code.Success


def test_an_account_that_may_only_validate_signs_users_in(enrolled: Page) -> None:
    """It enrols nobody."""
    enrolled.connector.may_only(Scope.VALIDATE)
    assert signed_in(enrolled) is Code.Success


def test_each_key_of_a_user_signs_in(enrolled: Page) -> None:
    """Which one it was is told by its handle, by its device, or by nothing but its signature."""
    second = Page(enrolled.connector, key=SoftwareKey())
    serial = second.enroll()["deviceId"]
    first_asked, second_asked = second.pre_sign()
    assert second_asked["psn"] == serial
    assert second.connector.ask("sign", **second.signed(second_asked))["deviceId"] == serial
    handle = second.pre_sign()[1]["keyHandle"]
    by_handle = second.signed(second.pre_sign()[1]) | {"keyHandle": handle}
    assert second.connector.ask("sign", **by_handle)["deviceId"] == serial
    (only,) = second.pre_sign(psn=serial)
    wrong_device = second.signed(only) | {"psn": first_asked["psn"]}
    assert second.connector.code("sign", **wrong_device) is Code.PartnerUserFIDOU2FInvalidSignDataInvalid
    unknown = second.signed(second.pre_sign()[1]) | {"keyHandle": websafe(b"another")}
    assert second.connector.code("sign", **unknown) is Code.PartnerUserFIDOU2FNoEnrolledDevices


def test_facets_may_be_listed(enrolled: Page) -> None:
    """Then those, and only those, may ask in the name of the application."""
    product = enrolled.connector.product
    product.core.tenant_register.set_facets(product.operator(), product.tenant, APP_ID, ["https://login.example.org"])
    assert signed_in(enrolled) is Code.PartnerUserFIDOU2FInvalidAppID
    enrolled.origin = "https://login.example.org"
    assert signed_in(enrolled) is Code.Success
    product.core.tenant_register.set_facets(product.operator(), product.tenant, APP_ID, [])
    assert signed_in(enrolled) is Code.PartnerUserFIDOU2FInvalidAppID


REFUSED_SIGNATURES: dict[str, tuple[Code, dict[str, Any], dict[str, str]]] = {
    "untouched": (Code.PartnerUserFIDOU2FNoUserPresence, {"presence": 0}, {}),
    "wrong typ": (Code.PartnerUserFIDOU2FPrepareSignDataError, {"typ": REGISTRATION_TYP}, {}),
    "foreign origin": (Code.PartnerUserFIDOU2FInvalidAppID, {}, {"origin": "https://evil.example"}),
    "another challenge": (Code.PartnerUserFIDOU2FInvalidChallenge, {}, {"challenge": websafe(bytes(32))}),
    "another application": (Code.PartnerUserFIDOU2FInvalidSignDataInvalid, {}, {"appId": "https://evil.example"}),
}


@pytest.mark.parametrize("attack", REFUSED_SIGNATURES)
def test_a_signature_with_one_thing_wrong_is_refused(enrolled: Page, attack: str) -> None:
    """Each with a code of its own, also for an account that may only validate; the challenge is used up."""
    code, key, question = REFUSED_SIGNATURES[attack]
    enrolled.connector.may_only(Scope.VALIDATE)
    (asked,) = enrolled.pre_sign()
    enrolled.origin = question.get("origin", ORIGIN)
    answered = enrolled.signed(asked | {name: question[name] for name in question if name != "origin"}, **key)
    assert enrolled.connector.code("sign", **answered) is code
    assert enrolled.connector.code("sign", **answered) is Code.PartnerUserFIDOU2FInvalidSessionIdData


@pytest.mark.parametrize("name", ["clientData", "signatureData"])
def test_what_cannot_be_read_is_refused(enrolled: Page, name: str) -> None:
    """Missing, empty, no Base64, or Base64 of anything."""
    for missing in (None, "", "e30"):
        (asked,) = enrolled.pre_sign()
        answered = enrolled.signed(asked) | {name: missing}
        assert enrolled.connector.code("sign", **answered) is Code.PartnerUserFIDOU2FInvalidSignData
    (asked,) = enrolled.pre_sign()
    for value in ("?", "a", 1, 20_000 * "a"):
        code = enrolled.connector.code("sign", **enrolled.signed(asked) | {name: value})
        assert code in {Code.PartnerUserFIDOU2FInvalidSignData, Code.PartnerUserFIDOU2FInvalidChallenge}


def test_a_challenge_is_used_once(enrolled: Page) -> None:
    """A second answer to it is none, although the counter moved on."""
    (asked,) = enrolled.pre_sign()
    assert enrolled.connector.code("sign", **enrolled.signed(asked)) is Code.Success
    assert enrolled.connector.code("sign", **enrolled.signed(asked)) is Code.PartnerUserFIDOU2FInvalidSessionIdData


def test_a_challenge_is_one_users(enrolled: Page) -> None:
    """Another's does not serve, not even with that user's key."""
    enrolled.connector.product.add_user("bob")
    bob = Page(enrolled.connector, "bob")
    assert bob.enroll()["errorCode"] == 0
    (asked,) = enrolled.pre_sign()
    handle = bob.pre_sign()[0]["keyHandle"]
    answered = bob.signed(asked | {"keyHandle": handle})
    assert enrolled.connector.code("sign", "bob", **answered) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    assert enrolled.connector.code("sign", **enrolled.signed(asked)) is Code.Success


def test_a_challenge_to_enrol_does_not_serve_to_sign(enrolled: Page) -> None:
    """Nor the other way round."""
    (key,) = enrolled.pre_sign()
    asked = enrolled.pre_enroll() | {"keyHandle": key["keyHandle"]}
    assert enrolled.connector.code("sign", **enrolled.signed(asked)) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    assert enrolled.connector.code("enroll", **enrolled.registered(key)) is Code.PartnerUserFIDOU2FInvalidSessionIdData


def test_an_answer_must_come_in_time(enrolled: Page, clock: FakeClock) -> None:
    """Five minutes, unless the tenant says otherwise; what has expired is forgotten."""
    (asked,) = enrolled.pre_sign()
    clock.advance(299)
    enrolled.pre_sign()
    clock.advance(1)
    assert enrolled.connector.code("sign", **enrolled.signed(asked)) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    assert enrolled.connector.product.last_event()["reason"] == "expired"
    (asked,) = enrolled.pre_sign()
    assert enrolled.connector.code("sign", **enrolled.signed(asked)) is Code.Success


def test_a_counter_that_went_back_disables_the_device(enrolled: Page) -> None:
    """There is a copy of it; an operator enables the one that is still trusted."""
    assert signed_in(enrolled) is signed_in(enrolled) is Code.Success
    enrolled.key.counter -= 1
    assert signed_in(enrolled) is Code.UpdateDeviceCounterFailed
    serial = enrolled.connector.done("find_user")["Devices"][0]["psn"]
    assert enrolled.connector.done("find_device", psn=serial)["deviceStatus"] == 1
    assert enrolled.connector.code("pre_sign", appId=APP_ID) is Code.DeviceDiabled
    events = [(row["event"], row["reason"]) for row in enrolled.connector.product.audit()]
    assert ("device:disable", "counter_not_greater") in events
    enrolled.connector.done("enable_device", psn=serial)
    assert signed_in(enrolled) is Code.Success


def test_a_device_that_was_disabled_meanwhile_does_not_sign_in(enrolled: Page) -> None:
    """Obeyed at the next request, also in the middle of a sign-in."""
    (asked,) = enrolled.pre_sign()
    enrolled.connector.done("disable_device", psn=asked["psn"])
    assert enrolled.connector.code("sign", **enrolled.signed(asked)) is Code.DeviceDiabled


def test_without_a_key_nobody_signs_in(page: Page) -> None:
    """Nor with one for another application; an unknown user looks like one without a key."""
    missing = Code.PartnerUserFIDOU2FNoEnrolledDevices
    assert page.connector.code("pre_sign", appId=APP_ID) is missing
    assert page.enroll()["errorCode"] == 0
    assert page.connector.code("pre_sign", appId="https://other.example.org") is missing
    assert page.connector.code("pre_sign", "nobody", appId=APP_ID) is Code.InvalidPartnerUserLogin
    page.connector.may_only(Scope.VALIDATE)
    assert page.connector.code("pre_sign", "nobody", appId=APP_ID) is missing


def test_bad_signatures_lock_the_user_everywhere(enrolled: Page) -> None:
    """They are counted with all other failures; what an honest key signed for another page is not."""
    product = enrolled.connector.product
    product.add_device("alice", "H1")
    for _ in range(12):
        (asked,) = enrolled.pre_sign()
        enrolled.origin = "https://evil.example"
        enrolled.connector.code("sign", **enrolled.signed(asked))
        enrolled.origin = ORIGIN
    for _ in range(5):
        enrolled.connector.code("validate_oath_otp", otp="000000")
    for _ in range(5):
        (asked,) = enrolled.pre_sign()
        answered = enrolled.signed(asked | {"appId": "https://evil.example"})
        assert enrolled.connector.code("sign", **answered) is Code.PartnerUserFIDOU2FInvalidSignDataInvalid
    assert enrolled.connector.code("pre_sign", appId=APP_ID) is Code.MaximumFailedOTPRequestsExceeded
    locked = Code.MaximumFailedOTPRequestsExceeded
    assert enrolled.connector.code("validate_oath_otp", otp=product.next_code("H1")) is locked


def test_a_sign_in_is_in_the_audit_trail_with_its_device_and_flaw(enrolled: Page) -> None:
    """And nothing of what was signed."""
    signed_in(enrolled)
    (asked,) = enrolled.pre_sign()
    enrolled.connector.code("sign", **enrolled.signed(asked, presence=0))
    trail = enrolled.connector.product.audit()
    rows = [(row["reason"], row["device"]) for row in trail if row["event"] == "fido:verify"]
    assert rows == [("accepted", asked["psn"]), ("no_user_presence", asked["psn"])]
    assert asked["challenge"] not in str(trail)


# Deleting


@pytest.mark.parametrize("by", ["name", "handle"])
def test_a_key_is_deleted_by_name_or_handle(enrolled: Page, by: str) -> None:
    """Its device stays, and may hold another one."""
    (asked,) = enrolled.pre_sign()
    chosen: dict[str, Any] = {"securityKeyName": "blue key", "securityKeyType": 1}
    if by == "handle":
        chosen = {"securityKeyName": asked["keyHandle"], "securityKeyType": "0"}
    members = enrolled.connector.ask("delete_key", appId=APP_ID, **chosen)
    assert (members["errorCode"], members["errorMessage"]) == (0, "")
    assert enrolled.connector.code("sign", **enrolled.signed(asked)) is Code.PartnerUserFIDOU2FNoEnrolledDevices
    assert (
        enrolled.connector.code("delete_key", appId=APP_ID, **chosen) is Code.PartnerUserFIDOU2FDeleteSecurityKeyFailed
    )
    assert enrolled.enroll()["deviceId"] == asked["psn"]


@pytest.mark.parametrize(
    "chosen",
    [
        {"securityKeyName": "another"},
        {"securityKeyName": "another", "securityKeyType": 1},
        {"securityKeyName": "Blue Key", "securityKeyType": 2},
        {"securityKeyName": "", "securityKeyType": 1},
        {},
    ],
)
def test_there_must_be_such_a_key(enrolled: Page, chosen: dict[str, Any]) -> None:
    """Nothing is deleted instead."""
    code = enrolled.connector.code("delete_key", appId=APP_ID, **chosen)
    assert code is Code.PartnerUserFIDOU2FDeleteSecurityKeyFailed
    assert signed_in(enrolled) is Code.Success


@pytest.mark.parametrize("app_id", [APP_ID, "", None])
def test_all_keys_are_deleted(enrolled: Page, app_id: str | None) -> None:
    """Of one application, or of all; there may be none."""
    for _ in range(2):
        members = enrolled.connector.ask("delete_all_keys", appId=app_id)
        assert (members["errorCode"], members["errorMessage"]) == (0, "")
    assert enrolled.connector.code("pre_sign", appId=APP_ID) is Code.PartnerUserFIDOU2FNoEnrolledDevices


def test_keys_of_other_applications_stay(enrolled: Page) -> None:
    """Those of the application that is named go, and no other."""
    assert enrolled.connector.ask("delete_all_keys", appId="https://other.example.org")["errorCode"] == 0
    assert signed_in(enrolled) is Code.Success


@pytest.mark.parametrize("type_name", ["delete_key", "delete_all_keys", "add_u2f_device", "add_u2f_account"])
def test_only_administrators_change_keys(enrolled: Page, type_name: str) -> None:
    """Whose keys they may be."""
    enrolled.connector.may_only(Scope.VALIDATE)
    code = enrolled.connector.code(type_name, appId=APP_ID, securityKeyName="Blue Key", securityKeyType=1)
    assert code is Code.PartnerUserLoginFailedNotAdmin
    assert signed_in(enrolled) is Code.Success


def test_keys_go_with_their_device_and_user(enrolled: Page) -> None:
    """Nothing of them stays behind."""
    serial = enrolled.connector.done("find_user")["Devices"][0]["psn"]
    enrolled.connector.done("delete_device", psn=serial)
    assert enrolled.connector.code("pre_sign", appId=APP_ID) is Code.PartnerUserFIDOU2FNoEnrolledDevices
    assert enrolled.enroll()["errorCode"] == 0
    enrolled.connector.done("delete_user")
    enrolled.connector.done("add_user")
    assert enrolled.connector.code("pre_sign", appId=APP_ID) is Code.PartnerUserFIDOU2FNoEnrolledDevices
