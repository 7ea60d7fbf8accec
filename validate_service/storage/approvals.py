"""Push approvals in the database."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, case, literal, or_, select, update

from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Approval, ApprovalNews, ApprovalPurpose, ApprovalState, Instant
from validate_service.core.names import UserName
from validate_service.core.ports import Session, Transaction
from validate_service.core.settings import PushPolicy
from validate_service.storage.sessions import Row, Statement, insert_of, own
from validate_service.storage.tables import approvals, tenants, users

_ADD = Statement(
    insert_of(
        approvals,
        *("id", "tenant_id", "user_id", "login_to", "address", "message", "match_number"),
        *("state", "asked_at", "expires_at", "caller_id", "purpose", "changed_at"),
    )
)
_THIS = approvals.c.id == bindparam("approval_id")
_PENDING_STATE = ApprovalState.PENDING.value
_PENDING = approvals.c.state == _PENDING_STATE
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
        approvals.c.purpose,
    )
    .select_from(approvals.join(users, users.c.id == approvals.c.user_id))
    .order_by(approvals.c.asked_at)
)
_OPEN = (_PENDING, approvals.c.expires_at > bindparam("at"))
_OF_TENANT = approvals.c.tenant_id == bindparam("tenant_id")
_FIND = Statement(_APPROVAL.where(_OF_TENANT, _THIS))
_LIST_PENDING = Statement(_APPROVAL.where(_OF_TENANT, *_OPEN))
_LIST_PENDING_OF = Statement(_APPROVAL.where(approvals.c.user_id == bindparam("asked_id"), *_OPEN))
_ANSWER = Statement(
    update(approvals)
    .where(_THIS, *_OPEN)
    .values(
        state=bindparam("new_state"),
        answered_at=bindparam("at"),
        answered_by=bindparam("device_id"),
        changed_at=bindparam("at"),
    )
)
_COUNT_WRONG_NUMBER = Statement(
    update(approvals)
    .where(_THIS, *_OPEN)
    .values(
        state=case(
            (approvals.c.wrong_numbers >= bindparam("most"), ApprovalState.DENIED.value), else_=approvals.c.state
        ),
        wrong_numbers=approvals.c.wrong_numbers + 1,
        changed_at=bindparam("at"),
    )
)
_WAS_DENIED_BY = Statement(
    select(approvals.c.id).where(
        _THIS,
        approvals.c.state == ApprovalState.DENIED.value,
        approvals.c.answered_by == bindparam("device_id"),
    )
)
_NEWS = Statement(
    select(approvals.c.id, approvals.c.user_id, approvals.c.state, approvals.c.changed_at).where(
        approvals.c.changed_at >= bindparam("since")
    )
)
_EXPIRE = Statement(
    update(approvals).where(_THIS, _PENDING).values(state=ApprovalState.EXPIRED.value, changed_at=bindparam("at"))
)
_CLOSE_PENDING = Statement(
    update(approvals)
    .where(approvals.c.user_id == bindparam("asked_id"), approvals.c.caller_id == bindparam("asking_id"), _PENDING)
    .values(state=ApprovalState.EXPIRED.value, changed_at=bindparam("at"))
)
_excess = users.c.pushes_unapproved - bindparam("burst")
_DELAY = case(
    (_excess < 0, 0),
    (_excess >= bindparam("doublings"), bindparam("longest_delay", type_=BigInteger)),
    else_=bindparam("first_delay", type_=BigInteger) * literal(1).bitwise_lshift(_excess),
)
_PACE = Statement(
    update(users)
    .where(
        users.c.id == bindparam("asked_id"),
        # Not by the clock below the burst: of two who ask at once the first may be written down last.
        or_(_excess < 0, users.c.push_asked_at + _DELAY <= bindparam("at")),
        users.c.pushes_muted_until <= bindparam("at"),
    )
    .values(pushes_unapproved=users.c.pushes_unapproved + 1, push_asked_at=bindparam("at"))
)
_IS_MUTED = Statement(
    select(users.c.id).where(users.c.id == bindparam("asked_id"), users.c.pushes_muted_until > bindparam("at"))
)
_MUTE = Statement(
    update(users).where(users.c.id == bindparam("asked_id")).values(pushes_muted_until=bindparam("until"))
)
_asked = select(approvals.c.user_id).where(_THIS).scalar_subquery()
_FORGIVE = Statement(update(users).where(users.c.id == _asked).values(pushes_unapproved=0))
_paced = tenants.c.pushes_paced_until
_PACE_TENANT = Statement(
    update(tenants)
    .where(tenants.c.id == bindparam("paced_id"), _paced <= bindparam("latest"))
    .values(pushes_paced_until=case((_paced > bindparam("at"), _paced), else_=bindparam("at")) + bindparam("longer"))
)


class ApprovalTable:
    """Implements the port ``Approvals``."""

    def add(
        self, transaction: Transaction, tenant_id: int, user_id: int, caller_id: int | None, approval: Approval
    ) -> None:
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
            purpose=approval.purpose.value,
            changed_at=approval.asked_at,
        )

    def pace(self, transaction: Transaction, user_id: int, at: Instant, policy: PushPolicy) -> bool:
        """Count one more question to the user, if *policy* lets one be put now and none are muted; tell whether so."""
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

    def is_muted(self, session: Session, user_id: int, at: Instant) -> bool:
        """Tell whether the user is not to be asked, because one push was reported."""
        return own(session).row(_IS_MUTED, asked_id=user_id, at=at) is not None

    def mute(self, transaction: Transaction, user_id: int, until: Instant) -> None:
        """Let nobody ask the user before *until*."""
        own(transaction).change(_MUTE, asked_id=user_id, until=until)

    def pace_tenant(
        self, transaction: Transaction, tenant_id: int, at: Instant, policy: PushPolicy, *, questions: int
    ) -> bool:
        """Count so many more questions in the tenant, if *policy* lets them be put now; tell whether it does."""
        every = 60 * MICROSECONDS // policy.tenant_per_minute
        latest = at + (policy.tenant_burst - questions) * every
        changed = own(transaction).change(
            _PACE_TENANT, paced_id=tenant_id, at=at, longer=questions * every, latest=latest
        )
        return changed == 1

    def forgive(self, transaction: Transaction, approval_id: str) -> None:
        """Forget how often the user of the approval was asked in vain."""
        own(transaction).change(_FORGIVE, approval_id=approval_id)

    def close_pending(self, transaction: Transaction, user_id: int, caller_id: int, at: Instant) -> bool:
        """Let what the caller has asked the user, and was not answered yet, expire; tell whether there was anything."""
        return own(transaction).change(_CLOSE_PENDING, asked_id=user_id, asking_id=caller_id, at=at) > 0

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

    def list_pending_of(self, session: Session, user_id: int, at: Instant) -> Sequence[Approval]:
        """Return what waits for an answer of one user, oldest first."""
        return [_approval(row) for row in own(session).rows(_LIST_PENDING_OF, asked_id=user_id, at=at)]

    def answer(
        self,
        transaction: Transaction,
        approval_id: str,
        state: ApprovalState,
        at: Instant,
        *,
        device_id: int | None = None,
    ) -> bool:
        """Answer a pending approval that has not expired; of many answers only the first is told ``True``."""
        changed = own(transaction).change(
            _ANSWER, approval_id=approval_id, new_state=state.value, at=at, device_id=device_id
        )
        return changed == 1

    def count_wrong_number(self, transaction: Transaction, approval_id: str, at: Instant, *, most: int) -> bool:
        """Count a wrong number; the one after *most* denies.  Tell whether the approval was still pending."""
        return own(transaction).change(_COUNT_WRONG_NUMBER, approval_id=approval_id, at=at, most=most) == 1

    def was_denied_by(self, session: Session, approval_id: str, device_id: int) -> bool:
        """Tell whether the device denied the approval."""
        return own(session).row(_WAS_DENIED_BY, approval_id=approval_id, device_id=device_id) is not None

    def expire(self, transaction: Transaction, approval_id: str, at: Instant) -> bool:
        """Close a pending approval; tell whether it was still pending."""
        return own(transaction).change(_EXPIRE, approval_id=approval_id, at=at) == 1

    def news(self, session: Session, since: Instant) -> Sequence[ApprovalNews]:
        """Return what was asked, settled or closed at or after *since*."""
        return [
            ApprovalNews(approval_id, user_id, state != _PENDING_STATE, changed_at)
            for approval_id, user_id, state, changed_at in own(session).rows(_NEWS, since=since)
        ]


def _approval(row: Row) -> Approval:
    approval_id, domain, username, login_to, address, message, match_number, state, asked_at, expires_at, purpose = row
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
        purpose=ApprovalPurpose(purpose),
    )


def _doublings(policy: PushPolicy) -> int:
    """Return how often the first delay is doubled before it is the longest.

    >>> _doublings(PushPolicy(first_delay_s=30, longest_delay_s=3600))
    7
    """
    return max(0, (policy.longest_delay_s - 1) // policy.first_delay_s).bit_length()
