"""The audit trail's lanes: chains of MACs that need no common end, so that many can write at once.

Each row belongs to a lane and carries the lane's next number and a MAC over its content and the MAC before it.  An
edited, inserted or missing row in the middle breaks the chain.  The end of each lane is noted in a file outside the
database, one small file a lane; a missing end, or a missing lane, shows against that file.

Old rows may be pruned, from the start of a lane only.  What is left begins behind the lane's *start*, the number and
MAC of the last row that is gone; it stands in a table, under a MAC of its own, and only who has the key ring can move
it.

A transaction that records something takes a lane and locks its file.  So there are as many lanes as transactions ever
ran at once on this node, and a restarted process goes on where the last one stopped.
"""

import fcntl
import hmac
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeVar

from sqlalchemy import bindparam, func, select

from validate_service.core.audit import AuditEvent, BrokenLaneError
from validate_service.core.errors import UnavailableError
from validate_service.core.ports import KeyRingSource, Randomness
from validate_service.primitives.keyed_hash import derive_key, keyed_hash
from validate_service.storage.sessions import Row, Session, Statement, insert_of
from validate_service.storage.tables import audit_events, audit_lane_starts

CONTENT = (
    "at",
    "tenant_id",
    "event",
    "reason",
    "surface",
    "operation",
    "address",
    "request_id",
    "caller",
    "user_id",
    "user_name",
    "device",
)
"""Columns that a row's MAC covers, in this order, besides its lane and number."""

_SEQ_BYTES = 8
_NEW_LANE = bytes(32)
_LANE_FILE = re.compile(r"[0-9a-f]{32}")
APPEND = Statement(insert_of(audit_events, "lane", "seq", *CONTENT, "mac"))
_AFTER = Statement(
    select(audit_events.c.seq, *(audit_events.c[name] for name in CONTENT), audit_events.c.mac)
    .where(audit_events.c.lane == bindparam("lane"), audit_events.c.seq > bindparam("seq"))
    .order_by(audit_events.c.seq)
    .limit(bindparam("most"))
)


_NEXT_LANE = Statement(select(func.min(audit_events.c.lane)).where(audit_events.c.lane > bindparam("name")))
_START = Statement(
    select(audit_lane_starts.c.seq, audit_lane_starts.c.mac, audit_lane_starts.c.proof).where(
        audit_lane_starts.c.lane == bindparam("lane")
    )
)
_START_PURPOSE = "mfa:audit-start:v1"

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class LaneEnd:
    """Where a lane ends, or what is left of it starts: the number and MAC of a row; number 0 if there is none."""

    seq: int = 0
    mac: bytes = _NEW_LANE


def next_mac(audit_key: bytes, lane: str, end: LaneEnd, content: Row) -> bytes:
    """Return the MAC of the row after *end*."""
    message = json.dumps([lane, end.seq + 1, *content])
    return hmac.digest(audit_key, end.mac + message.encode(), "sha256")


def rows_after(session: Session, lane: str, seq: int, most: int = 5_000) -> Iterator[Row]:
    """Yield the rows of *lane* behind number *seq* in order: number, content, MAC."""
    while True:
        rows = session.rows(_AFTER, lane=lane, seq=seq, most=most)
        yield from rows
        if len(rows) < most:
            return
        seq = rows[-1][0]


def lanes_with_rows(session: Session) -> Iterator[str]:
    """Yield the names of all lanes; each costs a look into an index."""
    name = ""
    while True:
        row = session.row(_NEXT_LANE, name=name)
        if row is None or row[0] is None:
            return
        name = row[0]
        yield name


def start_proof(audit_key: bytes, lane: str, start: LaneEnd) -> bytes:
    """Return the MAC of a lane's start; no row has such a one."""
    return keyed_hash(derive_key(audit_key, _START_PURPOSE), lane, start.seq, start.mac)


def start_of(session: Session, audit_key: bytes, lane: str) -> LaneEnd:
    """Return the last row of *lane* that was pruned; what is left follows it.

    Raises:
        BrokenLaneError: what the database says is forged.
    """
    row = session.row(_START, lane=lane)
    if row is None:
        return LaneEnd()
    if isinstance(row[0], int) and isinstance(row[1], bytes) and isinstance(row[2], bytes):
        start = LaneEnd(row[0], row[1])
        if hmac.compare_digest(row[2], start_proof(audit_key, lane, start)):
            return start
    raise BrokenLaneError(f"the start of lane {lane} is forged")


def as_kept(session: Session, audit_key: bytes, lane: str, read: Callable[[LaneEnd], Read]) -> Read:
    """Return what *read* finds behind the start of *lane*; it reads again if rows were pruned meanwhile.

    Raises:
        BrokenLaneError: as *read* and :func:`start_of`.
    """
    while True:
        start = start_of(session, audit_key, lane)
        try:
            return read(start)
        except BrokenLaneError:
            if start_of(session, audit_key, lane) == start:
                raise


def content_of(event: AuditEvent) -> Row:
    """Return what the row of *event* says, in the order of ``CONTENT``."""
    call, origin = event.call, event.call.origin
    return (
        event.at,
        call.tenant_id,
        str(event.name),
        str(event.reason),
        origin.surface,
        origin.operation,
        origin.address[:64],
        origin.request_id[:64],
        call.caller,
        call.user_id,
        str(call.user),
        event.device,
    )


def walk(session: Session, audit_key: bytes, lane: str, start: LaneEnd, *, at_once: int = 5_000) -> Iterator[LaneEnd]:
    """Yield the lane's end after each row behind *start*, checking number and MAC; read so many rows *at once*.

    Raises:
        BrokenLaneError: a row was edited, inserted or deleted.
    """
    end = start
    for seq, *content, mac in rows_after(session, lane, start.seq, at_once):
        if isinstance(mac, str | int) or any(isinstance(value, bytes) for value in content):
            # SQLite keeps a value of any type in any column; we never write such.
            raise BrokenLaneError(f"lane {lane} is broken at row {end.seq + 1}: edited, inserted or deleted")
        expected = LaneEnd(end.seq + 1, next_mac(audit_key, lane, end, tuple(content)))
        if (seq, bytes(mac)) != (expected.seq, expected.mac):
            raise BrokenLaneError(f"lane {lane} is broken at row {expected.seq}: edited, inserted or deleted")
        end = expected
        yield end


class AuditLane:
    """One lane, locked by this process."""

    def __init__(self, lane: str, file: int, end: LaneEnd, audit_key: bytes) -> None:
        """Continue *lane* at *end*, which is noted in the open *file*."""
        self.lane = lane
        self._file = file
        self._end = self._next = end
        self._audit_key = audit_key

    def next_rows(self, contents: Sequence[Row]) -> list[dict[str, object]]:
        """Return what the next rows hold, with these contents; :meth:`advance` makes them part of the lane."""
        rows: list[dict[str, object]] = []
        end = self._end
        for content in contents:
            end = LaneEnd(end.seq + 1, next_mac(self._audit_key, self.lane, end, content))
            rows.append({"lane": self.lane, "seq": end.seq, "mac": end.mac, **dict(zip(CONTENT, content, strict=True))})
        self._next = end
        return rows

    def advance(self) -> None:
        """Note the new end: the rows are committed."""
        self._end = self._next
        os.pwrite(self._file, self._end.seq.to_bytes(_SEQ_BYTES, "big") + self._end.mac, 0)

    def close(self) -> None:
        """Unlock the lane."""
        os.close(self._file)


class AuditLanes:
    """The lanes of one node; this process takes what it needs."""

    def __init__(self, folder: Path, keys: KeyRingSource, randomness: Randomness) -> None:
        """Note the ends of lanes in *folder*."""
        self._folder = folder
        self._keys = keys
        self._randomness = randomness
        self._free: list[AuditLane] = []
        self._lock = Lock()

    def take(self, session: Session) -> AuditLane:
        """Return a lane for one transaction.

        Raises:
            UnavailableError: the folder cannot be written.
        """
        with self._lock:
            if self._free:
                return self._free.pop()
        audit_key = self._keys.current().audit_key
        try:
            return self._continued(session, audit_key) or self._begun(audit_key)
        except OSError as error:
            raise UnavailableError(f"no audit lane: {error.strerror}") from error

    def give_back(self, lane: AuditLane) -> None:
        """Take *lane* back for the next transaction."""
        with self._lock:
            self._free.append(lane)

    def ends(self) -> dict[str, LaneEnd | None]:
        """Return the noted end of every lane of this node; ``None`` where the note is damaged."""
        found: dict[str, LaneEnd | None] = {}
        for path in self._files():
            try:
                found[path.name] = _parse_end(path.read_bytes())
            except ValueError:
                found[path.name] = None
        return found

    def _continued(self, session: Session, audit_key: bytes) -> AuditLane | None:
        """Return a lane of this node that no process has locked, if its rows agree with its file."""
        for path in self._files():
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                noted = _parse_end(os.pread(file, 64, 0))
                end = self._agreed(session, audit_key, path.name, noted)
                for later in walk(session, audit_key, path.name, end):
                    end = later
            except (BlockingIOError, ValueError, BrokenLaneError):
                # Somebody else's lane, or one that no longer agrees: its file stays, as evidence for the verification.
                os.close(file)
                continue
            return AuditLane(path.name, file, end, audit_key)
        return None

    def _agreed(self, session: Session, audit_key: bytes, lane: str, noted: LaneEnd) -> LaneEnd:
        """Return *noted* if the database has that very row, or the lane's start if the row was pruned."""
        row = next(rows_after(session, lane, noted.seq - 1, most=1), None)
        if row is not None and (row[0], bytes(row[-1])) == (noted.seq, noted.mac):
            return noted
        start = start_of(session, audit_key, lane)
        if noted.seq >= start.seq and noted != start:
            raise BrokenLaneError(f"lane {lane} does not end as noted")
        return start

    def _begun(self, audit_key: bytes) -> AuditLane:
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            lane = self._randomness(16).hex()
            file = os.open(self._folder / lane, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Another process looked for a lane in between, and continues this one.
                os.close(file)
            else:
                return AuditLane(lane, file, LaneEnd(), audit_key)

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return sorted(path for path in self._folder.iterdir() if _LANE_FILE.fullmatch(path.name))


def _parse_end(note: bytes) -> LaneEnd:
    if not note:
        return LaneEnd()
    if len(note) != _SEQ_BYTES + len(_NEW_LANE):
        raise ValueError("a lane's note has the wrong length")
    return LaneEnd(int.from_bytes(note[:_SEQ_BYTES], "big"), note[_SEQ_BYTES:])
