"""Deleting what is old, a little at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from validate_service.core.model import Instant
from validate_service.core.ports.sessions import Session, Transaction


class Ended(StrEnum):
    """What comes to an end by itself, and is then of no more use."""

    APPROVALS = "approvals"
    AUTH_CODES = "auth_codes"
    AUTH_TOKENS = "auth_tokens"
    ENROLMENTS = "enrolments"
    FIDO_CHALLENGES = "fido_challenges"
    PHONE_SESSIONS = "phone_sessions"


@dataclass(frozen=True, slots=True)
class LanePrefix:
    """The oldest rows of one lane of the audit trail, proven to be unchanged.

    Attributes:
        lane: The lane's name.
        after: Number of the last row that is gone already; 0 if none is.
        seq: Number of the last of these rows.
        mac: Its MAC.
    """

    lane: str
    after: int
    seq: int
    mac: bytes

    @property
    def rows(self) -> int:
        """How many rows these are."""
        return self.seq - self.after


class Retention(Protocol):
    """Finds and deletes what is old; every method touches so few rows that nobody waits for it."""

    def lanes(self, session: Session) -> Sequence[str]:
        """Return the names of the audit trail's lanes."""

    def oldest(self, session: Session, audit_key: bytes, lane: str, before: Instant, most: int) -> LanePrefix:
        """Return the oldest rows of *lane*, at most *most*, as far as they were recorded before *before*.

        Raises:
            BrokenLaneError: they are not what was recorded: somebody changed them.
        """

    def cut(self, transaction: Transaction, audit_key: bytes, prefix: LanePrefix) -> bool:
        """Delete these rows, and note that the lane starts behind them; tell whether nobody else cut it meanwhile.

        Raises:
            ConflictError: somebody else did, for the first time.
        """

    def forget(self, transaction: Transaction, ended: Ended, before: Instant, most: int) -> int:
        """Delete about *most* of what ended before *before*, the oldest first; return how many rows were deleted."""
