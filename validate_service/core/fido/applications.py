"""Applications of FIDO: their identity is a URL, and their facets are the pages that may ask in their name.

FIDO AppID and Facets 1.2.  The list of facets is the tenant's setting; nothing is fetched from the network.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from validate_service.core.errors import MalformedRequestError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.settings import TenantSettings

_AT_HOME = frozenset({"localhost", "127.0.0.1", "::1"})


def require_app_id(app_id: str) -> str:
    """Return *app_id* if it is the URL of an application: https, or http on this very machine.

    >>> require_app_id("https://mfa.example.org/app-id.json")
    'https://mfa.example.org/app-id.json'

    Raises:
        MalformedRequestError: it is none, has a user, a query or a fragment, or is longer than 256 characters.
    """
    require_text("appId", app_id, longest=LONGEST_NAME)
    try:
        url = urlsplit(app_id)
        well_formed = url.port != 0
    except ValueError:
        well_formed = False
    if not well_formed or not url.hostname or "@" in url.netloc or url.query or url.fragment or not app_id.isascii():
        raise MalformedRequestError("appId must be the URL of an application.")
    if url.scheme != "https" and (url.scheme != "http" or url.hostname not in _AT_HOME):
        raise MalformedRequestError("appId must begin with https://.")
    return app_id


def facets_of(settings: TenantSettings, app_id: str) -> Collection[str]:
    """Return who may ask in the name of *app_id*: the tenant's list, or, without one, pages of its own origin."""
    url = urlsplit(app_id)
    return settings.facets.get(app_id) or (f"{url.scheme}://{url.netloc}",)
