"""The service as one WSGI callable."""

from collections.abc import Iterable
from http import HTTPStatus

from validate_service.core.services import Core
from validate_service.facades.http.requests import Environ, StartResponse
from validate_service.facades.http.responses import Response, other_verb, text_response
from validate_service.facades.soap.requests import AsmxSettings, InvalidHostError, server_url
from validate_service.facades.wcf.contract import SERVICE_PATH
from validate_service.facades.wcf.gateway import Gateway
from validate_service.facades.wcf.page import Page
from validate_service.facades.wcf.wsdl import wsdl

VERBS = "GET, HEAD, POST, OPTIONS"
XML_TYPE = "text/xml; charset=utf-8"


class WcfApplication:
    """Answers ``SurePassAuthServerWCFService.svc``: messages, and the documents about them."""

    def __init__(self, core: Core, settings: AsmxSettings) -> None:
        """Answer from *core*, under the URL that *settings* say."""
        self._settings = settings
        self._gateway = Gateway(core)
        self._page = Page()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        return self._answer(environ).send(environ, start_response)

    def _answer(self, environ: Environ) -> Response:
        verb = environ["REQUEST_METHOD"]
        if verb == "POST":
            return self._gateway.answer(environ)
        if verb not in ("GET", "HEAD"):
            return other_verb(verb, VERBS)
        try:
            address = server_url(environ, self._settings) + SERVICE_PATH
        except InvalidHostError:
            return text_response(HTTPStatus.BAD_REQUEST, "The Host header is not valid.\n")
        return self._document(environ.get("QUERY_STRING", "").lower(), address)

    def _document(self, query: str, address: str) -> Response:
        """Return what a *query* asks for; whatever is unknown gets the page, as from WCF."""
        if query == "css":
            return self._page.style_sheet()
        if query in ("wsdl", "singlewsdl"):
            return Response(HTTPStatus.OK, XML_TYPE, wsdl(address))
        return self._page.at(address)
