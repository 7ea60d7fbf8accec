"""XML into a tree, within limits, and without a word of the parser's own in any answer."""

import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lxml import etree

from validate_service.facades.soap.envelope import VERSIONS, SoapVersion

MAX_DEPTH = 64
MAX_ATTRIBUTES = 64
MAX_ELEMENTS = 5000

NO_ROOT = "Root element is missing."
DTD_PROHIBITED = "DTD is prohibited in this XML document."
NOT_XML = "Data at the root level is invalid. Line {}, position {}."
LATE_DECLARATION = (
    "Unexpected XML declaration. The XML declaration must be the first node in the document, and no white space "
    "characters are allowed to appear before it. Line {}, position {}."
)
NOT_WELL_FORMED = "The XML is not well-formed."

# Possessive, so that no input makes it go back.
_DOCTYPE = re.compile(rb"(?:\s++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_LATE_DECLARATION = re.compile(rb"\s++<\?(?=xml\s)")

_PARSER_OPTIONS = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
}
# A parser may not be used by two threads at once.
_local = threading.local()

Element = Any


@dataclass(frozen=True, slots=True)
class Glimpse:
    """How far a message could be read from its start.

    Attributes:
        version: The SOAP version, if the root element's namespace names one.
        namespace: The root element's namespace; ``None`` if not even that could be read, empty for none.
        operation: The tag of the first element in the body.
    """

    version: SoapVersion | None = None
    namespace: str | None = None
    operation: str | None = None


class UnreadableError(Exception):
    """The bytes are not a document that this service reads.

    Attributes:
        public: Fixed text, in the words of System.Xml where it has some.
        glimpse: What stands before the fault.
    """

    def __init__(self, public: str, glimpse: Glimpse) -> None:
        super().__init__(public)
        self.public = public
        self.glimpse = glimpse


class OverLimitError(UnreadableError):
    """The document has too many levels, attributes or elements."""


def local_name(tag: str) -> str:
    """Return *tag* without its namespace."""
    return tag.rpartition("}")[2]


def namespace_of(tag: str) -> str:
    """Return the namespace of *tag*, or nothing."""
    return tag[1:].rpartition("}")[0] if tag.startswith("{") else ""


def elements_of(parent: Element) -> list[Element]:
    """Return the child elements of *parent*, without comments and processing instructions."""
    return list(parent.iterchildren("*"))


def parse(data: bytes, *, odd_namespaces: bool = True) -> Element:
    """Return the root element of *data*, which is UTF-8 of at most the body limit.

    Args:
        data: The document.
        odd_namespaces: Whether a namespace that is no URI may be read.

    Raises:
        OverLimitError: The document is deeper, wider or longer than this service reads.
        UnreadableError: It is not well-formed, or has a document type declaration.
    """
    if b"<!DOCTYPE" in data and _DOCTYPE.match(data):
        raise UnreadableError(DTD_PROHIBITED, Glimpse())
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise OverLimitError(NOT_WELL_FORMED, _glimpse_of_start(data)) from None
        only_odd = odd_namespaces and error.code == etree.ErrorTypes.WAR_NS_URI
        root = _with_odd_namespaces(data) if only_odd else None
    if root is None:
        raise UnreadableError(_reason(data), _glimpse_of_start(data))
    _check_limits(root, data)
    return root


def glimpse_of(root: Element) -> Glimpse:
    """Return what :attr:`UnreadableError.glimpse` says, for a document that could be read."""
    namespace = namespace_of(root.tag)
    body = next(root.iterchildren(f"{{{namespace}}}Body"), None)
    first = None if body is None else next(body.iterchildren("*"), None)
    return Glimpse(VERSIONS.get(namespace), namespace, None if first is None else first.tag)


def _parser() -> Any:
    try:
        return _local.parser
    except AttributeError:
        _local.parser = etree.XMLParser(**_PARSER_OPTIONS)
        return _local.parser


def _with_odd_namespaces(data: bytes) -> Element | None:
    """Return the root element of *data* if nothing is wrong with it but namespaces that are no URI.

    The vendor's documentation has one, ``xmlns="MFAServerHostname>"``, and .NET reads it.
    """
    parser = etree.XMLParser(recover=True, **_PARSER_OPTIONS)
    root = etree.fromstring(data, parser)
    only_that = all(entry.type == etree.ErrorTypes.WAR_NS_URI for entry in parser.error_log)
    return root if only_that else None


def _check_limits(root: Element, data: bytes) -> None:
    # Every start tag has a "<" and every attribute a "=": a message of ordinary size needs no walk.
    if data.count(b"<") <= MAX_DEPTH and data.count(b"=") <= MAX_ATTRIBUTES:
        return
    depth, seen, level = 0, 0, [root]
    while level:
        depth += 1
        seen += len(level)
        if depth > MAX_DEPTH or seen > MAX_ELEMENTS or any(len(element.attrib) > MAX_ATTRIBUTES for element in level):
            raise OverLimitError(NOT_WELL_FORMED, glimpse_of(root))
        level = [child for element in level for child in elements_of(element)]


def _glimpse_of_start(data: bytes) -> Glimpse:
    puller = etree.XMLPullParser(events=("start",), **_PARSER_OPTIONS)
    path: list[Element] = []
    with suppress(etree.XMLSyntaxError):
        puller.feed(data)
    with suppress(etree.XMLSyntaxError):
        for _, element in puller.read_events():
            path.append(element)
            if _is_first_in_body(element, path[0]):
                break
    if not path:
        return Glimpse()
    namespace = namespace_of(path[0].tag)
    operation = path[-1].tag if _is_first_in_body(path[-1], path[0]) else None
    return Glimpse(VERSIONS.get(namespace), namespace, operation)


def _is_first_in_body(element: Element, root: Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.getparent() is root and parent.tag == f"{{{namespace_of(root.tag)}}}Body"


def _reason(data: bytes) -> str:
    stripped = data.lstrip()
    if not stripped:
        return NO_ROOT
    declaration = _LATE_DECLARATION.match(data)
    if declaration:
        return LATE_DECLARATION.format(*_position(data, declaration.end()))
    if not stripped.startswith(b"<"):
        return NOT_XML.format(*_position(data, len(data) - len(stripped)))
    return NOT_WELL_FORMED


def _position(data: bytes, offset: int) -> tuple[int, int]:
    """Return line and column of *offset*, both from 1."""
    before = data[:offset]
    return before.count(b"\n") + 1, offset - before.rfind(b"\n")
