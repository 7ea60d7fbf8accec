"""Spyne runs the operations: its application, its protocol and the transport between them.

Spyne's own protocols and HTTP transport are not used.  They read SOAP 1.1 or 1.2 but not both, ignore SOAPAction,
and cost more than all the rest of a request.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from validate_service.facades.soap._spyne_compat import (
    Application,
    Fault,
    MethodContext,
    ProtocolBase,
    ServerBase,
    TransportContext,
)
from validate_service.facades.soap.envelope import SoapVersion, fault_message, message
from validate_service.facades.soap.faults import SoapFault, fault_of, server_fault
from validate_service.facades.soap.messages import read_parameters, write_results
from validate_service.facades.soap.operations import Pending
from validate_service.facades.soap.parsing import Element
from validate_service.facades.soap.signatures import Signature
from validate_service.facades.soap.xml_text import is_xml_text

UNWRITABLE_RESULT = "The result has a character that XML cannot carry."

_UNSET: Any = None

Written: TypeAlias = tuple[bytes, bool]
"""An answer's bytes, and whether it is no fault."""


class _Application(Application):  # type: ignore[misc]
    def call_wrapper(self, ctx: Any) -> Any:
        """Run the operation.  Whatever it raises becomes a fault here, and nowhere else."""
        try:
            results = super().call_wrapper(ctx)
            _require_writable(results)
        except Exception as error:  # noqa: BLE001 - nothing is hidden: fault_of logs what it does not know
            ctx.fault = fault_of(error)
            raise Fault from None
        return results


def _require_writable(results: Any) -> None:
    if not all(is_xml_text(text) for text in _texts(results)):
        raise server_fault(UNWRITABLE_RESULT)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))


class _SoapProtocol(ProtocolBase):  # type: ignore[misc]
    """Both SOAP versions: the context says which one its message is in."""

    def __init__(self, namespace: str) -> None:
        super().__init__()
        self._namespace = namespace

    def deserialize(self, ctx: Any, message: Any) -> None:  # noqa: ARG002 - Spyne's signature
        ctx.in_object = read_parameters(ctx.signature, ctx.in_body_doc)

    def serialize(self, ctx: Any, message: Any) -> None:  # noqa: ARG002 - Spyne's signature
        if ctx.fault is None:
            ctx.out_document = write_results(ctx.signature, self._namespace, ctx.out_object)

    def create_out_string(self, ctx: Any, charset: str | None = None) -> None:  # noqa: ARG002 - Spyne's signature
        failed = ctx.fault is not None
        ctx.out_string = [fault_message(ctx.version, ctx.fault) if failed else message(ctx.version, ctx.out_document)]


class _Context(MethodContext):  # type: ignore[misc]
    """A method context whose unused fields cost nothing: Spyne's own sets 35 guarded attributes for each call."""

    signature = in_object = in_body_doc = in_error = _UNSET
    out_object = out_document = out_string = out_stream = out_error = _UNSET
    inprot_ctx = outprot_ctx = protocol = event = aux = _UNSET
    call_start = call_end = _UNSET
    fault: SoapFault | None = None
    files: Sequence[Any] = ()
    pusher_stack: Sequence[Any] = ()

    __setattr__ = object.__setattr__

    def __init__(self, server: "CallServer", descriptor: Any, invocation: object) -> None:
        self.app = server.app
        self._in_protocol = server.app.in_protocol
        self._out_protocol = server.app.out_protocol
        self.transport = TransportContext(self, server, CallServer.transport)
        self.descriptor = descriptor
        self.udc = invocation

    def fire_event(self, event: str, *args: Any, **kwargs: Any) -> None:
        """Do nothing: no part of this service listens to Spyne's events."""


class CallServer(ServerBase):  # type: ignore[misc]
    """Spyne's transport: takes calls that are already routed, and runs them.

    An *invocation* is what the operation finds as its context's ``udc``.
    """

    transport = "soap"

    def __init__(self, service_class: type, *, name: str, namespace: str) -> None:
        # Spyne binds a protocol object to one direction.
        self._namespace = namespace
        incoming, outgoing = _SoapProtocol(namespace), _SoapProtocol(namespace)
        super().__init__(_Application([service_class], namespace, name, in_protocol=incoming, out_protocol=outgoing))

    def call_with_element(
        self, signature: Signature, element: Element | None, version: SoapVersion, invocation: object
    ) -> Written | Pending:
        """Run an operation on the parameters in *element*; return the answer, or what it waits for.

        Raises:
            NotTextError: A parameter holds something else than text.
        """
        context = _Context(self, signature.descriptor, invocation)
        context.signature = signature
        context.version = version
        context.in_body_doc = element
        self.get_in_object(context)
        self.get_out_object(context)
        if context.fault is None and isinstance(context.out_object[0], Pending):
            context.close()
            return context.out_object[0]
        self.get_out_string(context)
        context.close()
        return context.out_string[0], context.fault is None

    def late_answer(self, signature: Signature, version: SoapVersion, pending: Pending) -> Written:
        """Return the answer to a call that had to wait."""
        try:
            results = write_results(signature, self._namespace, [late_result(pending)])
        except SoapFault as fault:
            return fault_message(version, fault), False
        return message(version, results), True

    def call_with_values(self, descriptor: Any, values: Sequence[Any], invocation: object) -> Sequence[Any]:
        """Run the operation of Spyne's *descriptor* on *values*, in wire order; return its results in wire order.

        Raises:
            SoapFault: The operation cannot answer.
        """
        context = _Context(self, descriptor, invocation)
        context.in_object = values
        self.get_out_object(context)
        context.close()
        if context.fault is not None:
            raise context.fault
        results: Sequence[Any] = context.out_object
        return results


def late_result(pending: Pending) -> bool:
    """Return the result of a call that had to wait.

    Raises:
        SoapFault: The operation cannot answer.
    """
    try:
        return pending.result()
    except Exception as error:  # noqa: BLE001 - nothing is hidden: fault_of logs what it does not know
        raise fault_of(error) from None
