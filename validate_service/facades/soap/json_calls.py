"""Calls with a JSON object, answered as a ``[ScriptService]`` does: ``{"d": value}``."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from validate_service.core.errors import MalformedRequestError
from validate_service.facades.declarations.json_object import read_object
from validate_service.facades.http.deferral import Answer
from validate_service.facades.http.requests import Environ, RefusedBodyError, origin_of, read_body
from validate_service.facades.http.responses import HEADERS, Response
from validate_service.facades.soap.calls import CallServer, late_result
from validate_service.facades.soap.faults import SoapFault
from validate_service.facades.soap.messages import Value
from validate_service.facades.soap.operations import Invocation, Operations, Pending
from validate_service.facades.soap.signatures import Contract, Kind, Signature
from validate_service.facades.soap.xml_text import echo, is_xml_text

JSON_TYPE = "application/json"


class JsonError(Exception):
    """A request cannot be taken; the text is for the caller."""


class JsonCalls:
    """Answers JSON calls to one service."""

    def __init__(self, contract: Contract, server: CallServer, operations: Operations) -> None:
        self._contract = contract
        self._server = server
        self._operations = operations

    def answer(self, environ: Environ, name: str) -> Answer:
        """Return the answer to a JSON POST to ``/ValidateService.asmx/<name>``."""
        try:
            value = self._call(environ, name)
            return value.deferral(lambda: _late(value)) if isinstance(value, Pending) else _result(value)
        except RefusedBodyError as refused:
            return _error(f"{refused.status.phrase}.", "System.InvalidOperationException", refused.status)
        except JsonError as error:
            return _error(str(error), "System.ArgumentException")
        except SoapFault as fault:
            return _fault(fault)

    def _call(self, environ: Environ, name: str) -> Any:
        signature = self._contract.operations.get(name)
        if signature is None:
            raise JsonError(f"Unknown web method {echo(name)}.\r\nParameter name: methodName")
        values = _parameters(signature, _read_object(read_body(environ)))
        invocation = Invocation(self._operations, origin_of(environ, "json", name))
        results = self._server.call_with_values(signature.descriptor, values, invocation)
        if len(results) == 1:
            return results[0]
        return {field.name: result for field, result in zip(signature.results, results, strict=True)}


def _read_object(body: bytes) -> dict[str, object]:
    """Return the body's object with its names in lower case; an empty body is an empty object."""
    try:
        return read_object(body) if body.strip() else {}
    except MalformedRequestError as error:
        raise JsonError(error.public) from None


def _parameters(signature: Signature, fields: Mapping[str, Any]) -> list[Value]:
    values: list[Value] = []
    for field in signature.parameters:
        value = fields.get(field.name.lower())
        texts = value if field.kind is Kind.TEXTS and isinstance(value, list) else [value]
        if field.kind is Kind.TEXTS and not isinstance(value, list | type(None)):
            raise JsonError(f"Invalid value of parameter: {field.name}.")
        if not all(text is None or (isinstance(text, str) and is_xml_text(text)) for text in texts):
            raise JsonError(f"Invalid value of parameter: {field.name}.")
        values.append(value)
    return values


def _late(pending: Pending) -> Response:
    try:
        return _result(late_result(pending))
    except SoapFault as fault:
        return _fault(fault)


def _result(value: Any) -> Response:
    return _response(HTTPStatus.OK, {"d": value})


def _fault(fault: SoapFault) -> Response:
    return _error(fault.text, "System.Web.Services.Protocols.SoapException")


def _error(text: str, kind: str, status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR) -> Response:
    return _response(status, {"Message": text, "StackTrace": "", "ExceptionType": kind}, ("jsonerror", "true"))


def _response(status: HTTPStatus, value: Any, *headers: tuple[str, str]) -> Response:
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(status, JSON_TYPE, body, (*HEADERS, *headers))
