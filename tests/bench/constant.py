"""A WSGI application that answers every request with the same bytes, under the settings of ``serve``."""

import sys
from collections.abc import Iterable
from typing import Any

from validate_service.config import Settings
from validate_service.server.logs import configure_logs
from validate_service.server.serving import Service

ANSWER = b"true" + b" " * 356
"""As long as the answer of ValidateOTP."""


def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(ANSWER)))])
    return [ANSWER]


class ConstantService(Service):
    """gunicorn with our settings and the constant application."""

    def load(self) -> Any:
        return answer


if __name__ == "__main__":
    configure_logs("warning")
    ConstantService(Settings(), sys.argv[1], int(sys.argv[2])).run()
