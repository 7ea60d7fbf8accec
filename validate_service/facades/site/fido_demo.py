"""The demonstration of security keys: a page that enrols one and signs in with it, as a client's page would."""

from flask import Blueprint, Response

from validate_service.facades.site.pages import Pages, StaticFile

PATH = "/fido-demo"

_STYLE = StaticFile("fido-demo.css", "text/css")
_SCRIPT = StaticFile("fido-demo.js", "text/javascript")


def fido_demo(pages: Pages, connector_path: str) -> Blueprint:
    """Return the routes of the page, which asks the connector at *connector_path*, and of what it loads."""
    routes = Blueprint("fido_demo", __name__)

    @routes.get(PATH)
    def page() -> Response:
        loads = ("style", "img", "script", "connect")
        return pages.page("fido_demo.html", loads=loads, connector=connector_path, own_style=_STYLE, script=_SCRIPT)

    @routes.get(f"{PATH}.css")
    def style() -> Response:
        return _STYLE.response()

    @routes.get(f"{PATH}.js")
    def script() -> Response:
        return _SCRIPT.response()

    return routes
