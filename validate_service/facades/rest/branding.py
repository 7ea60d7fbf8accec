"""getbrandinginfo."""

from datetime import UTC, datetime, timedelta

from validate_service.core.calls import Call
from validate_service.core.images import Image
from validate_service.core.model import Branding, Instant, Tenant
from validate_service.core.services import Core
from validate_service.facades.declarations.fields import Declaration, Values
from validate_service.facades.rest.answers import Members
from validate_service.facades.rest.calls import RestCall, admit_anybody
from validate_service.facades.rest.fields import API_KEY

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def get_branding_info(core: Core, call: Call, tenant: Tenant, _values: Values) -> Members:
    """Return the tenant's branding."""
    return branding_members(core.branding_desk.read(call, tenant), tenant.uid)


def branding_members(branding: Branding, tenant_uid: str) -> Members:
    """Return *branding* under the names, and in the order, of the wire."""
    return {
        "status": "Success",
        "Result": "Success",
        "Color": branding.color,
        "Email": branding.email,
        "EmailEnabled": bool(branding.email),
        "LogoPath": _path(tenant_uid, "logo", branding.logo, branding.changed_at),
        "PhoneEnabled": bool(branding.phone),
        "PhoneNumber": branding.phone,
        "SplashColor": branding.splash_color,
        "SplashPath": _path(tenant_uid, "splash", branding.splash, branding.changed_at),
        "Timestamp": _written(branding.changed_at),
    }


def _path(tenant_uid: str, picture: str, image: Image | None, changed_at: Instant) -> str:
    # The version lets a client keep the picture until there is another.
    return f"/branding/{tenant_uid}/{picture}?v={changed_at}" if image else ""


def _written(instant: Instant) -> str:
    """Return *instant* as the source writes it: UTC, to the second, without a zone."""
    return (_EPOCH + timedelta(microseconds=instant)).strftime("%Y-%m-%dT%H:%M:%S")


BRANDING_CALLS = (
    RestCall(
        "getbrandinginfo",
        "Get colours, pictures and contacts.",
        "Any POST is answered. With an apiKey the answer is that of the key's tenant. Other fields are ignored.",
        Declaration(API_KEY),
        admit_anybody,
        get_branding_info,
        branding_members(
            Branding("#e80000", "#fffef8", "user@organization.com", "+1 212 555 0100", None, None, 1511976713000000), ""
        ),
        takes_any_body=True,
    ),
)
