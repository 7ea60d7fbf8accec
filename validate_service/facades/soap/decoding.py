"""From a request's bytes to UTF-8: media types, character sets and byte order marks."""

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

# Longer Content-Type values are cut: no client needs more, and the pattern below is not linear.
_MEDIA_TYPE_LENGTH = 1024
_PARAMETER = re.compile(r';\s*([^\s=;]+)\s*=\s*("[^"]*"|[^;]*)')

# Only text encodings with one meaning.  Python's own list holds compressors, IDNA and other surprises.
_CHARSET = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|iso-8859-\d{1,2}|latin-?1|windows-125\d|us-ascii|ascii", re.IGNORECASE
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARATION_LENGTH = 256
_DECLARED = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")


@dataclass(frozen=True, slots=True)
class MediaType:
    """A parsed Content-Type header; what is missing is empty.

    Attributes:
        name: Type and subtype, in lower case.
        charset: The ``charset`` parameter.
        action: The ``action`` parameter of SOAP 1.2 (RFC 3902).
    """

    name: str
    charset: str
    action: str


@lru_cache(maxsize=128)
def parse_media_type(header: str) -> MediaType:
    """Return what a Content-Type *header* says; anything unreadable in it counts as missing."""
    header = header[:_MEDIA_TYPE_LENGTH]
    name = header.partition(";")[0].strip().lower()
    parameters = {key.lower(): value.strip().strip('"') for key, value in _PARAMETER.findall(header)}
    return MediaType(name, parameters.get("charset", ""), parameters.get("action", ""))


@lru_cache(maxsize=64)
def python_codec(charset: str) -> str | None:
    """Return Python's name of *charset*, or ``None`` if it is not one of the accepted text encodings."""
    if not _CHARSET.fullmatch(charset):
        return None
    try:
        name = codecs.lookup(charset).name
    except LookupError:  # iso-8859-12
        return None
    return "utf-16-le" if name == "utf-16" else name


def xml_to_utf8(body: bytes, charset: str) -> bytes | None:
    """Return *body* in UTF-8, or ``None`` if it declares an encoding that is not accepted.

    A byte order mark goes before *charset*, which goes before the XML declaration.  An unknown *charset* counts
    as missing.  Bytes that are wrong in the encoding become U+FFFD, and NULs at the end are dropped, as in .NET.
    """
    for mark, codec in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return _reencode(body[len(mark) :], codec)
    codec_name = python_codec(charset) or _declared_codec(body)
    return None if codec_name is None else _reencode(body, codec_name)


def _declared_codec(body: bytes) -> str | None:
    if body.startswith(b"<\0"):
        return "utf-16-le"
    if body.startswith(b"\0<"):
        return "utf-16-be"
    declared = _DECLARED.match(body[:_DECLARATION_LENGTH])
    return "utf-8" if declared is None else python_codec(declared[1].decode("ascii"))


def _reencode(body: bytes, codec: str) -> bytes:
    return body.decode(codec, "replace").rstrip("\0").encode()
