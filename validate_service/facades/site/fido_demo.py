"""The demonstration of security keys: a page that enrols one and signs in with it, as a client's page would."""

from pathlib import Path

from flask import Blueprint, Response

from validate_service.facades.pages.files import StaticFiles
from validate_service.facades.pages.pages import Pages
from validate_service.facades.pages.policies import Policy

PATH = "/fido-demo"

_FILES = StaticFiles(PATH, (Path(__file__).parent / "static").glob("fido-demo.*"))
_POLICY = Policy(loads=("style", "img", "script", "connect"))


def fido_demo(pages: Pages, connector_path: str) -> Blueprint:
    """Return the routes of the page, which asks the connector at *connector_path*, and of what it loads."""
    routes = Blueprint("fido_demo", __name__)
    routes.register_blueprint(_FILES.routes("files"))

    @routes.get(PATH)
    def page() -> Response:
        style, script = _FILES.address("fido-demo.css"), _FILES.address("fido-demo.js")
        return pages.page("fido_demo.html", policy=_POLICY, connector=connector_path, own_style=style, script=script)

    return routes
