"""Logs: one JSON object a line on standard error, without anything that was said.

Only fixed texts and named fields are logged.  The first processor drops every field that is not on the list.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    {
        *("event", "level", "timestamp", "logger", "request_id", "error", "at", "address", "operation", "key"),
        *("workers", "waiting_pushes", "files", "setting"),
    }
)
"""What a line may hold.  A field that somebody adds in a hurry does not appear until it is named here."""


def known_fields_only(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop the fields that are not on the list, but for structlog's own."""
    for name in [name for name in event if name not in FIELDS and not name.startswith("_")]:
        del event[name]
    return event


def configure_logs(level: str) -> None:
    """Send structlog's and the standard library's lines of *level* and above to standard error as JSON."""
    shared: list[structlog.typing.Processor] = [
        known_fields_only,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Spyne writes whole request bodies, urllib3 the URLs of text messages; the others say nothing that operators need.
    for name in ("spyne", "urllib3", "alembic", "werkzeug"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
