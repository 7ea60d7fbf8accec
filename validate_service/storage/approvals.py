"""Push approvals in the database."""

from collections.abc import Sequence

from sqlalchemy import bindparam, case, literal, select, update

from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Approval, ApprovalState, Instant
from validate_service.core.names import UserName
from validate_service.core.ports import Session, Transaction
from validate_service.core.settings import PushPolicy
from validate_service.storage.sessions import Row, Statement, insert_of, own
from validate_service.storage.tables import approvals, tenants, users

_ADD = Statement(
    insert_of(
        approvals,
        *("id", "tenant_id", "user_id", "login_to", "address", "message", "match_number"),
        *("state", "asked_at", "expires_at", "caller_id"),
    )
)
_THIS = approvals.c.id == bindparam("approval_id")
_PENDING = approvals.c.state == ApprovalState.PENDING.value
_STATE = Statement(select(approvals.c.state).where(_THIS))
_APPROVAL = (
    select(
        approvals.c.id,
        users.c.domain,
        users.c.username,
        approvals.c.login_to,
        approvals.c.address,
        approvals.c.message,
        approvals.c.match_number,
        approvals.c.state,
        approvals.c.asked_at,
        approvals.c.expires_at,
    )
    .select_from(approvals.join(users, users.c.id == approvals.c.user_id))
    .where(approvals.c.tenant_id == bindparam("tenant_id"))
)
_FIND = Statement(_APPROVAL.where(_THIS))
_LIST_PENDING = Statement(
    _APPROVAL.where(_PENDING, approvals.c.expires_at > bindparam("at")).order_by(approvals.c.asked_at)
)
_ANSWER = Statement(
    update(approvals)
    .where(_THIS, _PENDING, approvals.c.expires_at > bindparam("at"))
    .values(state=bindparam("new_state"), answered_at=bindparam("at"))
)
_EXPIRE = Statement(update(approvals).where(_THIS, _PENDING).values(state=ApprovalState.EXPIRED.value))
_CLOSE_PENDING = Statement(
    update(approvals)
    .where(approvals.c.user_id == bindparam("asked_id"), approvals.c.caller_id == bindparam("asking_id"), _PENDING)
    .values(state=ApprovalState.EXPIRED.value)
)
_excess = users.c.pushes_unapproved - bindparam("burst")
_DELAY = case(
    (_excess < 0, 0),
    (_excess >= bindparam("doublings"), bindparam("longest_delay")),
    else_=bindparam("first_delay") * literal(1).bitwise_lshift(_excess),
)
_PACE = Statement(
    update(users)
    .where(users.c.id == bindparam("asked_id"), users.c.push_asked_at + _DELAY <= bindparam("at"))
    .values(pushes_unapproved=users.c.pushes_unapproved + 1, push_asked_at=bindparam("at"))
)
_asked = select(approvals.c.user_id).where(_THIS).scalar_subquery()
_FORGIVE = Statement(update(users).where(users.c.id == _asked).values(pushes_unapproved=0))
_paced = tenants.c.pushes_paced_until
_PACE_TENANT = Statement(
    update(tenants)
    .where(tenants.c.id == bindparam("paced_id"), _paced <= bindparam("latest"))
    .values(pushes_paced_until=case((_paced > bindparam("at"), _paced), else_=bindparam("at")) + bindparam("every"))
)


class ApprovalTable:
    """Implements the port ``Approvals``."""

    def add(self, transaction: Transaction, tenant_id: int, user_id: int, caller_id: int, approval: Approval) -> None:
        """Store a pending approval."""
        own(transaction).change(
            _ADD,
            id=approval.id,
            tenant_id=tenant_id,
            user_id=user_id,
            login_to=approval.login_to,
            address=approval.address,
            message=approval.message,
            match_number=approval.match_number,
            state=approval.state.value,
            asked_at=approval.asked_at,
            expires_at=approval.expires_at,
            caller_id=caller_id,
        )

    def pace(self, transaction: Transaction, user_id: int, at: Instant, policy: PushPolicy) -> bool:
        """Count one more question to the user, if *policy* lets one be put now; tell whether it does."""
        changed = own(transaction).change(
            _PACE,
            asked_id=user_id,
            at=at,
            burst=policy.burst,
            first_delay=policy.first_delay_s * MICROSECONDS,
            longest_delay=policy.longest_delay_s * MICROSECONDS,
            doublings=_doublings(policy),
        )
        return changed == 1

    def pace_tenant(self, transaction: Transaction, tenant_id: int, at: Instant, policy: PushPolicy) -> bool:
        """Count one more question in the tenant, if *policy* lets one be put now; tell whether it does."""
        every = 60 * MICROSECONDS // policy.tenant_per_minute
        latest = at + (policy.tenant_burst - 1) * every
        return own(transaction).change(_PACE_TENANT, paced_id=tenant_id, at=at, every=every, latest=latest) == 1

    def forgive(self, transaction: Transaction, approval_id: str) -> None:
        """Forget how often the user of the approval was asked in vain."""
        own(transaction).change(_FORGIVE, approval_id=approval_id)

    def close_pending(self, transaction: Transaction, user_id: int, caller_id: int) -> bool:
        """Let what the caller has asked the user, and was not answered yet, expire; tell whether there was anything."""
        return own(transaction).change(_CLOSE_PENDING, asked_id=user_id, asking_id=caller_id) > 0

    def find_state(self, session: Session, approval_id: str) -> ApprovalState | None:
        """Return where the approval stands, or ``None`` if it is gone."""
        row = own(session).row(_STATE, approval_id=approval_id)
        return None if row is None else ApprovalState(row[0])

    def find(self, session: Session, tenant_id: int, approval_id: str) -> Approval | None:
        """Return the approval, or ``None``."""
        row = own(session).row(_FIND, tenant_id=tenant_id, approval_id=approval_id)
        return None if row is None else _approval(row)

    def list_pending(self, session: Session, tenant_id: int, at: Instant) -> Sequence[Approval]:
        """Return what waits for an answer, oldest first."""
        return [_approval(row) for row in own(session).rows(_LIST_PENDING, tenant_id=tenant_id, at=at)]

    def answer(self, transaction: Transaction, approval_id: str, state: ApprovalState, at: Instant) -> bool:
        """Answer a pending approval that has not expired; of many answers only the first is told ``True``."""
        return own(transaction).change(_ANSWER, approval_id=approval_id, new_state=state.value, at=at) == 1

    def expire(self, transaction: Transaction, approval_id: str) -> bool:
        """Close a pending approval; tell whether it was still pending."""
        return own(transaction).change(_EXPIRE, approval_id=approval_id) == 1


def _approval(row: Row) -> Approval:
    approval_id, domain, username, login_to, address, message, match_number, state, asked_at, expires_at = row
    return Approval(
        id=approval_id,
        user=UserName(domain, username),
        login_to=login_to,
        address=address,
        message=message,
        match_number=match_number,
        state=ApprovalState(state),
        asked_at=asked_at,
        expires_at=expires_at,
    )


def _doublings(policy: PushPolicy) -> int:
    """Return how often the first delay is doubled before it is the longest.

    >>> _doublings(PushPolicy(first_delay_s=30, longest_delay_s=3600))
    7
    """
    return max(0, (policy.longest_delay_s - 1) // policy.first_delay_s).bit_length()
