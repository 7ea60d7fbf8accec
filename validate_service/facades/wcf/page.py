"""The page for people: where the description is, and which operations there are."""

from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from validate_service.facades.http.responses import HEADERS, Response
from validate_service.facades.wcf.contract import OPERATIONS, SERVICE_NAME

_HERE = Path(__file__).parent
_PAGE_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)


class Page:
    """Renders the page."""

    def __init__(self) -> None:
        loader = FileSystemLoader(_HERE / "templates")
        environment = Environment(
            loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
        )
        self._template = environment.get_template("page.html")
        self._style = (_HERE / "static" / "page.css").read_bytes()

    def at(self, address: str) -> Response:
        """Return the page of the service at the URL *address*."""
        page = self._template.render(name=SERVICE_NAME, address=address, operations=OPERATIONS)
        return Response(HTTPStatus.OK, "text/html; charset=utf-8", page.encode(), (*HEADERS, *_PAGE_HEADERS))

    def style_sheet(self) -> Response:
        """Return the page's style sheet."""
        return Response(HTTPStatus.OK, "text/css; charset=utf-8", self._style)
