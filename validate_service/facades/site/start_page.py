"""The start page: what this server is, and where its services are."""

from flask import Blueprint, Response

from validate_service.facades.site.pages import STYLE, Pages


def start_page(pages: Pages) -> Blueprint:
    """Return the routes of the start page and of the style sheet that all pages have."""
    routes = Blueprint("start", __name__)

    @routes.get("/")
    def start() -> Response:
        return pages.page("start.html")

    @routes.get("/start.css")
    def style() -> Response:
        return STYLE.response()

    return routes
