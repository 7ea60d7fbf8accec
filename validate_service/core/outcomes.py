"""Every answer that a verification can give."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn


class Outcome(StrEnum):
    """What became of one attempt; the audit trail keeps the member, a caller mostly learns a boolean."""

    ACCEPTED = "accepted"
    WRONG_CODE = "wrong_code"
    REPLAYED = "replayed"
    EXPIRED = "expired"
    LOCKED = "locked"
    DISABLED = "disabled"
    NOT_ALLOWED = "factor_not_allowed"
    BLOCKED = "pin_blocked"
    DENIED = "denied"
    TIMED_OUT = "timed_out"
    UNKNOWN_USER = "unknown_user"
    NOT_ENROLLED = "not_enrolled"


COUNTED = frozenset({Outcome.WRONG_CODE})
"""Outcomes that count towards the lockout.  A replayed code is no guess: a double click must not lock anyone."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decided attempt.

    Attributes:
        outcome: What was decided.
        device: Serial of the device that matched, empty if none did.
    """

    outcome: Outcome
    device: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the user is who they claim to be."""
        return self.outcome is Outcome.ACCEPTED

    def __bool__(self) -> NoReturn:
        """Refuse: ``if decision:`` is a bug, ``if decision.accepted:`` is not."""
        raise TypeError("a Decision has no truth value; ask .accepted")
