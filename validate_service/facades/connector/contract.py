"""The types."""

from collections.abc import Mapping
from typing import NoReturn

from validate_service.core.calls import Call
from validate_service.core.errors import PolicyError
from validate_service.core.services import Core
from validate_service.facades.connector.devices import DEVICE_TYPES
from validate_service.facades.connector.fido import FIDO_TYPES
from validate_service.facades.connector.otp import OTP_TYPES
from validate_service.facades.connector.provisioning import PROVISIONING_TYPES
from validate_service.facades.connector.pushes import PUSH_TYPES
from validate_service.facades.connector.request_types import RequestType
from validate_service.facades.connector.sessions import SESSION_TYPES
from validate_service.facades.connector.users import USER_TYPES
from validate_service.facades.declarations.fields import Values

SERVICE_PATH = "/AuthServer/REST/U2F/U2FServer.aspx"

TYPES: tuple[RequestType, ...] = (
    *(*OTP_TYPES, *USER_TYPES, *DEVICE_TYPES, *PROVISIONING_TYPES),
    *(*SESSION_TYPES, *PUSH_TYPES, *FIDO_TYPES),
)

NOT_SERVED: Mapping[str, str] = {"validate_csc": "The vendor does not say in public what its fields are."}
"""Types of the vendor's that are known and not served, and why."""


def refuse_type(core: Core, call: Call, _values: Values) -> NoReturn:
    """Tell a known caller that the type is not served."""
    core.gate.admit_caller(call, None)
    raise PolicyError("This type is not supported.")


TYPES_BY_NAME: Mapping[str, RequestType] = {
    **{name: RequestType(name, reason, (), refuse_type) for name, reason in NOT_SERVED.items()},
    **{name: one for one in TYPES for name in (one.name, *one.aliases)},
}
"""Every name of every type, in lower case."""
