"""Calls that end in an error are recorded too: in a transaction of their own, after theirs was rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import UnavailableError, ValidateError
from validate_service.core.ports import Clock, Database


class RefusalLog:
    """Writes the event of a call that ended in an error, after its transaction was rolled back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Write through *database*, at the instants of *clock*."""
        self._database = database
        self._clock = clock

    @contextmanager
    def recorded(self, call: Call) -> Iterator[Call]:
        """Run a call of the core; record the refusal if it raises.

        Raises:
            ValidateError: what the call raised, after it was recorded.  An ``UnavailableError`` is not recorded: there
                is nothing to record it in.
        """
        try:
            yield call
        except UnavailableError:
            raise
        except ValidateError as error:
            with self._database.write() as transaction:
                transaction.record(AuditEvent(EventName.CALL_REFUSE, error.code, call, self._clock.now()))
            raise
