"""Which facade answers which path."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from validate_service.bootstrap import Installation
from validate_service.config import Settings
from validate_service.core.errors import ValidateError
from validate_service.facades.site.routes import create_site
from validate_service.facades.soap.application import SERVICE_PATH, AsmxApplication
from validate_service.facades.soap.core_operations import CoreOperations
from validate_service.facades.soap.requests import AsmxSettings, FormAccess
from validate_service.server.edge import Edge

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def create_application(installation: Installation, settings: Settings) -> "WSGIApplication":
    """Return the whole service on *installation* as one WSGI callable."""
    asmx = AsmxApplication(
        CoreOperations(installation.core),
        AsmxSettings(
            public_url=settings.public_url or None,
            form_post=FormAccess[settings.form_post.upper()],
            form_get=FormAccess[settings.form_get.upper()],
        ),
    )
    site = create_site(lambda: is_ready(installation))
    prefix = SERVICE_PATH.lower()

    def by_path(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"][: len(prefix)].lower() == prefix:
            return asmx(environ, start_response)
        return site(environ, start_response)

    return Edge(by_path, settings.trusted_proxies)


def is_ready(installation: Installation) -> bool:
    """Tell whether the database and the key ring answer."""
    try:
        installation.keys.current()
        with installation.database.write():
            pass
    except ValidateError:
        return False
    return True
