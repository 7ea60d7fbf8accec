"""``/pingme/`` as one WSGI callable."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from validate_service.core.services import Core
from validate_service.facades.http.requests import Environ, StartResponse
from validate_service.facades.pages.application import create_pages
from validate_service.facades.pages.forgery import OwnPages
from validate_service.facades.pages.pages import Pages
from validate_service.facades.pages.texts import Catalogue
from validate_service.facades.pingme.account import account
from validate_service.facades.pingme.calls import calls
from validate_service.facades.pingme.events import Events
from validate_service.facades.pingme.shell import shell
from validate_service.facades.pingme.visitors import Visitors

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse as WsgiStart

PATH = "/pingme"
CATALOGUE = Catalogue(Path(__file__).parent / "texts")


class PingMeApplication:
    """Answers everything below ``/pingme``; paths match without case."""

    def __init__(self, core: Core, public_url: str = "") -> None:
        """Answer from *core*; browsers call us *public_url*."""
        visitors = Visitors(core, CATALOGUE, OwnPages(public_url))
        pages = Pages(core.branding_desk, core.tenant_register)
        self._events = Events(visitors)
        self._pages = create_pages(__name__, public_url)
        self._pages.register_blueprint(shell(pages, visitors, PATH), url_prefix=PATH)
        self._pages.register_blueprint(account(pages, visitors, PATH), url_prefix=f"{PATH}/account")
        self._pages.register_blueprint(calls(visitors), url_prefix=PATH)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        environ["PATH_INFO"] = environ["PATH_INFO"].lower()
        if environ["PATH_INFO"] == f"{PATH}/events":
            return self._events(environ, start_response)
        return self._pages(environ, cast("WsgiStart", start_response))
