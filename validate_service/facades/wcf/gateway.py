"""Answers messages: finds the operation, runs it, and writes what it answers."""

import logging

from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError, UnavailableError
from validate_service.core.origin import Origin
from validate_service.core.services import Core
from validate_service.facades.http.requests import Environ, origin_of
from validate_service.facades.http.responses import Response
from validate_service.facades.soap.faults import SoapFault
from validate_service.facades.wcf.bodies import read_parameters, write_answer
from validate_service.facades.wcf.contract import OPERATIONS, Operation
from validate_service.facades.wcf.envelopes import Envelope, UnansweredError, read_envelope
from validate_service.facades.wcf.faults import WcfFault, internal, undeserializable, unknown_action
from validate_service.facades.wcf.service import WcfService
from validate_service.facades.wcf.values import Value

logger = logging.getLogger(__name__)

SURFACE = "wcf"

_BY_ACTION = {operation.action: operation for operation in OPERATIONS}


class Gateway:
    """Answers messages to the service."""

    def __init__(self, core: Core) -> None:
        """Answer from *core*."""
        self._core = core
        self._service = WcfService(core)

    def answer(self, environ: Environ) -> Response:
        """Return the answer to a POST of anything that may be a SOAP message."""
        try:
            envelope = read_envelope(environ)
        except UnansweredError as error:
            return error.response
        try:
            operation = _operation(envelope)
            body = self._call(environ, operation, envelope)
        except WcfFault as fault:
            return envelope.exchange.fault(fault)
        return envelope.exchange.reply(operation.reply_action, body)

    def _call(self, environ: Environ, operation: Operation, envelope: Envelope) -> str:
        origin = origin_of(environ, SURFACE, operation.name)
        values = self._values(operation, envelope, origin)
        try:
            return write_answer(operation, self._service.call(operation, values, origin))
        except SoapFault:
            # What ended the call stands in the log, and is nobody's business outside.
            raise internal() from None

    def _values(self, operation: Operation, envelope: Envelope, origin: Origin) -> list[Value]:
        try:
            with self._core.refusals.recorded(Call(origin)):
                return read_parameters(operation, envelope.body)
        except MalformedRequestError as error:
            raise undeserializable(error.public) from None
        except UnavailableError as error:
            # The text is ours: it names the part that failed.
            logger.warning("%s: %s", error.code, error)
            raise internal() from None


def _operation(envelope: Envelope) -> Operation:
    operation = _BY_ACTION.get(envelope.action)
    if operation is None:
        raise unknown_action(envelope.exchange.addressed.version, envelope.action)
    return operation
