"""get_oath_device_qrcode, provision_oath_device."""

from validate_service.core.calls import Call
from validate_service.core.devices import Enrolment
from validate_service.core.errors import ConflictError
from validate_service.core.fields import LONGEST_NAME
from validate_service.core.messenger import SERVICE_NAME
from validate_service.core.model import DeviceKind, Tenant
from validate_service.core.services import Core
from validate_service.facades.connector.answers import Reply
from validate_service.facades.connector.fields import DEVICE_ID, NAME
from validate_service.facades.connector.otpauth import otpauth_url, qr_code_url
from validate_service.facades.connector.request_types import Codes, RequestType, administered
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.connector.users import DEVICE_TYPES, OTP_TYPES
from validate_service.facades.declarations.fields import Field, Values
from validate_service.facades.declarations.kinds import Text

ACCOUNT = Field("accountName", NAME, "What the app shows as the name; empty for the user's, or the serial.", "alice")
PHYSICAL_DEVICE = Field(
    "physicalDeviceId",
    Text(LONGEST_NAME, ".+", "must not be empty"),
    "What the phone calls itself; only this phone may ask again.",
    "phone-4711",
    required=True,
)


@administered
def get_oath_device_qrcode(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Show the device, for an app to read."""
    device = core.provisioning_desk.show(call, tenant, values[DEVICE_ID])
    account = values.get(ACCOUNT) or call.user.username or device.serial
    url = otpauth_url(device, account, tenant.settings.organisation or SERVICE_NAME)
    return Reply(extras={"QRCodeURL": qr_code_url(url), "otpauthURL": url})


@administered
def provision_oath_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Tell a phone what it must know to be the device."""
    device = core.provisioning_desk.fetch(call, tenant, values[DEVICE_ID], values[PHYSICAL_DEVICE])
    return Reply(extras=_told(device))


def _told(device: Enrolment) -> dict[str, int | str]:
    return {
        "deviceType": DEVICE_TYPES[device.kind],
        "otpType": OTP_TYPES[device.kind],
        "OtpLength": device.digits,
        "windowSize": device.chosen_window if device.kind is DeviceKind.HOTP else device.period,
        "secretKeyHex": (device.seed or b"").hex().upper(),
    }


_EXAMPLE = Enrolment("TOKEN-1", DeviceKind.TOTP, b"12345678901234567890")
_EXAMPLE_URL = otpauth_url(_EXAMPLE, "alice", SERVICE_NAME)

HANDED_OUT: Codes = {ConflictError: APIReturnCode.DeviceAlreadyProvisioned}
PROVISIONING_TYPES = (
    RequestType(
        "get_oath_device_qrcode",
        "Show a device that was never used as a QR code.",
        (DEVICE_ID, ACCOUNT),
        get_oath_device_qrcode,
        extras={"QRCodeURL": qr_code_url(_EXAMPLE_URL), "otpauthURL": _EXAMPLE_URL},
        codes=HANDED_OUT,
    ),
    RequestType(
        "provision_oath_device",
        "Tell a phone the seed of a device that was never used, and is no other phone's.",
        (DEVICE_ID, PHYSICAL_DEVICE),
        provision_oath_device,
        extras=_told(_EXAMPLE),
        codes=HANDED_OUT,
    ),
)
