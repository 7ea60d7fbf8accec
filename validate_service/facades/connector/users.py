"""add_user, update_user, delete_user, find_user."""

from typing import Any

from validate_service.core.calls import Call
from validate_service.core.errors import PolicyError
from validate_service.core.model import Device, DeviceKind, Profile, Scope, Tenant
from validate_service.core.passwords import LONGEST_PASSWORD
from validate_service.core.profiles import ProfileChange
from validate_service.core.services import Core
from validate_service.facades.connector.answers import Reply
from validate_service.facades.connector.fields import EMAIL, FIRST_NAME, LAST_NAME, MOBILE
from validate_service.facades.connector.kinds import OneOf
from validate_service.facades.connector.request_types import Codes, RequestType, administered
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.declarations.fields import Field, Values
from validate_service.facades.declarations.kinds import Flag, Text

USER_STATUS = Field(
    "userStatus", OneOf({"0": "Enabled", "1": "Disabled"}), "0 for an enabled user, 1 for a disabled one.", 0
)
PASSWORD = Field("pw", Text(LONGEST_PASSWORD), "The user's password; empty for none.", "", default="")
REMOVE_RELATED = Field("removeRelated", Flag(), "Must be true: devices go with their user.", "true", default=True)
PROFILE = (FIRST_NAME, LAST_NAME, EMAIL, MOBILE, PASSWORD)

REFUSED_ENROLMENT: Codes = {PolicyError: APIReturnCode.EnrollUserFailed}

DEVICE_TYPES = {DeviceKind.HOTP: 2, DeviceKind.TOTP: 2, DeviceKind.AUTHENTICATOR: 13, DeviceKind.FIDO: 12}
OTP_TYPES = {DeviceKind.HOTP: 0, DeviceKind.TOTP: 1, DeviceKind.AUTHENTICATOR: 1, DeviceKind.FIDO: 8}


@administered
def add_user(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Add the user."""
    with core.user_register.added(call, tenant, change_of(values)):
        if values[PASSWORD]:
            core.password_desk.set_password(call, tenant, values[PASSWORD])
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
    """Delete the user with everything enrolled."""
    if not values[REMOVE_RELATED]:
        raise PolicyError("removeRelated must be true: devices go with their user.")
    core.user_register.delete(call, tenant)
    return Reply()


def find_user(core: Core, call: Call, _values: Values) -> Reply:
    """Return the user's status, addresses and devices."""
    subject = core.gate.admit(call, Scope.ADMINISTER)
    core.user_register.number(call, subject)
    profile = core.user_register.profile(call, subject.tenant)
    return Reply(extras=_found(profile, core.device_register.listing(subject.tenant, call.user)))


def _found(profile: Profile, devices: list[Device]) -> dict[str, Any]:
    return {
        "Devices": [{"psn": device.serial, **shown(device)} for device in devices],
        "userStatus": int(not profile.enabled),
        "mobile": profile.phone,
        "email": profile.email,
    }


def shown(device: Device) -> dict[str, int]:
    """Return what an answer says of *device*."""
    return {
        "deviceType": DEVICE_TYPES[device.kind],
        "otpType": OTP_TYPES[device.kind],
        "deviceStatus": int(not device.enabled),
    }


def change_of(values: Values) -> ProfileChange:
    """Return what a request says of a user."""
    return ProfileChange(email=values.get(EMAIL), phone=values.get(MOBILE), state=values.get(USER_STATUS))


USER_TYPES = (
    RequestType("add_user", "Add a user.", (*PROFILE, USER_STATUS), add_user, codes=REFUSED_ENROLMENT),
    RequestType("update_user", "Change a user; a field that is missing stays.", (*PROFILE, USER_STATUS), update_user),
    RequestType("delete_user", "Delete a user with everything enrolled.", (REMOVE_RELATED,), delete_user),
    RequestType(
        "find_user",
        "Show a user's status, addresses and devices.",
        (),
        find_user,
        extras={
            "Devices": [{"psn": "TOKEN-1", "deviceType": 2, "otpType": 0, "deviceStatus": 0}],
            "userStatus": 0,
            "mobile": "+12125550100",
            "email": "alice@corp.example",
        },
    ),
)
