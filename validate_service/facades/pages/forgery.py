"""Requests that a page of somebody else makes in the user's name (cross-site request forgery)."""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from validate_service.facades.http.requests import Environ


class ForgedRequestError(Exception):
    """A request that changes something may not come from one of our pages."""


@dataclass(frozen=True, slots=True)
class OwnPages:
    """Tells requests of our own pages from those of others.

    Attributes:
        public_url: What browsers call us; empty to take it from each request.
    """

    public_url: str = ""

    def require_own(self, environ: Environ) -> None:
        """Return if the browser says that a page of ours sent the request.

        Browsers say so in ``Sec-Fetch-Site``, and older ones in ``Origin``; no page can change either.

        Raises:
            ForgedRequestError: it says otherwise, or nothing.
        """
        site = environ.get("HTTP_SEC_FETCH_SITE")
        if site is None and environ.get("HTTP_ORIGIN") == self._origin(environ):
            return
        if site != "same-origin":
            raise ForgedRequestError

    def _origin(self, environ: Environ) -> str:
        if self.public_url:
            parts = urlsplit(self.public_url)
            return f"{parts.scheme}://{parts.netloc}"
        return f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"


def require_form_token(given: str, expected: str) -> None:
    """Return if *given* is what only the pages of this session know.

    Raises:
        ForgedRequestError: it is not.
    """
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise ForgedRequestError
