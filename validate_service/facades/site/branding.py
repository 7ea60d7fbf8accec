"""A tenant's pictures and colours, under ``/branding/``, for our pages and for the applications that ask for them."""

from uuid import UUID

from flask import Blueprint, Response, abort, request

from validate_service.core.branding import BrandingDesk
from validate_service.core.errors import NotFoundError
from validate_service.core.images import Image
from validate_service.core.model import Branding
from validate_service.facades.pages.colors import style_sheet


def branding_routes(desk: BrandingDesk) -> Blueprint:
    """Return the routes of every tenant's logo, splash picture and colours."""
    routes = Blueprint("branding", __name__, url_prefix="/branding/<uuid:tenant_uid>")

    def branding_of(tenant_uid: UUID) -> Branding:
        try:
            return desk.of_uid(str(tenant_uid))
        except NotFoundError:
            abort(404)

    @routes.get("/logo")
    def logo(tenant_uid: UUID) -> Response:
        branding = branding_of(tenant_uid)
        return _picture(branding, branding.logo)

    @routes.get("/splash")
    def splash(tenant_uid: UUID) -> Response:
        branding = branding_of(tenant_uid)
        return _picture(branding, branding.splash)

    @routes.get("/colors.css")
    def colors(tenant_uid: UUID) -> Response:
        branding = branding_of(tenant_uid)
        return _versioned(branding, Response(style_sheet(branding), mimetype="text/css"))

    return routes


def _picture(branding: Branding, image: Image | None) -> Response:
    if image is None:
        abort(404)
    response = Response(image.content, mimetype=image.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    # Portals of other hosts show the logo.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return _versioned(branding, response)


def _versioned(branding: Branding, response: Response) -> Response:
    """Let *response* be kept for ever under the address that names its version, and asked for again under any other."""
    response.add_etag()
    if request.args.get("v") == str(branding.changed_at):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response
