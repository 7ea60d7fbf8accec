"""add_user, update_user, delete_user, find_user, find_users, validate_user."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from validate_service.core.calls import Call
from validate_service.core.errors import PolicyError
from validate_service.core.model import Device, DeviceKind, Profile, Scope, Tenant
from validate_service.core.outcomes import Outcome
from validate_service.core.passwords import LONGEST_PASSWORD
from validate_service.core.profiles import ProfileChange
from validate_service.core.services import Core
from validate_service.core.users import MOST_FOUND
from validate_service.facades.connector.answers import Reply, reply_of
from validate_service.facades.connector.fields import EMAIL, FIRST_NAME, LAST_NAME, MOBILE, NAME
from validate_service.facades.connector.kinds import OneOf, Switch
from validate_service.facades.connector.request_types import Codes, RequestType, administered
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.declarations.fields import Field, Values
from validate_service.facades.declarations.kinds import Flag, Number, Text

USER_STATUS = Field(
    "userStatus", OneOf({"0": "Enabled", "1": "Disabled"}), "0 for an enabled user, 1 for a disabled one.", 0
)
PASSWORD = Field("pw", Text(LONGEST_PASSWORD), "The user's password; empty for none.", "", default="")
REMOVE_RELATED = Field(
    "removeRelated", Flag(), "Whether tokens go with their user; if not, they are nobody's.", "true", default=True
)
NO_AUTH = Field("noAuth", Switch(), "0 to verify the password, 1 only to find the user.", 0, default=False)
SEARCH = Field(
    "search", NAME, "What user name, e-mail or name must hold, in any case; empty for all.", "ali", default=""
)
FIRST_ROW = Field("firstRow", Number(9), "How many of those found to leave out.", 0, default=0)
MAX_ROWS = Field("maxRows", Number(3), f"How many to answer, 1 to {MOST_FOUND}.", 100, default=100)
PROFILE = (FIRST_NAME, LAST_NAME, EMAIL, MOBILE, PASSWORD)

REFUSED_ENROLMENT: Codes = {PolicyError: APIReturnCode.EnrollUserFailed}

HARD_TOKEN = 3
DEVICE_TYPES = {DeviceKind.HOTP: 2, DeviceKind.TOTP: 2, DeviceKind.AUTHENTICATOR: 13, DeviceKind.FIDO: 12}
OTP_TYPES = {DeviceKind.HOTP: 0, DeviceKind.TOTP: 1, DeviceKind.AUTHENTICATOR: 1, DeviceKind.FIDO: 8}


@administered
def add_user(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Add the user."""
    with added_user(core, call, tenant, values):
        return Reply()


@administered
def update_user(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Change the user; a password that is against the policy changes nothing."""
    change = change_of(values)
    change.accepted()
    if values[PASSWORD]:
        core.password_desk.set_password(call, tenant, values[PASSWORD])
    core.user_register.update(call, tenant, change)
    return Reply()


@administered
def delete_user(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Delete the user with everything enrolled, or with all but the tokens."""
    core.user_register.delete(call, tenant, keep_tokens=not values[REMOVE_RELATED])
    return Reply()


def find_user(core: Core, call: Call, _values: Values) -> Reply:
    """Return the user's status, addresses and devices."""
    subject = core.gate.admit(call, Scope.ADMINISTER)
    core.user_register.number(call, subject)
    return _found(core, call, subject.tenant)


def validate_user(core: Core, call: Call, values: Values) -> Reply:
    """Verify the user's password, if that is wanted; answer as find_user does."""
    if values[NO_AUTH]:
        return find_user(core, call, values)
    outcome = core.passwords.verify(call, values[PASSWORD]).outcome
    if outcome is not Outcome.ACCEPTED:
        return reply_of(outcome, call, APIReturnCode.PartnerUserLoginFailed)
    return _found(core, call, core.gate.admit(call, Scope.VALIDATE).tenant)


@administered
def find_users(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Return a page of the users who have a text in their names or mail address."""
    found, count = core.user_register.search(
        call, tenant, values[SEARCH], first=values[FIRST_ROW], most=values[MAX_ROWS]
    )
    users = [{"username": str(name), **_described(profile)} for name, profile in found]
    return Reply(extras={"Users": users, "totalRows": count})


@contextmanager
def added_user(core: Core, call: Call, tenant: Tenant, values: Values) -> Iterator[None]:
    """Add the user whom the block gives something more; if anything of it cannot be, nothing is."""
    with core.user_register.added(call, tenant, change_of(values)):
        if values[PASSWORD]:
            core.password_desk.set_password(call, tenant, values[PASSWORD])
        yield


def _found(core: Core, call: Call, tenant: Tenant) -> Reply:
    profile = core.user_register.profile(call, tenant)
    devices = core.device_register.listing(tenant, call.user)
    shown_devices = [{"psn": device.serial, **shown(device)} for device in devices]
    return Reply(extras={"Devices": shown_devices, **_described(profile)})


def _described(profile: Profile) -> dict[str, Any]:
    return {
        "userStatus": int(not profile.enabled),
        "firstName": profile.first_name,
        "lastName": profile.last_name,
        "mobile": profile.phone,
        "email": profile.email,
    }


def shown(device: Device) -> dict[str, int]:
    """Return what an answer says of *device*."""
    return {
        "deviceType": HARD_TOKEN if device.hardware else DEVICE_TYPES[device.kind],
        "otpType": OTP_TYPES[device.kind],
        "deviceStatus": int(not device.enabled),
    }


def change_of(values: Values) -> ProfileChange:
    """Return what a request says of a user."""
    return ProfileChange(
        email=values.get(EMAIL),
        phone=values.get(MOBILE),
        state=values.get(USER_STATUS),
        first_name=values.get(FIRST_NAME),
        last_name=values.get(LAST_NAME),
    )


_ALICE = Profile("alice@corp.example", "+12125550100", first_name="Alice", last_name="Adams")
_FOUND = {"Devices": [{"psn": "TOKEN-1", "deviceType": 2, "otpType": 0, "deviceStatus": 0}], **_described(_ALICE)}
USER_TYPES = (
    RequestType("add_user", "Add a user.", (*PROFILE, USER_STATUS), add_user, codes=REFUSED_ENROLMENT),
    RequestType("update_user", "Change a user; a field that is missing stays.", (*PROFILE, USER_STATUS), update_user),
    RequestType("delete_user", "Delete a user with everything enrolled.", (REMOVE_RELATED,), delete_user),
    RequestType("find_user", "Show a user's status, names, addresses and devices.", (), find_user, extras=_FOUND),
    RequestType(
        "find_users",
        "Show all users, or those who have a text in their names or mail address.",
        (SEARCH, FIRST_ROW, MAX_ROWS),
        find_users,
        extras={"Users": [{"username": r"CORP\alice", **_described(_ALICE)}], "totalRows": 1},
    ),
    RequestType(
        "validate_user",
        "Verify a user's password, and show the user.",
        (PASSWORD, NO_AUTH),
        validate_user,
        extras=_FOUND,
        aliases=("validate_u2f_user", "validate_oath_user"),
    ),
)
