"""The cookie of a session."""

from dataclasses import dataclass

from flask import Response
from werkzeug.wrappers import Request

from validate_service.facades.http.requests import Environ


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """A cookie that no script reads, no other host sets, and no unencrypted connection carries.

    Attributes:
        name: Its name; begins with ``__Host-``, by which browsers make sure of all that (RFC 6265bis section 4.1.3.2).
        life_s: For how long browsers keep it; no longer than the session lives.
    """

    name: str
    life_s: int

    def token(self, environ: Environ) -> str:
        """Return the token that a request brought; empty if none."""
        return Request(environ).cookies.get(self.name, "")

    def give(self, response: Response, token: str) -> None:
        """Let *response* leave *token* with the browser; a link from elsewhere opens pages with it, too: ``Lax``."""
        response.set_cookie(self.name, token, max_age=self.life_s, path="/", secure=True, httponly=True, samesite="Lax")

    def take(self, response: Response) -> None:
        """Let *response* make the browser forget the token."""
        response.delete_cookie(self.name, path="/", secure=True, httponly=True, samesite="Lax")
