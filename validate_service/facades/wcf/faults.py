"""What goes wrong, as WCF says it: faults with codes of dispatcher and addressing, in WCF's own words."""

from dataclasses import dataclass

from validate_service.facades.soap.faults import FaultCode, QualifiedCode
from validate_service.facades.soap.parsing import local_name, namespace_of
from validate_service.facades.soap.xml_text import echo
from validate_service.facades.wcf.addressing import NO_ADDRESSING, Addressing

DISPATCHER = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
DISPATCHER_ACTION = f"{DISPATCHER}/fault"
SOAP_ACTION = "http://www.w3.org/2005/08/addressing/soap/fault"

UNKNOWN_ACTION = (
    "The message with Action '{}' cannot be processed at the receiver, due to a ContractFilter mismatch at the "
    "EndpointDispatcher. This may be because of either a contract mismatch (mismatched Actions between sender and "
    "receiver) or a binding/security mismatch between the sender and the receiver.  Check that sender and receiver "
    "have the same contract and the same binding (including security requirements, e.g. Message, Transport, None)."
)
OTHER_ACTION = "The SOAP action specified on the message, '{}', does not match the HTTP SOAP Action, '{}'."
NOT_UNDERSTOOD = (
    "The header '{}' from the namespace '{}' was not understood by the recipient of this message, causing the message "
    "to not be processed.  This error typically indicates that the sender of this message has enabled a communication "
    "protocol that the receiver cannot process.  Please ensure that the configuration of the client's binding is "
    "consistent with the service's configuration."
)
TWICE = "The addressing header '{}' stands in the message more than once."
NOT_ANONYMOUS = "The answer can only be sent back on the connection of the request; '{}' names another address."
OTHER_VERSION = "The envelope is not of the SOAP version that the Content-Type names."
NO_BODY = "The message is no SOAP envelope with a Body."
UNREADABLE = "The formatter threw an exception while trying to deserialize the message: {}"
NOT_WELL_FORMED = "The message is not well-formed XML."
OVER_LIMIT = "The message has too many levels, attributes or elements."
TOO_LARGE = "The message is too large."
INTERNAL = "The server was unable to process the request due to an internal error."


@dataclass(frozen=True)
class Header:
    """A header that was not understood."""

    namespace: str
    name: str


class WcfFault(Exception):  # noqa: N818 - SOAP's own word
    """An answer that is a fault, as far as it does not depend on the SOAP version.

    Attributes:
        code: Whose fault it is, in SOAP's codes.
        text: What the caller may read.
        subcodes: More exact codes, each within the one before.
        action: The action of the answer.
        header: The header that was not understood.
    """

    def __init__(
        self,
        code: FaultCode,
        text: str,
        *subcodes: QualifiedCode,
        action: str = DISPATCHER_ACTION,
        header: Header | None = None,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.subcodes = subcodes
        self.action = action
        self.header = header


def undeserializable(text: str) -> WcfFault:
    """Return the fault of a message whose body cannot be read, for the reason *text*."""
    return WcfFault(FaultCode.CLIENT, UNREADABLE.format(text), QualifiedCode(DISPATCHER, "DeserializationFailed"))


def too_large() -> WcfFault:
    """Return the fault of a message that is not read for its size."""
    return WcfFault(FaultCode.CLIENT, TOO_LARGE)


def internal() -> WcfFault:
    """Return the fault of a call that ended in a defect."""
    return WcfFault(FaultCode.SERVER, INTERNAL, QualifiedCode(DISPATCHER, "InternalServiceFault"))


def version_mismatch() -> WcfFault:
    """Return the fault of an envelope in another SOAP version than the request is in."""
    return WcfFault(FaultCode.VERSION_MISMATCH, OTHER_VERSION, action=SOAP_ACTION)


def no_envelope() -> WcfFault:
    """Return the fault of a message whose outermost elements are not SOAP's."""
    return WcfFault(FaultCode.CLIENT, NO_BODY, action=SOAP_ACTION)


def not_understood(tag: str) -> WcfFault:
    """Return the fault of a header that must be understood and is not."""
    header = Header(namespace_of(tag), local_name(tag))
    text = NOT_UNDERSTOOD.format(echo(header.name), echo(header.namespace))
    return WcfFault(FaultCode.MUST_UNDERSTAND, text, action=SOAP_ACTION, header=header)


def unknown_action(addressing: Addressing | None, action: str) -> WcfFault:
    """Return the fault of a message whose action is no operation's."""
    code = QualifiedCode(addressing.namespace if addressing else NO_ADDRESSING, "ActionNotSupported")
    return WcfFault(
        FaultCode.CLIENT,
        UNKNOWN_ACTION.format(echo(action)),
        code,
        action=addressing.fault_action if addressing else "",
    )


def other_action(addressing: Addressing, said: str, http: str) -> WcfFault:
    """Return the fault of a message that names another action than its HTTP request does."""
    return _bad_header(addressing, "ActionMismatch", OTHER_ACTION.format(echo(said), echo(http)))


def twice(addressing: Addressing, name: str) -> WcfFault:
    """Return the fault of an addressing header that must not come again."""
    return _bad_header(addressing, "InvalidCardinality", TWICE.format(name))


def not_anonymous(addressing: Addressing, name: str) -> WcfFault:
    """Return the fault of a message whose answer is to go elsewhere."""
    return _bad_header(addressing, "OnlyAnonymousAddressSupported", NOT_ANONYMOUS.format(name))


def _bad_header(addressing: Addressing, name: str, text: str) -> WcfFault:
    codes = (QualifiedCode(addressing.namespace, code) for code in (addressing.bad_header, name))
    return WcfFault(FaultCode.CLIENT, text, *codes, action=addressing.fault_action)
