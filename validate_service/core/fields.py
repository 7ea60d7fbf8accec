"""Rules that every text field of a request obeys, whatever surface it came through."""

import unicodedata

from validate_service.core.errors import MalformedRequestError

LONGEST_NAME = 256


def require_text(field: str, value: str | None, *, longest: int) -> str:
    """Return *value*, which is fit to be stored, compared and shown.

    Args:
        field: The field's name, for the error's text.
        value: What came over the wire.
        longest: Most characters allowed.

    Raises:
        MalformedRequestError: the field is missing, too long, or holds NUL or half a surrogate pair.
    """
    if value is None:
        raise MalformedRequestError(f"{field} is missing.")
    if len(value) > longest:
        raise MalformedRequestError(f"{field} is longer than {longest} characters.")
    if not is_storable(value):
        raise MalformedRequestError(f"{field} holds a character that is not allowed.")
    return value


def is_storable(value: str) -> bool:
    r"""Tell whether *value* is text that UTF-8 and every database can hold.

    >>> is_storable("é"), is_storable("\x00"), is_storable("\ud800")
    (True, False, False)
    """
    return "\x00" not in value and (value.isascii() or not any("\ud800" <= c <= "\udfff" for c in value))


def folded(text: str) -> str:
    """Return *text* as it is compared without case: NFC, then Unicode case folding.

    >>> folded("STRASSE") == folded("Straße")
    True
    """
    return (
        text.lower() if text.isascii() else unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    )
