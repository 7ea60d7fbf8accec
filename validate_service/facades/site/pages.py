"""What the site's own pages share: how they look, the files they load, and the headers that keep them safe."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Response, render_template, request

from validate_service.core.branding import UNBRANDED, BrandingDesk
from validate_service.core.errors import NotFoundError, UnavailableError
from validate_service.core.model import Branding, Tenant
from validate_service.core.tenants import TenantRegister

HOUSE = "default"
"""The tenant whose branding the server's own pages wear: the one that every installation begins with."""

_FOLDER = Path(__file__).parent / "static"


class StaticFile:
    """A file that pages load.

    Attributes:
        address: Where it is, for pages; changes when the file does.
    """

    def __init__(self, name: str, media_type: str) -> None:
        """Read the file *name* of the folder ``static``."""
        self._text = (_FOLDER / name).read_text("utf-8")
        self._media_type = media_type
        self.address = f"/{name}?v={hashlib.sha256(self._text.encode()).hexdigest()[:12]}"

    def response(self) -> Response:
        """Return the file, or only that it has not changed."""
        response = Response(self._text, mimetype=self._media_type)
        response.headers["Cache-Control"] = "public, max-age=86400"
        response.add_etag()
        response.make_conditional(request)
        return response


STYLE = StaticFile("start.css", "text/css")


@dataclass(frozen=True, slots=True)
class Pages:
    """Makes the pages, in the branding of the house."""

    desk: BrandingDesk
    tenants: TenantRegister

    def page(self, template: str, *, loads: Sequence[str] = ("style", "img"), **told: object) -> Response:
        """Return the page that *template* makes.

        Args:
            template: Its file.
            loads: What it may load from this server, in the words of the Content Security Policy.
            told: What the template is told besides.
        """
        house, branding = self._look()
        response = Response(render_template(template, house=house, branding=branding, style=STYLE, **told))
        response.headers["Content-Security-Policy"] = _policy(loads)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "private, max-age=0"
        return response

    def _look(self) -> tuple[Tenant | None, Branding]:
        try:
            house = self.tenants.get(HOUSE)
            return house, self.desk.of(house)
        except (NotFoundError, UnavailableError):
            # Without a database the page still tells where everything is.
            return None, UNBRANDED


def _policy(loads: Sequence[str]) -> str:
    sources = "".join(f"{kind}-src 'self'; " for kind in loads)
    return f"default-src 'none'; {sources}base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
