"""WS-Addressing: what its headers say, in the version of 2005 (1.0) and in the older one of 2004.

The To header is not compared with our address: behind a proxy a client rightly names another one, and what is
not for us does not reach us.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from validate_service.facades.soap.parsing import Element, local_name, namespace_of

NO_ADDRESSING = "http://schemas.microsoft.com/ws/2005/05/addressing/none"
"""The namespace of WCF's codes where a message has no addressing."""

_NAMES = frozenset({"Action", "To", "MessageID", "ReplyTo", "FaultTo", "From", "RelatesTo"})
_ONCE = ("Action", "To", "MessageID", "ReplyTo", "FaultTo", "From")
_ANSWERED_AT = ("ReplyTo", "FaultTo")


@dataclass(frozen=True)
class Addressing:
    """One version of WS-Addressing.

    Attributes:
        namespace: The namespace of its headers.
        anonymous: The address that means the connection of the request.
        fault_action: The action of its own faults.
        bad_header: Its code for a header that cannot be.
    """

    namespace: str
    anonymous: str
    fault_action: str
    bad_header: str


WSA_2005 = Addressing(
    "http://www.w3.org/2005/08/addressing",
    "http://www.w3.org/2005/08/addressing/anonymous",
    "http://www.w3.org/2005/08/addressing/fault",
    "InvalidAddressingHeader",
)
WSA_2004 = Addressing(
    "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault",
    "InvalidMessageInformationHeader",
)
_BY_NAMESPACE = {version.namespace: version for version in (WSA_2005, WSA_2004)}


@dataclass(frozen=True)
class Addressed:
    """What the addressing headers of a message say.

    Attributes:
        version: Their version; ``None`` if there are none.
        action: What is asked; empty if not said.
        message_id: What an answer relates to; empty if not said.
    """

    version: Addressing | None = None
    action: str = ""
    message_id: str = ""


def read_addressing(headers: Sequence[Element]) -> Addressed:
    """Return what *headers* say; the first addressing header decides on the version."""
    versions = (_BY_NAMESPACE.get(namespace_of(header.tag)) for header in headers)
    version = next((one for one in versions if one is not None), None)
    if version is None:
        return Addressed()
    texts = {
        local_name(header.tag): _text(header) for header in headers if namespace_of(header.tag) == version.namespace
    }
    return Addressed(version, texts.get("Action", ""), texts.get("MessageID", ""))


def is_understood(header: Element, version: Addressing | None) -> bool:
    """Tell whether *header* is an addressing header of this *version*."""
    return version is not None and namespace_of(header.tag) == version.namespace and local_name(header.tag) in _NAMES


def repeated(headers: Sequence[Element], version: Addressing) -> str | None:
    """Return the name of an addressing header that stands there twice and must not; ``None`` if there is none."""
    return next((name for name in _ONCE if len(_named(headers, version, name)) > 1), None)


def answered_elsewhere(headers: Sequence[Element], version: Addressing) -> str | None:
    """Return the name of a header that wants the answer elsewhere than on this connection; ``None`` if none does."""
    for name in _ANSWERED_AT:
        for header in _named(headers, version, name):
            address = header.find(f"{{{version.namespace}}}Address")
            if address is None or _text(address) != version.anonymous:
                return name
    return None


def _named(headers: Sequence[Element], version: Addressing, name: str) -> list[Element]:
    return [header for header in headers if header.tag == f"{{{version.namespace}}}{name}"]


def _text(element: Element) -> str:
    return (element.text or "").strip()
