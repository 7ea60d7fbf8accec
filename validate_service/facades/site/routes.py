"""The site's routes."""

from collections.abc import Callable

from flask import Flask, Response, jsonify

from validate_service.core.branding import BrandingDesk
from validate_service.core.tenants import TenantRegister
from validate_service.facades.pages.application import create_pages
from validate_service.facades.pages.pages import FILES, Pages
from validate_service.facades.site.branding import branding_routes
from validate_service.facades.site.fido_demo import fido_demo
from validate_service.facades.site.start_page import start_page

Readiness = Callable[[], bool]
"""Tells whether a call could be decided now."""


def create_site(
    is_ready: Readiness,
    desk: BrandingDesk,
    tenants: TenantRegister,
    demonstrated: str | None = None,
    public_url: str = "",
) -> Flask:
    """Return the WSGI application of ``/``, ``/branding``, ``/healthz``, ``/readyz``, and what all pages load.

    Args:
        is_ready: Answers ``/readyz``.
        desk: Knows the branding of tenants.
        tenants: Knows the tenants.
        demonstrated: Path of the connector that ``/fido-demo`` asks; without it there is no such page.
        public_url: What browsers call us.
    """
    site = create_pages(__name__, public_url)
    pages = Pages(desk, tenants)
    site.register_blueprint(FILES.routes("files"))
    site.register_blueprint(start_page(pages))
    site.register_blueprint(branding_routes(desk))
    if demonstrated:
        site.register_blueprint(fido_demo(pages, demonstrated))

    @site.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @site.get("/readyz")
    def readyz() -> tuple[Response, int]:
        ready = is_ready()
        return jsonify(status="ready" if ready else "unavailable"), 200 if ready else 503

    return site
