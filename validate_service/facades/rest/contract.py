"""The ten calls."""

from collections.abc import Mapping
from typing import Any

from validate_service.facades.rest.api_keys import API_KEY_CALLS
from validate_service.facades.rest.branding import BRANDING_CALLS
from validate_service.facades.rest.calls import RestCall
from validate_service.facades.rest.credentials import CREDENTIAL_CALLS
from validate_service.facades.rest.users import USER_CALLS

SERVICE_PATH = "/restservices/restservice.svc"

CALLS: tuple[RestCall[Any], ...] = (*USER_CALLS, *CREDENTIAL_CALLS, *API_KEY_CALLS, *BRANDING_CALLS)

CALLS_BY_PATH: Mapping[str, RestCall[Any]] = {
    f"{SERVICE_PATH}/{name}".lower(): call for call in CALLS for name in (call.name, *call.aliases)
}
"""Every name of every call, in lower case."""
