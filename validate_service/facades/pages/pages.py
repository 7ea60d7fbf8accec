"""Makes pages: how they look, and what they may load."""

from dataclasses import dataclass
from pathlib import Path

from flask import Response, render_template

from validate_service.core.branding import UNBRANDED, BrandingDesk
from validate_service.core.errors import NotFoundError, UnavailableError
from validate_service.core.model import DEFAULT_TENANT, Branding, Tenant
from validate_service.core.tenants import TenantRegister
from validate_service.facades.pages.files import StaticFiles
from validate_service.facades.pages.policies import PLAIN, Policy

FILES = StaticFiles("/pages", (Path(__file__).parent / "static").iterdir())
"""What all pages load."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Makes the pages, in the branding of a tenant; of the one that every installation begins with, if of no other."""

    desk: BrandingDesk
    tenants: TenantRegister

    def page(
        self,
        template: str,
        *,
        policy: Policy = PLAIN,
        tenant: Tenant | None = None,
        language: str = "en",
        **told: object,
    ) -> Response:
        """Return the page that *template* makes.

        Args:
            template: Its file.
            policy: What it may do.
            tenant: Whose branding it wears.
            language: Which language it is in.
            told: What the template is told besides.
        """
        house, branding = self._look(tenant)
        style = FILES.address("style.css")
        told |= {"house": house, "branding": branding, "language": language, "style": style}
        response = Response(render_template(template, **told))
        response.headers["Content-Security-Policy"] = str(policy)
        return response

    def _look(self, tenant: Tenant | None) -> tuple[Tenant | None, Branding]:
        try:
            house = tenant or self.tenants.get(DEFAULT_TENANT)
            return house, self.desk.of(house)
        except (NotFoundError, UnavailableError):
            # Without a database the page still tells where everything is.
            return None, UNBRANDED
