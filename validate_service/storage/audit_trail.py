"""Reading the audit trail: search it, and verify that nobody changed it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, or_, select

from validate_service.core.audit import BrokenLaneError
from validate_service.core.key_ring import KeyRing
from validate_service.core.model import Instant, SignIn
from validate_service.core.ports import Session
from validate_service.storage.audit_lanes import CONTENT, AuditLanes, LaneEnd, as_kept, lanes_with_rows, walk
from validate_service.storage.sessions import Session as OwnSession
from validate_service.storage.sessions import Statement, own
from validate_service.storage.tables import audit_events, audit_lane_starts

_STARTED_LANES = Statement(select(audit_lane_starts.c.lane))
_BELOW = Statement(
    select(audit_events.c.seq)
    .where(audit_events.c.lane == bindparam("lane"), audit_events.c.seq <= bindparam("seq"))
    .limit(bindparam("most"))
)
_FILTERS = ("event", "reason", "user_name", "device")
_NEWEST_FIRST = (
    select(audit_events.c.id, *(audit_events.c[name] for name in CONTENT))
    .where(
        audit_events.c.at >= bindparam("since"),
        *(or_(bindparam(f"any_{name}"), audit_events.c[name] == bindparam(f"the_{name}")) for name in _FILTERS),
    )
    .order_by(audit_events.c.at.desc(), audit_events.c.id.desc())
    .limit(bindparam("most"))
)
_SEARCH = Statement(_NEWEST_FIRST)
# A statement of its own: within an OR no index is used.
_SEARCH_REQUEST = Statement(_NEWEST_FIRST.where(audit_events.c.request_id == bindparam("the_request_id")))
_SIGN_INS = Statement(
    select(*(audit_events.c[name] for name in ("event", "reason", "caller", "address", "device", "at")))
    .where(audit_events.c.user_id == bindparam("user_id"), audit_events.c.event.like("%:verify"))
    .order_by(audit_events.c.at.desc(), audit_events.c.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification of the trail found.

    Attributes:
        rows: Rows whose MAC was checked.
        lanes: Lanes that were walked.
        unanchored: Lanes whose end is not noted on this node: rows missing at their very end do not show here.
        findings: One sentence for each lane that was changed; empty if all is well.
    """

    rows: int
    lanes: int
    unanchored: int
    findings: list[str] = field(default_factory=list)


def verify(session: Session, ring: KeyRing, lanes: AuditLanes) -> Verification:
    """Walk every lane that the database or this node knows, from its start to its end.

    The service may go on writing and pruning meanwhile: what it does is not taken for a change.
    """
    noted = lanes.ends()
    known = {*lanes_with_rows(own(session)), *(lane for (lane,) in own(session).rows(_STARTED_LANES))}
    rows, unanchored, findings = 0, 0, []
    for lane in sorted(known | noted.keys(), key=str):
        end = noted.get(lane, LaneEnd())
        unanchored += lane in known and end == LaneEnd()
        try:
            rows += _count_verified(own(session), ring.audit_key, lane, end)
        except BrokenLaneError as error:
            findings.append(f"{error}.")
    return Verification(rows, len(known | noted.keys()), unanchored, findings)


def _count_verified(session: OwnSession, audit_key: bytes, lane: str, noted: LaneEnd | None) -> int:
    """Return how many rows *lane* has, if they are all that this node *noted*, and none was changed.

    Raises:
        BrokenLaneError: one was; the text says which.
    """
    if not isinstance(lane, str):
        # SQLite keeps a value of any type in any column; we never write such.
        raise BrokenLaneError(f"lane {lane!r} has a name that is no text: inserted")

    def count_behind(start: LaneEnd) -> int:
        end = start
        agreed = noted is not None and (noted.seq < start.seq or noted == start)
        for end in walk(session, audit_key, lane, start):  # the last one is used
            agreed = agreed or end == noted
        if session.row(_BELOW, lane=lane, seq=start.seq, most=1):
            raise BrokenLaneError(f"lane {lane} has rows outside its chain: inserted")
        if noted is None:
            raise BrokenLaneError(f"the note of the end of lane {lane} is damaged")
        if not (agreed or noted == LaneEnd()):
            ends = f"lane {lane} ends at row {end.seq}, but this node noted its end elsewhere"
            raise BrokenLaneError(f"{ends}: rows are missing")
        return end.seq - start.seq

    return as_kept(session, audit_key, lane, count_behind)


def search(
    session: Session, equal: Mapping[str, str | None], *, most: int, since: Instant = 0
) -> Iterator[dict[str, Any]]:
    """Yield events, newest first.

    Args:
        session: Where to read.
        equal: Values that ``event``, ``reason``, ``request_id``, ``user_name`` or ``device`` must have.
        most: How many at most.
        since: Only events at or after this instant, microseconds.
    """
    filters: dict[str, object] = {}
    for name in _FILTERS:
        filters[f"any_{name}"] = equal.get(name) is None
        filters[f"the_{name}"] = equal.get(name) or ""
    statement = _SEARCH
    if equal.get("request_id") is not None:
        statement, filters["the_request_id"] = _SEARCH_REQUEST, equal["request_id"]
    for row in own(session).rows(statement, since=since, most=most, **filters):
        yield dict(zip(("id", *CONTENT), row, strict=True))


class AuditTrail:
    """Implements the port ``Trail``."""

    def sign_ins(self, session: Session, user_id: int, most: int) -> Sequence[SignIn]:
        """Return the last attempts to verify the user, at most *most*, newest first."""
        return [SignIn(*row) for row in own(session).rows(_SIGN_INS, user_id=user_id, most=most)]
