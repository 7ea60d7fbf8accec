"""What the log learns of an exception that nobody expected."""

import logging
import traceback

logger = logging.getLogger(__name__)

INTERNAL_ERROR = "Internal error."
"""All that a caller reads of it."""


def report_defect(error: Exception) -> None:
    """Log the class of *error* and where it was raised; its text is left out, as it may hold a request's values."""
    where = " < ".join(
        f"{frame.name} ({frame.filename}:{frame.lineno})"
        for frame in reversed(traceback.extract_tb(error.__traceback__))
    )
    logger.error("unexpected %s.%s in %s", type(error).__module__, type(error).__qualname__, where)
