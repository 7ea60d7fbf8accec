"""Which facade answers which path."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from validate_service.bootstrap import Installation
from validate_service.config import Settings
from validate_service.core.errors import ValidateError
from validate_service.facades.connector.application import ConnectorApplication
from validate_service.facades.connector.contract import SERVICE_PATH as CONNECTOR_PATH
from validate_service.facades.connector.openapi import connector_paths, connector_schemas
from validate_service.facades.declarations.openapi import JSON_TYPE, openapi_document
from validate_service.facades.http.documents import FixedDocument
from validate_service.facades.pingme.application import PATH as PINGME_PATH
from validate_service.facades.pingme.application import PingMeApplication
from validate_service.facades.rest.application import RestApplication
from validate_service.facades.rest.contract import SERVICE_PATH as REST_PATH
from validate_service.facades.rest.openapi import SECURITY_SCHEMES, rest_paths
from validate_service.facades.site.routes import create_site
from validate_service.facades.soap.application import SERVICE_PATH as ASMX_PATH
from validate_service.facades.soap.application import AsmxApplication
from validate_service.facades.soap.core_operations import CoreOperations
from validate_service.facades.soap.requests import AsmxSettings, FormAccess
from validate_service.facades.wcf.application import WcfApplication
from validate_service.facades.wcf.contract import SERVICE_PATH as WCF_PATH
from validate_service.server.edge import Edge
from validate_service.server.metrics import PATH as METRICS_PATH
from validate_service.server.metrics import Counted, Meters, MetricsPage
from validate_service.storage.readiness import require_writable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Applications = Mapping[str, WSGIApplication]

OPENAPI_PATH = "/openapi.json"


def create_application(
    installation: Installation, settings: Settings, *, demonstrating: bool = False, meters: Meters | None = None
) -> "WSGIApplication":
    """Return the whole service as one WSGI callable.

    Args:
        installation: What it works on.
        settings: The installation's settings.
        demonstrating: Whether to add the pages of a demonstration.
        meters: Where answers are counted; ``None`` for a table of this process alone.
    """
    core, meters = installation.core, meters or Meters()
    demonstrated = CONNECTOR_PATH if demonstrating else None
    site = create_site(
        lambda: is_ready(installation), core.branding_desk, core.tenant_register, demonstrated, settings.public_url
    )

    def counted(surface: str, application: "WSGIApplication") -> "WSGIApplication":
        return Counted(application, meters.responses_of(surface))

    pages = counted("site", site)
    facades: Applications = {
        ASMX_PATH: counted("soap", AsmxApplication(CoreOperations(core), _asmx_settings(settings))),
        REST_PATH: counted("rest", RestApplication(core)),
        PINGME_PATH: counted("pingme", PingMeApplication(core, settings.public_url)),
    }
    exact: Applications = {
        OPENAPI_PATH: _openapi(),
        CONNECTOR_PATH: counted("connector", ConnectorApplication(core)),
        WCF_PATH: counted("wcf", WcfApplication(core, _asmx_settings(settings))),
        METRICS_PATH: MetricsPage(meters, settings.administration_networks, pages),
    }
    return Edge(ByPath(exact, facades, pages), settings.trusted_proxies)


class ByPath:
    """One WSGI callable of many: the path, without case, says which of them answers."""

    def __init__(self, exact: "Applications", below: "Applications", other: "WSGIApplication") -> None:
        """Let *exact* answer at their paths, *below* whatever begins with theirs, and *other* everything else."""
        self._exact = {path.lower(): application for path, application in exact.items()}
        self._below = [(path.lower(), application) for path, application in below.items()]
        self._other = other

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        path = environ["PATH_INFO"].lower()
        for beginning, application in self._below:
            if path.startswith(beginning):
                return application(environ, start_response)
        return self._exact.get(path, self._other)(environ, start_response)


def _asmx_settings(settings: Settings) -> AsmxSettings:
    return AsmxSettings(
        public_url=settings.public_url or None,
        form_post=FormAccess[settings.form_post.upper()],
        form_get=FormAccess[settings.form_get.upper()],
    )


@cache
def _openapi() -> FixedDocument:
    document = openapi_document(
        rest_paths(),
        connector_paths(),
        title="ValidateService",
        version=version("validate-service"),
        description="The calls in JSON. Paths and names of fields match without case; every media type is taken.",
        components={"securitySchemes": SECURITY_SCHEMES, "schemas": connector_schemas()},
    )
    return FixedDocument(JSON_TYPE, document)


def is_ready(installation: Installation) -> bool:
    """Tell whether the key ring answers, and the database takes changes."""
    try:
        installation.keys.current()
        with installation.database.write() as transaction:
            require_writable(transaction)
    except ValidateError:
        return False
    return True
