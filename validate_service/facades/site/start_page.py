"""The start page: what this server is, and where its services are."""

from pathlib import Path

from flask import Blueprint, Response

from validate_service.facades.pages.files import StaticFiles
from validate_service.facades.pages.pages import Pages

_FILES = StaticFiles("/start", [Path(__file__).parent / "static" / "start.css"])


def start_page(pages: Pages) -> Blueprint:
    """Return the routes of the start page and of what it loads."""
    routes = Blueprint("start", __name__)
    routes.register_blueprint(_FILES.routes("files"))

    @routes.get("/")
    def start() -> Response:
        return pages.page("start.html", own_style=_FILES.address("start.css"))

    return routes
