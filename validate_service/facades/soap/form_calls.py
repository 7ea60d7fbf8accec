"""Calls with a form or a query string: ASMX's HttpPost and HttpGet protocols."""

import html
from http import HTTPStatus
from urllib.parse import parse_qs

from validate_service.facades.http.deferral import Answer
from validate_service.facades.http.requests import Environ, RefusedBodyError, origin_of, read_body
from validate_service.facades.http.responses import Response, text_response
from validate_service.facades.soap.calls import CallServer, late_result
from validate_service.facades.soap.decoding import parse_media_type, python_codec
from validate_service.facades.soap.envelope import DECLARATION, XSI
from validate_service.facades.soap.faults import SoapFault
from validate_service.facades.soap.messages import Value
from validate_service.facades.soap.operations import Invocation, Operations, Pending
from validate_service.facades.soap.requests import AsmxSettings, may_use_forms
from validate_service.facades.soap.signatures import Contract, Kind, Signature
from validate_service.facades.soap.xml_text import echo, escape, is_xml_text

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 1000


class FormError(Exception):
    """A form cannot be taken; the text is what ASP.NET says of it."""


class FormCalls:
    """Answers form calls to one service."""

    def __init__(self, contract: Contract, server: CallServer, operations: Operations, settings: AsmxSettings) -> None:
        self._contract = contract
        self._server = server
        self._operations = operations
        self._settings = settings

    def answer(self, environ: Environ, name: str) -> Answer:
        """Return the answer to a GET or POST of ``/ValidateService.asmx/<name>``."""
        try:
            signature = self._signature(environ, name)
            value = self._call(environ, signature)
            if isinstance(value, Pending):
                return value.deferral(lambda: self._late(signature, value))
            return self._result(signature, value)
        except RefusedBodyError as refused:
            return text_response(refused.status, f"{refused.status.phrase}.\r\n")
        except FormError as error:
            return _error(str(error))
        except SoapFault as fault:
            return _error(fault.text)

    def _signature(self, environ: Environ, name: str) -> Signature:
        posted = environ["REQUEST_METHOD"] == "POST"
        if not may_use_forms(environ, self._settings.form_post if posted else self._settings.form_get):
            raise FormError(f"Request format is unrecognized for URL unexpectedly ending in '/{echo(name)}'.")
        signature = self._contract.operations.get(name)
        if signature is None:
            raise FormError(_unknown(name, self._contract))
        content_type = environ.get("CONTENT_TYPE") or ""
        if posted and parse_media_type(content_type).name != FORM_TYPE:
            raise FormError(f"Request format is invalid: {echo(content_type)}.")
        if len(signature.results) > 1:
            # A bare value has no place for an out parameter.
            raise FormError(f"{name} Web Service method name is not valid.")
        return signature

    def _call(self, environ: Environ, signature: Signature) -> Value | Pending:
        origin = origin_of(environ, "form", signature.name)
        values = _parameters(signature, _fields(environ))
        result: Value | Pending
        (result,) = self._server.call_with_values(signature.descriptor, values, Invocation(self._operations, origin))
        return result

    def _late(self, signature: Signature, pending: Pending) -> Response:
        try:
            return self._result(signature, late_result(pending))
        except SoapFault as fault:
            return _error(fault.text)

    def _result(self, signature: Signature, value: Value) -> Response:
        namespace = self._contract.namespace
        tag = signature.results[0].kind.value
        if value is None:
            written = f'<{tag} xsi:nil="true" xmlns:xsi="{XSI}" xmlns="{namespace}" />'
        else:
            text = escape(value) if isinstance(value, str) else str(value).lower()
            written = f'<{tag} xmlns="{namespace}">{text}</{tag}>'
        return Response(HTTPStatus.OK, "text/xml; charset=utf-8", f"{DECLARATION}\r\n{written}".encode())


def _unknown(name: str, contract: Contract) -> str:
    similar = next((known for known in contract.operations if known.lower() == name.lower()), None)
    if similar is None:
        return f"{echo(name)} Web Service method name is not valid."
    return (
        f"Invalid method name '{name}',  method names are case sensitive.   The method name '{similar}' "
        "with the same name but different casing was found.\r\nParameter name: methodName"
    )


def _fields(environ: Environ) -> dict[str, list[str]]:
    """Return the values of each field by its name in lower case."""
    if environ["REQUEST_METHOD"] == "POST":
        codec = python_codec(parse_media_type(environ["CONTENT_TYPE"]).charset) or "utf-8"
        text = read_body(environ).decode(codec, "replace")
    else:
        text = environ.get("QUERY_STRING", "")
    try:
        parsed = parse_qs(text, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise FormError("Request format is invalid: too many fields.") from None
    fields: dict[str, list[str]] = {}
    for name, values in parsed.items():
        fields.setdefault(name.lower(), []).extend(values)
    return fields


def _parameters(signature: Signature, fields: dict[str, list[str]]) -> list[Value]:
    """Return the values in wire order; several values of one text are joined with a comma, as in .NET."""
    values: list[Value] = []
    for field in signature.parameters:
        given = fields.get(field.name.lower())
        if given is None:
            raise FormError(f"Missing parameter: {field.name}.")
        if not all(is_xml_text(text) for text in given):
            raise FormError(f"Invalid character in parameter: {field.name}.")
        values.append(list[str | None](given) if field.kind is Kind.TEXTS else ",".join(given))
    return values


def _error(text: str) -> Response:
    return text_response(HTTPStatus.INTERNAL_SERVER_ERROR, html.escape(text).replace("&#x27;", "&#39;") + "\r\n")
