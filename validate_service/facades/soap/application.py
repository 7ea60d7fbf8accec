"""ValidateService.asmx as one WSGI callable."""

from collections.abc import Iterable
from http import HTTPStatus

from validate_service.facades.http.deferral import Answer
from validate_service.facades.http.requests import Environ, StartResponse
from validate_service.facades.http.responses import Response, other_verb, text_response
from validate_service.facades.soap.calls import CallServer
from validate_service.facades.soap.contract import SERVICE_NAME, ValidateService
from validate_service.facades.soap.decoding import parse_media_type
from validate_service.facades.soap.form_calls import FormCalls
from validate_service.facades.soap.gateway import Gateway
from validate_service.facades.soap.json_calls import JSON_TYPE, JsonCalls
from validate_service.facades.soap.operations import Operations
from validate_service.facades.soap.pages import Pages
from validate_service.facades.soap.requests import AsmxSettings, InvalidHostError, may_use_forms, server_url
from validate_service.facades.soap.signatures import read_contract
from validate_service.facades.soap.types import NAMESPACE
from validate_service.facades.soap.wsdl import Wsdl, disco

SERVICE_PATH = f"/{SERVICE_NAME}.asmx"

_ROOT_VERBS = "GET, HEAD, POST, OPTIONS"
_OPERATION_VERBS = "GET, POST, OPTIONS"


class AsmxApplication:
    """Answers everything at and below ``/ValidateService.asmx``; paths match without case, as on IIS.

    The address and the id of a request come from ``validate_service.address`` and
    ``validate_service.request_id`` in the environment when an outer layer set them, else from the socket and a
    new random number.
    """

    def __init__(self, operations: Operations, settings: AsmxSettings) -> None:
        """Serve *operations* in the way that *settings* say."""
        self._settings = settings
        self._contract = read_contract(ValidateService, name=SERVICE_NAME, namespace=NAMESPACE)
        server = CallServer(ValidateService, name=SERVICE_NAME, namespace=NAMESPACE)
        self._soap = Gateway(self._contract, server, operations)
        self._form = FormCalls(self._contract, server, operations, settings)
        self._json = JsonCalls(self._contract, server, operations)
        self._wsdl = Wsdl(self._contract)
        self._pages = Pages(self._contract)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333); any path that is not the service's gets 404."""
        return self._answer(environ).send(environ, start_response)

    def _answer(self, environ: Environ) -> Answer:
        path = environ.get("PATH_INFO", "")
        root, rest = path[: len(SERVICE_PATH)], path[len(SERVICE_PATH) :]
        if root.lower() != SERVICE_PATH.lower() or rest[:1] not in ("", "/"):
            return text_response(HTTPStatus.NOT_FOUND, "The resource cannot be found.\n")
        # WSGI hands over a path as Latin-1 text of its bytes.
        name = rest[1:].encode("latin-1").decode("utf-8", "replace")
        return self._at_operation(environ, name) if name else self._at_root(environ)

    def _at_root(self, environ: Environ) -> Answer:
        verb = environ["REQUEST_METHOD"]
        if verb == "POST":
            return self._soap.answer(environ)
        if verb not in ("GET", "HEAD"):
            return other_verb(verb, _ROOT_VERBS)
        try:
            return self._document(environ, environ.get("QUERY_STRING", ""))
        except InvalidHostError:
            return text_response(HTTPStatus.BAD_REQUEST, "The Host header is not valid.\n")

    def _at_operation(self, environ: Environ, name: str) -> Answer:
        verb = environ["REQUEST_METHOD"]
        if verb not in ("GET", "POST"):
            return other_verb(verb, _OPERATION_VERBS)
        if verb == "POST" and parse_media_type(environ.get("CONTENT_TYPE") or "").name == JSON_TYPE:
            return self._json.answer(environ, name)
        return self._form.answer(environ, name)

    def _document(self, environ: Environ, query: str) -> Response:
        word = query.lower()
        if word == "css":
            return self._pages.style_sheet()
        address = server_url(environ, self._settings) + SERVICE_PATH
        if word in ("wsdl", "singlewsdl"):
            return Response(HTTPStatus.OK, "text/xml; charset=utf-8", self._wsdl.at(address))
        if word == "disco":
            return Response(HTTPStatus.OK, "text/xml; charset=utf-8", disco(self._contract, address))
        if word.startswith("op="):
            for signature in self._contract.operations.values():
                if word == f"op={signature.name.lower()}":
                    with_form = may_use_forms(environ, self._settings.form_post)
                    return self._pages.operation_page(address, signature, with_form=with_form)
        return self._pages.service_page(address)
