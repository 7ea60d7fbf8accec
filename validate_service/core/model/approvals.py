"""Pushes: what a user is asked to approve."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from validate_service.core.model.instants import Instant
from validate_service.core.names import UserName


class ApprovalState(StrEnum):
    """Where a push approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


class ApprovalPurpose(StrEnum):
    """What a push is for.  A test is asked by the phone itself, and opens nothing."""

    SIGN_IN = "sign_in"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Approval:
    """A push that a user is asked to approve.

    Attributes:
        id: Random id, 32 hex digits.
        user: Whom it asks.
        login_to: Where the user is signing in to, as the caller says; may be empty.
        address: From which address, as the caller says; may be empty.
        message: The caller's own text; may be empty.
        match_number: What the user must type to approve; empty if nothing.
        state: Where it stands.
        asked_at: When it was made.
        expires_at: After this instant no answer counts.
        purpose: What it is for.
    """

    id: str
    user: UserName
    login_to: str
    address: str
    message: str
    match_number: str
    state: ApprovalState
    asked_at: Instant
    expires_at: Instant
    purpose: ApprovalPurpose = ApprovalPurpose.SIGN_IN


class ApprovalNews(NamedTuple):
    """An approval that was asked, settled or closed lately.

    Attributes:
        id: Its id.
        user_id: Number of the user whom it asks.
        settled: Whether it is not pending any more.
        changed_at: When.
    """

    id: str
    user_id: int
    settled: bool
    changed_at: Instant
