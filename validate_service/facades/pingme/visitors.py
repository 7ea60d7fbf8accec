"""Who is signed in."""

from dataclasses import dataclass

from flask import g, request

from validate_service.core.authenticators.sessions import LONGEST_SESSION_S
from validate_service.core.calls import Call
from validate_service.core.errors import CallerNotAuthorizedError, UnavailableError
from validate_service.core.model import Holder
from validate_service.core.services import Core
from validate_service.facades.http.requests import Environ, origin_of
from validate_service.facades.pages.cookies import SessionCookie
from validate_service.facades.pages.forgery import OwnPages
from validate_service.facades.pages.texts import Catalogue, Texts

SURFACE = "pingme"
COOKIE = SessionCookie("__Host-mfa_me", life_s=LONGEST_SESSION_S)


@dataclass(frozen=True, slots=True)
class Visitors:
    """Knows the sessions, and in which language to speak to whom.

    Attributes:
        core: The core.
        catalogue: What pages say.
        own_pages: Tells our own pages' requests from others.
    """

    core: Core
    catalogue: Catalogue
    own_pages: OwnPages

    def holder_of(self, environ: Environ) -> Holder | None:
        """Return who is signed in where the request came from, or ``None``."""
        token = COOKIE.token(environ)
        return self.core.phone_sessions.find(token) if token else None

    def present(self) -> Holder | None:
        """Return who makes the present request, or ``None`` if nobody is signed in; looked up once."""
        if "holder" not in g:
            g.holder = self.holder_of(request.environ)
        holder: Holder | None = g.holder
        return holder

    def require(self) -> Holder:
        """Return who makes the present request.

        Raises:
            CallerNotAuthorizedError: nobody is signed in, or not any more.
        """
        holder = self.present()
        if holder is None:
            raise CallerNotAuthorizedError("no session")
        return holder

    def texts(self) -> Texts:
        """Return the texts for whoever makes the present request: in the user's language, or the browser's."""
        try:
            holder = self.present()
        except UnavailableError:
            holder = None
        return self.catalogue.of(holder.language) if holder else self.catalogue.of_browser()

    def call(self, operation: str) -> Call:
        """Return the present request as the core sees it."""
        return Call(origin_of(request.environ, SURFACE, operation))
