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
    DEVICE_DISABLED = "device_disabled"
    NOT_ACTIVATED = "not_activated"
    NOT_ALLOWED = "factor_not_allowed"
    BLOCKED = "pin_blocked"
    DENIED = "denied"
    TIMED_OUT = "timed_out"
    PACED = "too_many_pushes"
    MUTED = "pushes_muted"
    NUMBER_MISSING = "number_missing"
    WRONG_NUMBER = "wrong_number"
    CALLER_GONE = "caller_gone"
    STOPPED = "service_stopped"
    UNKNOWN_USER = "unknown_user"
    NOT_ENROLLED = "not_enrolled"
    # Of a security key's answer; those of ``FidoFlaw`` have its values.
    UNKNOWN_CHALLENGE = "unknown_challenge"
    MALFORMED_ANSWER = "malformed"
    WRONG_TYP = "wrong_typ"
    WRONG_CHALLENGE = "wrong_challenge"
    FOREIGN_ORIGIN = "foreign_origin"
    FOREIGN_APPLICATION = "foreign_application"
    BAD_PUBLIC_KEY = "bad_public_key"
    BAD_CERTIFICATE = "bad_certificate"
    BAD_ATTESTATION = "bad_attestation"
    BAD_SIGNATURE = "bad_signature"
    NO_USER_PRESENCE = "no_user_presence"
    COUNTER_NOT_GREATER = "counter_not_greater"


COUNTED = frozenset({Outcome.WRONG_CODE, Outcome.BAD_SIGNATURE})
"""Outcomes that count towards the lockout.  A replayed code is no guess: a double click must not lock anyone.  Nor is
what the user's own key has signed, but for another page or question: the key was there."""


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
