"""How instants are printed."""

from datetime import UTC, datetime, timedelta

from validate_service.core.lockout import MICROSECONDS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(instant: int | None) -> str | None:
    """Return an instant of the core (microseconds) as ISO 8601 in UTC.

    >>> iso(1_000_000)
    '1970-01-01T00:00:01+00:00'
    """
    return None if instant is None else (_EPOCH + timedelta(microseconds=instant)).isoformat()


def instant_of(moment: datetime) -> int:
    """Return *moment*, UTC where it names no zone, as an instant of the core."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round((aware - _EPOCH).total_seconds() * MICROSECONDS)
