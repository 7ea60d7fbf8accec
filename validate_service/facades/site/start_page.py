"""The start page: what this server is, and where its services are."""

import hashlib
from pathlib import Path

from flask import Blueprint, Response, render_template, request

from validate_service.core.branding import UNBRANDED, BrandingDesk
from validate_service.core.errors import NotFoundError, UnavailableError
from validate_service.core.tenants import TenantRegister

HOUSE = "default"
"""The tenant whose branding the server's own pages wear: the one that every installation begins with."""

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_STYLE = (Path(__file__).parent / "static" / "start.css").read_text("utf-8")
_STYLE_VERSION = hashlib.sha256(_STYLE.encode()).hexdigest()[:12]


def start_page(desk: BrandingDesk, tenants: TenantRegister) -> Blueprint:
    """Return the routes of the start page and its style sheet."""
    routes = Blueprint("start", __name__)

    @routes.get("/")
    def start() -> Response:
        try:
            house = tenants.get(HOUSE)
            branding = desk.of(house)
        except (NotFoundError, UnavailableError):
            # Without a database the page still tells where everything is.
            house, branding = None, UNBRANDED
        page = render_template("start.html", house=house, branding=branding, style_version=_STYLE_VERSION)
        response = Response(page)
        response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "private, max-age=0"
        return response

    @routes.get("/start.css")
    def style() -> Response:
        response = Response(_STYLE, mimetype="text/css")
        response.headers["Cache-Control"] = "public, max-age=86400"
        response.add_etag()
        response.make_conditional(request)
        return response

    return routes
