"""The site's routes."""

from collections.abc import Callable

from flask import Flask, Response, jsonify
from jinja2 import StrictUndefined

from validate_service.core.branding import BrandingDesk
from validate_service.core.errors import UnavailableError
from validate_service.core.tenants import TenantRegister
from validate_service.facades.site.branding import branding_routes
from validate_service.facades.site.fido_demo import fido_demo
from validate_service.facades.site.pages import Pages
from validate_service.facades.site.start_page import start_page

Readiness = Callable[[], bool]
"""Tells whether a call could be decided now."""


def create_site(
    is_ready: Readiness, desk: BrandingDesk, tenants: TenantRegister, demonstrated: str | None = None
) -> Flask:
    """Return the WSGI application of ``/``, ``/branding``, ``/healthz`` and ``/readyz``.

    Args:
        is_ready: Answers ``/readyz``.
        desk: Knows the branding of tenants.
        tenants: Knows the tenants.
        demonstrated: Path of the connector that ``/fido-demo`` asks; without it there is no such page.
    """
    site = Flask(__name__, static_folder=None)
    site.jinja_env.undefined = StrictUndefined
    site.jinja_env.trim_blocks = site.jinja_env.lstrip_blocks = True
    pages = Pages(desk, tenants)
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

    @site.errorhandler(UnavailableError)
    def unavailable(error: UnavailableError) -> tuple[str, int, dict[str, str]]:
        return error.public, 503, {"Content-Type": "text/plain; charset=utf-8", "Retry-After": "5"}

    @site.after_request
    def as_declared(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return site
