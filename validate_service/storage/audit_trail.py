"""Reading the audit trail: search it, and verify that nobody changed it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from validate_service.core.key_ring import KeyRing
from validate_service.core.model import Instant, SignIn
from validate_service.core.ports import Session
from validate_service.storage.audit_lanes import CONTENT, AuditLanes, BrokenLaneError, LaneEnd, walk
from validate_service.storage.sessions import Statement, own
from validate_service.storage.tables import audit_events

_LANES = Statement(select(audit_events.c.lane, func.count()).group_by(audit_events.c.lane))
_FILTERS = ("event", "reason", "request_id", "user_name", "device")
_SEARCH = Statement(
    select(audit_events.c.id, *(audit_events.c[name] for name in CONTENT))
    .where(
        audit_events.c.id < bindparam("before"),
        audit_events.c.at >= bindparam("since"),
        *(or_(bindparam(f"any_{name}"), audit_events.c[name] == bindparam(f"the_{name}")) for name in _FILTERS),
    )
    .order_by(audit_events.c.id.desc())
    .limit(bindparam("most"))
)
_NEWEST = 2**63 - 1
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
    """Walk every lane that the database or this node knows, from its first row to its last."""
    noted = lanes.ends()
    known = {lane if isinstance(lane, str) else repr(lane): count for lane, count in own(session).rows(_LANES)}
    rows, unanchored, findings = 0, 0, []
    for lane in sorted(known.keys() | noted.keys()):
        noted_end = noted.get(lane, LaneEnd())
        end, agreed, finding = LaneEnd(), noted_end == LaneEnd(), ""
        try:
            for end in walk(own(session), ring.audit_key, lane, LaneEnd()):  # the last one is used
                agreed = agreed or end == noted_end
        except BrokenLaneError as error:
            finding = f"{error}: edited, inserted or deleted."
        rows += end.seq
        unanchored += lane in known and noted_end == LaneEnd()
        if not finding and known.get(lane, 0) != end.seq:
            finding = f"lane {lane} has rows outside its chain: inserted."
        elif not finding and noted_end is None:
            finding = f"The note of the end of lane {lane} is damaged."
        elif not finding and not agreed:
            finding = f"lane {lane} ends at row {end.seq}, but this node noted its end elsewhere: rows are missing."
        findings += [finding] if finding else []
    return Verification(rows, len(known.keys() | noted.keys()), unanchored, findings)


def search(
    session: Session, equal: Mapping[str, str | None], *, most: int, before: int = _NEWEST, since: Instant = 0
) -> Iterator[dict[str, Any]]:
    """Yield events, newest first.

    Args:
        session: Where to read.
        equal: Values that ``event``, ``reason``, ``request_id``, ``user_name`` or ``device`` must have.
        most: How many at most.
        before: Only events whose ``id`` is smaller, to page on.
        since: Only events at or after this instant, microseconds.
    """
    filters: dict[str, object] = {}
    for name in _FILTERS:
        filters[f"any_{name}"] = equal.get(name) is None
        filters[f"the_{name}"] = equal.get(name) or ""
    for row in own(session).rows(_SEARCH, before=before, since=since, most=most, **filters):
        yield dict(zip(("id", *CONTENT), row, strict=True))


class AuditTrail:
    """Implements the port ``Trail``."""

    def sign_ins(self, session: Session, user_id: int, most: int) -> Sequence[SignIn]:
        """Return the last attempts to verify the user, at most *most*, newest first."""
        return [SignIn(*row) for row in own(session).rows(_SIGN_INS, user_id=user_id, most=most)]
