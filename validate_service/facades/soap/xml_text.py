"""Text between Python and XML 1.0: which characters it may hold, and how it is escaped."""

import re

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ECHO_LENGTH = 200


def is_xml_text(text: str) -> bool:
    """Return whether XML 1.0 (section 2.2) can carry every character of *text*."""
    return _FORBIDDEN.search(text) is None


def echo(text: str) -> str:
    """Return what an error text may repeat of a caller's *text*: its start, with U+FFFD for forbidden characters."""
    return _FORBIDDEN.sub("\ufffd", text[:ECHO_LENGTH])


def escape(text: str) -> str:
    """Return *text* as element content.

    A carriage return stays as it is, as an ASMX service writes it; XML readers turn it into a line feed.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_attribute(text: str) -> str:
    """Return *text* as the content of a double-quoted attribute."""
    return escape(text).replace('"', "&quot;")
