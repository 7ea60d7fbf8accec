"""Answers compressed for whoever takes them so."""

import gzip

from flask import Response, request


def compressed(body: bytes) -> bytes:
    """Return *body* in the format of RFC 1952, the same bytes every time."""
    return gzip.compress(body, mtime=0)


def takes_gzip() -> bool:
    """Tell whether the client of the present request takes compressed answers (RFC 9110 section 12.5.3)."""
    return request.accept_encodings["gzip"] > 0


def compress(response: Response) -> Response:
    """Return *response* compressed, if the client takes it so.

    Not for an answer that holds a secret beside what the request sent: its length would tell the one by the other.
    """
    response.vary.add("Accept-Encoding")
    if takes_gzip():
        response.set_data(compressed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response
