"""The operations, declared for Spyne out of the table; behind each stands one of the connector's types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from validate_service.core.origin import Origin
from validate_service.core.services import Core
from validate_service.facades.connector.dispatch import request_type_of, run
from validate_service.facades.connector.return_codes import MESSAGES
from validate_service.facades.soap._spyne_compat import (
    Array,
    Boolean,
    ComplexModel,
    Integer16,
    Integer32,
    ServiceBase,
    Unicode,
    rpc,
)
from validate_service.facades.soap.calls import CallServer
from validate_service.facades.wcf.contract import NAMESPACE, OPERATIONS, SERVICE_NAME, Operation
from validate_service.facades.wcf.data_contracts import DATA_NAMESPACE, DataContract, Member
from validate_service.facades.wcf.values import Kind, Value

Members = Mapping[str, Any]
"""The members of an answer, by their names in the connector's JSON."""

_SPYNE_TYPES = {Kind.STRING: Unicode, Kind.SHORT: Integer16, Kind.INT: Integer32, Kind.BOOLEAN: Boolean}


@dataclass(frozen=True)
class Invocation:
    """One call on its way: what decides, and where the call comes from."""

    core: Core
    origin: Origin


class CallContext(Protocol):
    """As much of Spyne's method context as an operation may know."""

    udc: Invocation


class WcfService:
    """Runs the operations on one core."""

    def __init__(self, core: Core) -> None:
        """Run them on *core*."""
        self._core = core
        self._server, self._descriptors = _server()

    def call(self, operation: Operation, values: list[Value], origin: Origin) -> Members:
        """Run an operation on *values*, in wire order; return its answer.

        Raises:
            SoapFault: The operation cannot answer.
        """
        descriptor, invocation = self._descriptors[operation.name], Invocation(self._core, origin)
        answer: Members
        (answer,) = self._server.call_with_values(descriptor, values, invocation)
        return answer


@cache
def _server() -> tuple[CallServer, Mapping[str, Any]]:
    """Return what runs the operations, and their descriptors by name: Spyne takes its time, and no core matters."""
    methods = {operation.name: _declared(operation) for operation in OPERATIONS}
    service_class: Any = type(SERVICE_NAME, (ServiceBase,), methods)
    return CallServer(service_class, name=SERVICE_NAME, namespace=NAMESPACE), service_class.public_methods


def _declared(operation: Operation) -> Any:
    declare = rpc(
        *(_spyne_type(parameter.kind) for parameter in operation.parameters),
        _args=[parameter.name for parameter in operation.parameters],
        _operation_name=operation.name,
        _out_message_name=f"{operation.name}Response",
        _returns=[_spyne_class(operation.answer)],
        _out_variable_names=[f"{operation.name}Result"],
    )
    return declare(_method(operation))


def _method(operation: Operation) -> Callable[..., Members]:
    def asked(ctx: CallContext, *values: Value) -> Members:
        type_name, given = operation.request(values)
        reply = run(ctx.udc.core, ctx.udc.origin, request_type_of(type_name), given)
        return {"errorCode": reply.code, "errorMessage": reply.message or MESSAGES[reply.code], **reply.extras}

    asked.__name__ = operation.name
    asked.__doc__ = operation.summary
    return asked


def _spyne_type(kind: Kind) -> Any:
    return _SPYNE_TYPES[kind].customize(min_occurs=0, nillable=kind.nillable)


# To Spyne two classes of one name are a conflict, even if they are alike.
@cache
def _spyne_class(contract: DataContract) -> Any:
    members = {member.name: _spyne_member(member) for member in contract.members}
    return ComplexModel.produce(DATA_NAMESPACE, contract.name, members)


@cache
def _spyne_member(member: Member) -> Any:
    return _spyne_type(member.kind) if member.items is None else Array(_spyne_class(member.items))
