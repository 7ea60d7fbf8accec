"""The pages for people: the service page, one page for each operation, and their style sheet."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from validate_service.facades.http.responses import HEADERS, Response
from validate_service.facades.soap.samples import curl, exchanges
from validate_service.facades.soap.signatures import Contract, Kind, Signature

_HERE = Path(__file__).parent

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = (
    ("Content-Security-Policy", _CONTENT_SECURITY_POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_SECRET_PARAMETERS = frozenset({"apiKey", "pin", "cleartextValue", "authToken"})


class Pages:
    """Renders the pages of one service."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._templates.globals.update(service=contract, Kind=Kind, secret_parameters=_SECRET_PARAMETERS)
        self._style = (_HERE / "static" / "service.css").read_bytes()

    def service_page(self, address: str) -> Response:
        """Return the page that lists the operations of the service at the URL *address*."""
        operations = sorted(self._contract.operations.values(), key=lambda signature: signature.name)
        return self._page("service.html", address, operations=operations)

    def operation_page(self, address: str, signature: Signature, *, with_form: bool) -> Response:
        """Return the page of one operation; *with_form* says whether this requester may use the test form."""
        parts = urlsplit(address)
        return self._page(
            "operation.html",
            address,
            operation=signature,
            exchanges=exchanges(self._contract, signature, parts.netloc, parts.path),
            curl=curl(self._contract, signature, address),
            with_form=with_form,
            form_possible=len(signature.results) == 1,
        )

    def style_sheet(self) -> Response:
        """Return the style sheet of all pages."""
        return Response(HTTPStatus.OK, "text/css; charset=utf-8", self._style)

    def _page(self, template: str, address: str, **values: Any) -> Response:
        path = urlsplit(address).path
        page = self._templates.get_template(template).render(address=address, path=path, **values)
        return Response(HTTPStatus.OK, "text/html; charset=utf-8", page.encode(), (*HEADERS, *_PAGE_HEADERS))
