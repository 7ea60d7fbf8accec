"""validate_oath_otp, active_oath_device, sync_oath_device, send_oath_otp."""

from validate_service.core.auth_codes import is_sent_code
from validate_service.core.calls import Call
from validate_service.core.model import Tenant
from validate_service.core.services import Core
from validate_service.facades.connector.answers import Reply, reply_of
from validate_service.facades.connector.fields import ANY_DEVICE, DELIVERY_METHOD, DEVICE, FIRST_OTP, OTP, SECOND_OTP
from validate_service.facades.connector.request_types import RequestType, administered
from validate_service.facades.declarations.fields import Values


def validate_oath_otp(core: Core, call: Call, values: Values) -> Reply:
    """Verify a code that was sent to the user, or a one-time password of the user or of one device of the user."""
    otp = values[OTP]
    if is_sent_code(otp):
        return reply_of(core.auth_codes.verify(call, str(otp)).outcome, call)
    return reply_of(core.otp.verify(call, otp, serial=values[ANY_DEVICE]).outcome, call)


@administered
def active_oath_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Accept a device's codes from now on: two consecutive ones show that its user has it."""
    decision = core.device_register.activate(call, tenant, values[DEVICE], values[FIRST_OTP], values[SECOND_OTP])
    return reply_of(decision.outcome, call)


@administered
def sync_oath_device(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Find a device that ran away, by two consecutive codes."""
    decision = core.device_register.resynchronise(call, tenant, values[DEVICE], values[FIRST_OTP], values[SECOND_OTP])
    return reply_of(decision.outcome, call)


@administered
def send_oath_otp(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Send the user a code over the channel that the caller names."""
    core.auth_code_desk.send(call, tenant, values[DELIVERY_METHOD])
    return Reply()


OTP_TYPES = (
    RequestType(
        "validate_oath_otp",
        "Verify a one-time password, or a code that was sent.",
        (OTP, ANY_DEVICE),
        validate_oath_otp,
    ),
    RequestType(
        "active_oath_device",
        "Activate a device by two consecutive one-time passwords.",
        (FIRST_OTP, SECOND_OTP, DEVICE),
        active_oath_device,
        aliases=("activate_device",),
    ),
    RequestType(
        "sync_oath_device",
        "Find a device that ran away, by two consecutive one-time passwords.",
        (FIRST_OTP, SECOND_OTP, DEVICE),
        sync_oath_device,
    ),
    RequestType("send_oath_otp", "Send the user a code for validate_oath_otp.", (DELIVERY_METHOD,), send_oath_otp),
)
