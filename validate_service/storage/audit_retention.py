"""What is old, found and deleted in the database.

Events go from the start of their lane only, and only after their chain of MACs was walked: what somebody changed is
not tidied away.  What they leave behind is the lane's start, which proves that they were pruned.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, islice, takewhile

from sqlalchemy import ColumnElement, Table, bindparam, delete, select, update

from validate_service.core.model import Instant
from validate_service.core.ports import Ended, LanePrefix, Session, Transaction
from validate_service.storage.audit_lanes import LaneEnd, as_kept, lanes_with_rows, start_proof, walk
from validate_service.storage.sessions import Session as OwnSession
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import (
    approvals,
    audit_events,
    audit_lane_starts,
    auth_codes,
    auth_tokens,
    enrolments,
    fido_challenges,
    phone_sessions,
)

_AGES = Statement(
    select(audit_events.c.at)
    .where(audit_events.c.lane == bindparam("lane"), audit_events.c.seq > bindparam("seq"))
    .order_by(audit_events.c.seq)
    .limit(bindparam("most"))
)
_BEGIN = Statement(insert_of(audit_lane_starts, "lane", "seq", "mac", "proof"))
_MOVE = Statement(
    update(audit_lane_starts)
    .where(audit_lane_starts.c.lane == bindparam("of_lane"), audit_lane_starts.c.seq == bindparam("after"))
    .values(seq=bindparam("new_seq"), mac=bindparam("new_mac"), proof=bindparam("new_proof"))
)
_CUT = Statement(
    delete(audit_events).where(
        audit_events.c.lane == bindparam("of_lane"),
        # What stands below the start was never recorded: it stays, and the verification finds it.
        audit_events.c.seq > bindparam("after"),
        audit_events.c.seq <= bindparam("last"),
    )
)

_TABLES: Mapping[Ended, Table] = {
    Ended.APPROVALS: approvals,
    Ended.AUTH_CODES: auth_codes,
    Ended.AUTH_TOKENS: auth_tokens,
    Ended.ENROLMENTS: enrolments,
    Ended.FIDO_CHALLENGES: fido_challenges,
    Ended.PHONE_SESSIONS: phone_sessions,
}


def _by_age(table: Table) -> ColumnElement[int]:
    """Return the column with an index that the rows of *table* age by."""
    return table.c.changed_at if table is approvals else table.c.expires_at


_LAST_OF_BATCH = {
    ended: Statement(
        select(_by_age(table))
        .where(_by_age(table) < bindparam("before"))
        .order_by(_by_age(table))
        .limit(1)
        .offset(bindparam("others"))
    )
    for ended, table in _TABLES.items()
}
_FORGET = {
    # What the version before this one asks has no time of its last change.
    ended: Statement(delete(table).where(_by_age(table) <= bindparam("last"), table.c.expires_at < bindparam("before")))
    for ended, table in _TABLES.items()
}


class RetentionTable:
    """Implements the port ``Retention``."""

    def lanes(self, session: Session) -> Sequence[str]:
        """Return the names of the audit trail's lanes."""
        return list(lanes_with_rows(own(session)))

    def oldest(self, session: Session, audit_key: bytes, lane: str, before: Instant, most: int) -> LanePrefix:
        """Return the oldest rows of *lane* that were recorded before *before*, after walking their chain."""

        def old_behind(start: LaneEnd) -> LanePrefix:
            rows = _count_old(own(session), lane, start, before, most)
            *_, end = chain([start], islice(walk(own(session), audit_key, lane, start, at_once=rows), rows))
            return LanePrefix(lane, start.seq, end.seq, end.mac)

        return as_kept(own(session), audit_key, lane, old_behind)

    def cut(self, transaction: Transaction, audit_key: bytes, prefix: LanePrefix) -> bool:
        """Move the lane's start behind these rows, if it still stands before them, and delete them."""
        session, start = own(transaction), LaneEnd(prefix.seq, prefix.mac)
        proof = start_proof(audit_key, prefix.lane, start)
        if prefix.after:
            new = {"new_seq": start.seq, "new_mac": start.mac, "new_proof": proof}
            moved = session.change(_MOVE, of_lane=prefix.lane, after=prefix.after, **new)
        else:
            conflict = f"Lane {prefix.lane} was pruned meanwhile."
            moved = session.store(
                _BEGIN, conflict=conflict, lane=prefix.lane, seq=start.seq, mac=start.mac, proof=proof
            )
        if moved:
            session.change(_CUT, of_lane=prefix.lane, after=prefix.after, last=prefix.seq)
        return moved > 0

    def forget(self, transaction: Transaction, ended: Ended, before: Instant, most: int) -> int:
        """Delete about *most* of what ended before *before*; rows of one microsecond go together."""
        session = own(transaction)
        row = session.row(_LAST_OF_BATCH[ended], before=before, others=most - 1)
        return session.change(_FORGET[ended], last=before if row is None else row[0], before=before)


def _count_old(session: OwnSession, lane: str, start: LaneEnd, before: Instant, most: int) -> int:
    """Return how many of the rows behind *start*, from the first on, were recorded before *before*.

    What says no time at all was changed by somebody: it counts, so that walking the chain finds it.
    """
    ages = session.rows(_AGES, lane=lane, seq=start.seq, most=most)
    return sum(1 for _ in takewhile(lambda row: not isinstance(row[0], int) or row[0] < before, ages))
