"""Retention: what is old enough is deleted, a batch at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, BrokenLaneError, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import ConflictError, MalformedRequestError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Instant
from validate_service.core.ports import Clock, Database, Ended, KeyRingSource, Retention

BATCH = 500
"""Rows that are deleted in one transaction."""

ENDED_DAYS = 7
"""How long what has ended is kept, if the audit trail is kept longer: until then the trail tells expired from wrong."""

EVENTS = "audit_events"
_DAY = 24 * 3600 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Batch:
    """What was done in one step.

    Attributes:
        kind: ``audit_events``, or one of :class:`Ended`.
        rows: How many rows were deleted.
        finding: Why the rest of a lane stays, one sentence: somebody has changed it; else empty.
    """

    kind: str
    rows: int
    finding: str = ""


@dataclass(frozen=True, slots=True)
class RetentionDesk:
    """Deletes what is old, for operators."""

    database: Database
    retention: Retention
    keys: KeyRingSource
    clock: Clock

    def prune(self, call: Call, older_than_days: int) -> Iterator[Batch]:
        """Delete old events of all tenants, and what has ended; yield after each batch, so that the caller can rest.

        Each batch is a transaction of its own: whoever stops in between has deleted less, and may begin anew.  Events
        are deleted only as far as their lane is unchanged; a lane that was changed is kept, as evidence.

        Args:
            call: Who asks; this is recorded before anything is deleted.
            older_than_days: How old an event must be, at least 1.

        Raises:
            MalformedRequestError: a negative number of days, or none.
            UnavailableError: the database or the key ring does not answer.
        """
        if older_than_days < 1:
            raise MalformedRequestError("events are kept for at least a day")
        now = self.clock.now()
        with self.database.write() as transaction:
            asked = f"older than {older_than_days} days"
            transaction.record(AuditEvent(EventName.AUDIT_PRUNE, DONE, call, now, asked))
        yield from self._prune_events(now - older_than_days * _DAY)
        for ended in Ended:
            yield from self._prune_ended(ended, now - min(older_than_days, ENDED_DAYS) * _DAY)

    def _prune_events(self, before: Instant) -> Iterator[Batch]:
        audit_key = self.keys.current().audit_key
        with self.database.read() as session:
            lanes = self.retention.lanes(session)
        for lane in lanes:
            try:
                while rows := self._cut(audit_key, lane, before):
                    yield Batch(EVENTS, rows)
            except BrokenLaneError as error:
                yield Batch(EVENTS, 0, f"{error}: kept.")

    def _cut(self, audit_key: bytes, lane: str, before: Instant) -> int:
        """Delete the oldest rows of the lane; return how many, 0 if none is old any more."""
        while True:
            with self.database.read() as session:
                prefix = self.retention.oldest(session, audit_key, lane, before, BATCH)
            if not prefix.rows:
                return 0
            try:
                with self.database.write() as transaction:
                    if self.retention.cut(transaction, audit_key, prefix):
                        return prefix.rows
            except ConflictError:
                # Somebody else prunes, too, and was faster: look what is left.
                continue

    def _prune_ended(self, ended: Ended, before: Instant) -> Iterator[Batch]:
        rows = BATCH
        while rows >= BATCH:
            with self.database.write() as transaction:
                rows = self.retention.forget(transaction, ended, before, BATCH)
            yield Batch(ended.value, rows)
