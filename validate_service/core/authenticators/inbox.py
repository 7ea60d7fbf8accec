"""The inbox of a phone: what its user is asked now."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from validate_service.core.model import Approval, ApprovalPurpose, Holder, PushQuestion
from validate_service.core.ports import Approvals, Clock, Database, Forget, Lookout, Wake


@dataclass(frozen=True, slots=True)
class PhoneInbox:
    """Shows pushes to the phones of whom they ask."""

    database: Database
    approvals: Approvals
    lookout: Lookout
    clock: Clock

    def pending(self, holder: Holder) -> list[PushQuestion]:
        """Return what the user of *holder* is asked, oldest first; never the number that must be typed."""
        with self.database.read() as session:
            found = self.approvals.list_pending_of(session, holder.user.id, self.clock.now())
        return [_question(holder, approval) for approval in found]

    def version(self, questions: Iterable[PushQuestion]) -> str:
        """Return a short text that is another one whenever other questions are pending."""
        ids = " ".join(question.id for question in questions)
        return hashlib.sha256(ids.encode()).hexdigest()[:16]

    def await_news(self, holder: Holder, wake: Wake) -> Forget:
        """Call *wake* once when anything changes about what the user of *holder* is asked."""
        return self.lookout.await_question(holder.user.id, wake)


def needs_pin(holder: Holder, approval: Approval) -> bool:
    """Tell whether the user's PIN is asked for to approve; never for a test."""
    return holder.tenant.settings.pushes_need_pin and approval.purpose is ApprovalPurpose.SIGN_IN


def _question(holder: Holder, approval: Approval) -> PushQuestion:
    return PushQuestion(
        id=approval.id,
        user=str(approval.user),
        login_to=approval.login_to,
        address=approval.address,
        message=approval.message,
        asked_at=approval.asked_at,
        expires_at=approval.expires_at,
        needs_number=bool(approval.match_number),
        needs_pin=needs_pin(holder, approval),
        test=approval.purpose is ApprovalPurpose.TEST,
    )
