"""Pushes that wait for their users."""

from collections.abc import Sequence
from typing import Protocol

from validate_service.core.model import Approval, ApprovalNews, ApprovalState, Instant
from validate_service.core.ports.sessions import Session, Transaction
from validate_service.core.settings import PushPolicy


class Approvals(Protocol):
    """Keeps push approvals.  Whatever changes one notes the instant, by which whoever waits learns of it."""

    def add(
        self, transaction: Transaction, tenant_id: int, user_id: int, caller_id: int | None, approval: Approval
    ) -> None:
        """Store a pending approval."""

    def pace(self, transaction: Transaction, user_id: int, at: Instant, policy: PushPolicy) -> bool:
        """Count one more question to the user, if *policy* lets one be put now and none are muted; tell whether so."""

    def is_muted(self, session: Session, user_id: int, at: Instant) -> bool:
        """Tell whether the user is not to be asked, because one push was reported."""

    def mute(self, transaction: Transaction, user_id: int, until: Instant) -> None:
        """Let nobody ask the user before *until*."""

    def pace_tenant(
        self, transaction: Transaction, tenant_id: int, at: Instant, policy: PushPolicy, *, questions: int
    ) -> bool:
        """Count so many more questions in the tenant, if *policy* lets them be put now; tell whether it does."""

    def forgive(self, transaction: Transaction, approval_id: str) -> None:
        """Forget how often the user of the approval was asked in vain."""

    def close_pending(self, transaction: Transaction, user_id: int, caller_id: int, at: Instant) -> bool:
        """Let what the caller has asked the user, and was not answered yet, expire; tell whether there was anything."""

    def find_state(self, session: Session, approval_id: str) -> ApprovalState | None:
        """Return where the approval stands, or ``None`` if it is gone."""

    def find(self, session: Session, tenant_id: int, approval_id: str) -> Approval | None:
        """Return the approval, or ``None``."""

    def list_pending(self, session: Session, tenant_id: int, at: Instant) -> Sequence[Approval]:
        """Return what waits for an answer, oldest first."""

    def list_pending_of(self, session: Session, user_id: int, at: Instant) -> Sequence[Approval]:
        """Return what waits for an answer of one user, oldest first."""

    def answer(
        self,
        transaction: Transaction,
        approval_id: str,
        state: ApprovalState,
        at: Instant,
        *,
        device_id: int | None = None,
    ) -> bool:
        """Answer a pending approval that has not expired; of many answers only the first is told ``True``.

        Args:
            transaction: Where.
            approval_id: The approval.
            state: What it becomes.
            at: Now.
            device_id: Number of the device that answered; ``None`` if it was none.
        """

    def count_wrong_number(self, transaction: Transaction, approval_id: str, at: Instant, *, most: int) -> bool:
        """Count a wrong number; the one after *most* denies.  Tell whether the approval was still pending."""

    def was_denied_by(self, session: Session, approval_id: str, device_id: int) -> bool:
        """Tell whether the device denied the approval."""

    def expire(self, transaction: Transaction, approval_id: str, at: Instant) -> bool:
        """Close a pending approval; tell whether it was still pending."""

    def news(self, session: Session, since: Instant) -> Sequence[ApprovalNews]:
        """Return what was asked, settled or closed at or after *since*."""
