"""add_oath_account, add_oath_device, find_device; assign, unassign, enable, disable and delete a device."""

from collections.abc import Mapping
from dataclasses import replace

from validate_service.core.calls import Call
from validate_service.core.devices import DEFAULT_DIGITS, DEFAULT_PERIOD, Enrolment
from validate_service.core.errors import (
    ConflictError,
    DeliveryError,
    MalformedRequestError,
    PolicyError,
    UnavailableError,
)
from validate_service.core.messages import Channel
from validate_service.core.model import DeviceKind, Tenant
from validate_service.core.services import Core
from validate_service.facades.connector.answers import Reply, reply_to_error
from validate_service.facades.connector.fields import ANY_DEVICE, DEVICE
from validate_service.facades.connector.kinds import OneOf, Seed, Switch
from validate_service.facades.connector.request_types import Codes, RequestType, administered
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.connector.users import PROFILE, REFUSED_ENROLMENT, added_user, shown
from validate_service.facades.declarations.fields import Field, Values
from validate_service.facades.declarations.kinds import Number

_NOTHING = OneOf({"": None, "0": None})

DEVICE_TYPE = Field(
    "deviceType",
    OneOf({"2": False, "3": True}),
    "2 for a soft token, 3 for a hard token; missing: 2.",
    2,
)
OTP_TYPE = Field(
    "OtpType",
    OneOf({"0": DeviceKind.HOTP, "1": DeviceKind.TOTP}),
    "0 for passwords by event (HOTP), 1 for passwords by time (TOTP); missing: 1.",
    1,
)
OTP_LENGTH = Field("OtpLength", Number(3), "Digits of a password, 6 to 8.", 6, default=DEFAULT_DIGITS)
WINDOW_SIZE = Field(
    "windowSize",
    Number(3),
    "HOTP: how many passwords ahead are looked at, 1 to 10. TOTP: seconds of a step, 30 or 60.",
    30,
)
OTP_PIN = Field("OtpPin", OneOf({"": None}), "Must be empty: passwords have no PIN.", "")
TIME_DRIFT = Field("timeDrift", _NOTHING, "Must be 0: the drift is learned.", 0)
SECRET_HEX = Field("secretKeyHex", Seed(), "The seed in hex; empty to have one made.", "")
SECRET_HEX_BASE64 = Field("secretKeyHexBase64", Seed(in_base64=True), "The same as the Base64 of its hex digits.", "")
NOTIFICATION_METHOD = Field(
    "notificationMethod",
    OneOf({"": None, "0": None, "1": Channel.EMAIL, "2": Channel.SMS}),
    "How the user is told: 0 not at all, 1 by e-mail, 2 by SMS.",
    0,
)
FORCE = Field("force", Switch(), "1 to take the device from whoever has it.", 0, default=False)
NEW_DEVICE = (
    *(DEVICE_TYPE, OTP_TYPE, OTP_LENGTH, WINDOW_SIZE, OTP_PIN, TIME_DRIFT),
    *(ANY_DEVICE, SECRET_HEX, SECRET_HEX_BASE64, NOTIFICATION_METHOD),
)

BAD_DEVICE: Codes = {MalformedRequestError: APIReturnCode.InvalidDeviceConfig}


@administered
def add_oath_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Give the user a new device."""
    return _add_device(core, call, tenant, values)


@administered
def add_oath_account(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Add a user with a device; if one of the two cannot be, neither is."""
    with added_user(core, call, tenant, values):
        return _add_device(core, call, tenant, values)


@administered
def find_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Return what kind of device it is, whether it is enabled, and whether it is anybody's."""
    device = core.device_register.find(call, tenant, values[DEVICE])
    return Reply(extras=shown(device) | {"assigned": int(device.user is not None)})


@administered
def assign_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Give the user a device that is nobody's, or, if that is forced, somebody else's."""
    core.device_register.assign(call, tenant, values[DEVICE], force=values[FORCE])
    return Reply()


@administered
def unassign_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Make the device nobody's."""
    core.device_register.unassign(call, tenant, values[DEVICE])
    return Reply()


@administered
def enable_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Enable the device."""
    core.device_register.set_enabled(call, tenant, values[DEVICE], enabled=True)
    return Reply()


@administered
def disable_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Disable the device."""
    core.device_register.set_enabled(call, tenant, values[DEVICE], enabled=False)
    return Reply()


@administered
def delete_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Delete the device and its seed."""
    core.device_register.delete(call, tenant, values[DEVICE])
    return Reply()


def _add_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Enrol a device; a seed that was made is answered this once."""
    plain, coded = values.get(SECRET_HEX), values.get(SECRET_HEX_BASE64)
    if plain and coded:
        raise PolicyError("secretKeyHex and secretKeyHexBase64 must not both be given.")
    given = plain or coded
    enrolment = _enrolment(values, values[ANY_DEVICE] or core.device_register.free_serial(), given or None)
    seed = core.device_register.add(call, tenant, enrolment)
    made = {} if given else {"secretKeyHex": seed.hex().upper()}
    return enrolled(core, call, tenant, values, {"deviceId": enrolment.serial, **made})


def enrolled(core: Core, call: Call, tenant: Tenant, values: Values, extras: Mapping[str, str]) -> Reply:
    """Return the reply to an enrolment, after the user was told of it if that is wanted.

    The device stays also if the user could not be told; so nothing is left out of the answer.
    """
    channel = values.get(NOTIFICATION_METHOD)
    if channel is not None:
        try:
            with core.refusals.recorded(call):
                core.announcement_desk.tell_of_device(call, tenant, extras["deviceId"], channel)
        except (DeliveryError, UnavailableError) as error:
            return replace(reply_to_error(error, APIReturnCode.EnrollUserSendNotoficationFailed), extras=extras)
    return Reply(extras=extras)


def _enrolment(values: Values, serial: str, seed: bytes | None) -> Enrolment:
    """Return what the new device is to be; ``windowSize`` is another thing for each kind."""
    kind, digits, window = values.get(OTP_TYPE), values[OTP_LENGTH], values.get(WINDOW_SIZE)
    hardware = values.get(DEVICE_TYPE) or False
    if kind is DeviceKind.HOTP:
        return Enrolment(serial, kind, seed, digits, window=window, hardware=hardware)
    period = DEFAULT_PERIOD if window is None else window
    return Enrolment(serial, DeviceKind.TOTP, seed, digits, period=period, hardware=hardware)


NEW = {"deviceId": "VS-482913507716", "secretKeyHex": "3132333435363738393031323334353637383930"}
IN_USE: Codes = {ConflictError: APIReturnCode.DeviceInUse}
DEVICE_TYPES = (
    RequestType(
        "add_oath_account",
        "Add a user with a device.",
        (*PROFILE, *NEW_DEVICE),
        add_oath_account,
        extras=NEW,
        codes={**BAD_DEVICE, **REFUSED_ENROLMENT},
    ),
    RequestType(
        "add_oath_device",
        "Give a user a device.",
        NEW_DEVICE,
        add_oath_device,
        extras=NEW,
        codes={
            **BAD_DEVICE,
            **IN_USE,
            PolicyError: APIReturnCode.InvalidDeviceConfig,
        },
    ),
    RequestType(
        "find_device",
        "Show what a device is.",
        (DEVICE,),
        find_device,
        extras={"deviceType": 2, "otpType": 1, "deviceStatus": 0, "assigned": 1},
    ),
    RequestType("assign_device", "Give a user a device in stock.", (DEVICE, FORCE), assign_device, codes=IN_USE),
    RequestType("unassign_device", "Put a device in stock.", (DEVICE,), unassign_device),
    RequestType("enable_device", "Enable a device.", (DEVICE,), enable_device),
    RequestType("disable_device", "Disable a device.", (DEVICE,), disable_device),
    RequestType("delete_device", "Delete a device and its seed.", (DEVICE,), delete_device),
)
