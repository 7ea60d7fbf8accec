"""Push approvals: ask the user's authenticator, and learn of the answer without a thread that waits for it."""

from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.callers import Gate
from validate_service.core.calls import NOBODY, Call
from validate_service.core.errors import (
    ConflictError,
    MalformedRequestError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
)
from validate_service.core.lockout import MICROSECONDS, is_locked
from validate_service.core.model import Approval, ApprovalState, Factor, Instant, Scope, Subject, Tenant
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.pacing import TenantPace
from validate_service.core.ports import (
    Announce,
    Approvals,
    Clock,
    Database,
    Forget,
    Lookout,
    Randomness,
    Stopping,
    Wake,
)
from validate_service.core.prompts import Prompt

TENANT_PAUSE_S = 1
"""When a caller may try again whose tenant asks too often."""
_OUTCOMES = {
    ApprovalState.APPROVED: Outcome.ACCEPTED,
    ApprovalState.DENIED: Outcome.DENIED,
    ApprovalState.EXPIRED: Outcome.TIMED_OUT,
    # It went with its user.
    None: Outcome.DENIED,
}


@dataclass(frozen=True, slots=True)
class ApprovalVerifier:
    """Asks users.

    Who waits for the answer asks with ``waits``, then calls :meth:`await_answer`, and when it is woken, or the time is
    over, :meth:`conclude`, or, if nobody is there any more to be told, :meth:`abandon`.

    Attributes:
        most_waiting: For so many answers this process waits at once.
    """

    gate: Gate
    database: Database
    approvals: Approvals
    tenant_pace: TenantPace
    clock: Clock
    randomness: Randomness
    lookout: Lookout
    stopping: Stopping
    most_waiting: int
    announce: Announce

    def ask(self, call: Call, prompt: Prompt, *, waits: bool = False) -> Approval | Decision:
        """Ask the user of *call*.

        Args:
            call: Who asks whom.
            prompt: What the user is shown.
            waits: Whether the caller waits for the answer.

        Returns:
            The pending approval; or, if the user cannot be asked, the decision that says why: the user is unknown,
            disabled or locked, has no authenticator, or was asked too often in vain.

        Raises:
            RateLimitedError: the tenant asks too often.
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`; also unavailable,
                and nobody is asked, when as many calls wait already as may.
        """
        subject = self.gate.admit_with_authenticator(call, Scope.VALIDATE)
        refusal = _refusal(subject, self.clock.now()) or _flaw(subject, prompt)
        if refusal is not None:
            return self._decided(call, refusal)
        if waits and len(self.lookout) >= self.most_waiting:
            raise UnavailableError("as many pushes are waiting as there are places")
        return self._ask(call, subject, prompt)

    def await_answer(self, approval: Approval, wake: Wake) -> Forget:
        """Call *wake* once when the approval is answered or closed, wherever that happens."""
        return self.lookout.await_answer(approval.id, wake)

    def conclude(self, call: Call, approval: Approval) -> Decision:
        """End the question that *call* asked, and tell how it was answered.

        Returns:
            ``ACCEPTED`` if the user approved in time; ``DENIED`` or ``TIMED_OUT`` if not; ``STOPPED`` if it is not
            answered yet, and the service is about to end; another reason if the user was disabled or locked or lost the
            authenticator meanwhile: an approval does not help who has become so.

        Raises:
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        with self.database.read() as session:
            state = self.approvals.find_state(session, approval.id)
        if state is ApprovalState.PENDING:
            return self._close(call, approval)
        return self._settled(call, state)

    def abandon(self, call: Call, approval: Approval) -> None:
        """Close the question that *call* asked, because its caller is gone: what opens nothing must not be approved.

        Raises:
            UnavailableError: the database does not answer.
        """
        with self.database.write() as transaction:
            now = self.clock.now()
            self.approvals.expire(transaction, approval.id, now)
            transaction.record(AuditEvent(EventName.PUSH_VERIFY, Outcome.CALLER_GONE, call, now))

    def state(self, call: Call, approval_id: str) -> ApprovalState:
        """Return where an approval that was asked of the user of *call* stands.

        Returns:
            The state; ``DENIED`` also if the user, or the authenticator, was disabled after approving.

        Raises:
            NotFoundError: the user was not asked under this id.
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        subject = self.gate.admit_with_authenticator(call, Scope.VALIDATE)
        approval = _require_approval(self.database, self.approvals, call, subject.tenant, approval_id)
        state, now = approval.state, self.clock.now()
        if state is ApprovalState.PENDING and now >= approval.expires_at:
            state = ApprovalState.EXPIRED
        if state is ApprovalState.APPROVED and _refusal(subject, now) is not None:
            state = ApprovalState.DENIED
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.PUSH_STATUS, state, call, now))
        return state

    def _ask(self, call: Call, subject: Subject, prompt: Prompt) -> Approval | Decision:
        """Ask the user, in place of what the same caller has asked and was not answered yet.

        The newer question replaces the older one and does not join it: one approval must not open two sign-ins, of
        which the user sees one.
        """
        now, settings = self.clock.now(), subject.tenant.settings
        timeout_s = prompt.timeout_s or settings.push_timeout_s
        approval = Approval(
            id=self.randomness(16).hex(),
            user=call.user,
            login_to=prompt.login_to,
            address=prompt.address,
            message=prompt.message,
            match_number=prompt.match_number,
            state=ApprovalState.PENDING,
            asked_at=now,
            expires_at=now + timeout_s * MICROSECONDS,
        )
        user_id, caller_id = call.user_id or 0, subject.caller.id
        with self.database.write() as transaction:
            if not self.approvals.pace(transaction, user_id, now, settings.push):
                refusal = Outcome.MUTED if self.approvals.is_muted(transaction, user_id, now) else Outcome.PACED
                transaction.record(AuditEvent(EventName.PUSH_ASK, refusal, call, now))
                return Decision(refusal)
            if not self.tenant_pace.take(transaction, subject.tenant, now):
                raise RateLimitedError(TENANT_PAUSE_S)
            if self.approvals.close_pending(transaction, user_id, caller_id, now):
                transaction.record(AuditEvent(EventName.PUSH_REPLACE, DONE, call, now))
            self.approvals.add(transaction, subject.tenant.id, user_id, caller_id, approval)
            transaction.record(AuditEvent(EventName.PUSH_ASK, ApprovalState.PENDING, call, now))
        self.announce(user_id, approval)
        return approval

    def _close(self, call: Call, approval: Approval) -> Decision:
        """Close the approval; an answer that came in the last moment still counts."""
        now = self.clock.now()
        outcome = Outcome.STOPPED if self.stopping() and now < approval.expires_at else Outcome.TIMED_OUT
        with self.database.write() as transaction:
            if self.approvals.expire(transaction, approval.id, now):
                transaction.record(AuditEvent(EventName.PUSH_VERIFY, outcome, call, now))
                return Decision(outcome)
            state = self.approvals.find_state(transaction, approval.id)
        return self._settled(call, state)

    def _settled(self, call: Call, state: ApprovalState | None) -> Decision:
        outcome = _OUTCOMES[state]
        if outcome is Outcome.ACCEPTED:
            # The phone may have been reported lost, or the user disabled, while the question was open.
            subject = self.gate.admit_with_authenticator(call, Scope.VALIDATE)
            outcome = _refusal(subject, self.clock.now()) or outcome
        return self._decided(call, outcome)

    def _decided(self, call: Call, outcome: Outcome) -> Decision:
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.PUSH_VERIFY, outcome, call, self.clock.now()))
        return Decision(outcome)


@dataclass(frozen=True, slots=True)
class ApprovalDesk:
    """Shows and answers pending approvals, in the user's place."""

    database: Database
    approvals: Approvals
    clock: Clock

    def pending(self, tenant: Tenant) -> list[Approval]:
        """Return what waits for an answer, oldest first."""
        with self.database.read() as session:
            return list(self.approvals.list_pending(session, tenant.id, self.clock.now()))

    def answer(self, call: Call, tenant: Tenant, approval_id: str, *, approve: bool, number: str = "") -> None:
        """Answer a pending approval; only the first answer counts.

        Args:
            call: Who answers, and for which user; for whoever was asked, if it names nobody.
            tenant: The approval's tenant.
            approval_id: The approval's id.
            approve: ``False`` denies.
            number: What the user typed, where the approval asks for a number.

        Raises:
            NotFoundError: there is no such approval.
            MalformedRequestError: the number is not the one asked for.
            ConflictError: it was answered before, or has expired.
        """
        now = self.clock.now()
        approval = _require_approval(self.database, self.approvals, call, tenant, approval_id)
        call.tenant_id, call.user = tenant.id, approval.user
        if approve and approval.match_number and number != approval.match_number:
            raise MalformedRequestError("The number is not the one that the caller shows.")
        state = ApprovalState.APPROVED if approve else ApprovalState.DENIED
        with self.database.write() as transaction:
            if approve:
                # The user before the approval, as when asking: of two who lock in another order both would wait.
                self.approvals.forgive(transaction, approval_id)
            if not self.approvals.answer(transaction, approval_id, state, now):
                raise ConflictError("The approval was answered before, or has expired.")
            transaction.record(AuditEvent(EventName.PUSH_ANSWER, state, call, now))


def _refusal(subject: Subject, now: Instant) -> Outcome | None:
    """Return why the user may not be asked at all, or ``None``."""
    user = subject.user
    if user is None:
        return Outcome.UNKNOWN_USER
    if is_locked(user.failures, now, subject.tenant.settings.lockout):
        return Outcome.LOCKED
    if not user.enabled:
        return Outcome.DISABLED
    if Factor.PUSH not in user.factors:
        return Outcome.NOT_ALLOWED
    return None if subject.has_authenticator else Outcome.NOT_ENROLLED


def _flaw(subject: Subject, prompt: Prompt) -> Outcome | None:
    """Return why the user may not be asked in this way, or ``None``."""
    lacks_number = subject.tenant.settings.pushes_need_number and not prompt.match_number
    return Outcome.NUMBER_MISSING if lacks_number else None


def _require_approval(
    database: Database, approvals: Approvals, call: Call, tenant: Tenant, approval_id: str
) -> Approval:
    """Return the approval that the user of *call* was asked for, or, if that is nobody, anybody of the tenant."""
    with database.read() as session:
        approval = approvals.find(session, tenant.id, approval_id)
    if approval is None or call.user.key not in (NOBODY.key, approval.user.key):
        raise NotFoundError("There is no such approval.")
    return approval


def seconds_left(approval: Approval, now: Instant) -> int:
    """Return the whole seconds until *approval* expires, 0 if it has."""
    return max(0, (approval.expires_at - now) // MICROSECONDS)
