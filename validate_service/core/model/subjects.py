"""Who calls about whom."""

from dataclasses import dataclass

from validate_service.core.model.callers import Caller, Tenant
from validate_service.core.model.factors import OathDevice
from validate_service.core.model.users import User


@dataclass(frozen=True, slots=True)
class Subject:
    """Who calls about whom: what one SELECT finds.

    Attributes:
        tenant: The caller's tenant.
        caller: Who calls.
        user: The user named, ``None`` if there is none.
        devices: The user's OATH devices, if they were asked for.
        has_authenticator: Whether the user has an enabled authenticator for push approvals, if that was asked for.
    """

    tenant: Tenant
    caller: Caller
    user: User | None
    devices: tuple[OathDevice, ...] = ()
    has_authenticator: bool = False
