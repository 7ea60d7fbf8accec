"""From the name of a type to the reply: what every way to the connector's types shares."""

from collections.abc import Mapping

from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError, ValidateError
from validate_service.core.origin import Origin
from validate_service.core.services import Core
from validate_service.facades.connector.answers import Reply, reply_to_error
from validate_service.facades.connector.contract import TYPES_BY_NAME
from validate_service.facades.connector.request_types import RequestType

UNKNOWN = "unknown"


def _refuse_unknown(_core: Core, _call: Call, _values: object) -> Reply:
    raise MalformedRequestError("There is no such type.")


UNKNOWN_TYPE = RequestType(UNKNOWN, "What is no type.", (), _refuse_unknown)


def request_type_of(type_name: str) -> RequestType:
    """Return the type of this name, in any case; one that refuses everything if there is none."""
    return TYPES_BY_NAME.get(type_name.lower(), UNKNOWN_TYPE)


def run(core: Core, origin: Origin, request_type: RequestType, given: Mapping[str, object]) -> Reply:
    """Return the reply to a request, whatever becomes of it; a refusal stands in the audit trail.

    Args:
        core: What decides.
        origin: Where the request comes from.
        request_type: What is asked.
        given: The members of the request by their names in lower case.
    """
    try:
        with core.refusals.recorded(Call(origin)) as call:
            return request_type.run(core, call, given)
    except ValidateError as error:
        return reply_to_error(error, request_type.code_of(error, given))
