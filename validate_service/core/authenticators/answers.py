"""Answers of phones: each is signed over all that its user was shown and has typed, and the first one counts."""

import hmac
from dataclasses import dataclass, field

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.authenticators.holder_pins import HolderPins
from validate_service.core.authenticators.identity import is_id, speak_for_holder
from validate_service.core.authenticators.inbox import needs_pin
from validate_service.core.authenticators.proofs import Judgement, Proofs
from validate_service.core.calls import Call
from validate_service.core.errors import ConflictError, NotFoundError, PolicyError
from validate_service.core.fields import require_text
from validate_service.core.lockout import MICROSECONDS, is_locked
from validate_service.core.metrics import Metric
from validate_service.core.model import (
    Approval,
    ApprovalPurpose,
    ApprovalState,
    Factor,
    Holder,
    Instant,
    Signature,
)
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.pins import LONGEST_PIN
from validate_service.core.ports import (
    Announce,
    Approvals,
    Clock,
    Count,
    Database,
    Randomness,
    Session,
    Transaction,
    Users,
)
from validate_service.primitives.phone_statements import answer_statement

LONGEST_NUMBER = 16
MOST_WRONG_NUMBERS = 1
"""So many wrong numbers may be tried again; the next denies."""

TEST_LIFE_S = 60
SUSPICIOUS, MISTAKE = "suspicious", "mistake"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came from a phone, and what it is about.

    Attributes:
        holder: Whose phone it is.
        approval: The push, as the database holds it.
        approve: ``False`` denies.
        number: What the user typed as the number that the caller shows; empty if nothing.
        pin: What the user typed as the PIN; empty if nothing.
        signature: What the phone's key made of it; the PIN is not part of it.
        at: When it came.
    """

    holder: Holder
    approval: Approval
    approve: bool
    number: str = field(repr=False)
    pin: str = field(repr=False)
    signature: Signature = field(repr=False)
    at: Instant

    @property
    def state(self) -> ApprovalState:
        """What it makes of the push."""
        return ApprovalState.APPROVED if self.approve else ApprovalState.DENIED

    @property
    def is_test(self) -> bool:
        """Whether the push opens nothing."""
        return self.approval.purpose is ApprovalPurpose.TEST

    @property
    def statement(self) -> bytes:
        """What the phone must have signed: what the database holds, not what the phone may have shown."""
        shown = self.approval
        return answer_statement(
            uid=self.holder.authenticator.uid,
            approval_id=shown.id,
            user=str(shown.user),
            login_to=shown.login_to,
            address=shown.address,
            message=shown.message,
            asked_at=shown.asked_at,
            expires_at=shown.expires_at,
            number=self.number,
            approve=self.approve,
        )

    def standing(self) -> Outcome | None:
        """Return why the user, or the phone, may not answer at all, or ``None``."""
        user = self.holder.user
        if is_locked(user.failures, self.at, self.holder.tenant.settings.lockout):
            return Outcome.LOCKED
        if not user.enabled:
            return Outcome.DISABLED
        if Factor.PUSH not in user.factors:
            return Outcome.NOT_ALLOWED
        return None if self.holder.authenticator.enabled else Outcome.DEVICE_DISABLED

    def too_late(self, state: ApprovalState) -> Outcome | None:
        """Return why no answer counts any more, now that the push is in this *state*, or ``None``."""
        if state in (ApprovalState.APPROVED, ApprovalState.DENIED):
            return Outcome.REPLAYED
        expired = state is ApprovalState.EXPIRED or self.at >= self.approval.expires_at
        return Outcome.EXPIRED if expired else None


@dataclass(frozen=True, slots=True)
class PhoneAnswerDesk:
    """Takes what phones answer."""

    database: Database
    approvals: Approvals
    users: Users
    proofs: Proofs
    holder_pins: HolderPins
    announce: Announce
    count: Count
    clock: Clock
    randomness: Randomness

    def answer(
        self,
        call: Call,
        holder: Holder,
        approval_id: str,
        *,
        approve: bool,
        number: str,
        pin: str,
        signature: Signature,
    ) -> Decision:
        """Answer a push that the user of *holder* is asked.

        Args:
            call: Who calls.
            holder: Whose phone answers.
            approval_id: Which push.
            approve: ``False`` denies.
            number: What the user typed as the number that the caller shows.
            pin: What the user typed as the PIN, where the tenant asks for it.
            signature: What the phone's key made of the statement of what the user was shown, *number* and *approve*.

        Returns:
            ``ACCEPTED`` if the answer was taken, whatever it is.  If it was not: why the user or the phone may not
            answer; a flaw of the signature, which changes nothing, unless its counter shows a copy of the key;
            ``EXPIRED`` or ``REPLAYED`` if the push was answered before; ``WRONG_CODE`` for the PIN, counted as with a
            card; ``BLOCKED``; ``WRONG_NUMBER`` if another may be tried, and else ``DENIED``.

        Raises:
            NotFoundError: the user was not asked under this id.
            PolicyError: the PIN is asked for, and the user has none.
            MalformedRequestError: a field is too long, or no text.
        """
        require_text("number", number, longest=LONGEST_NUMBER)
        require_text("pin", pin, longest=LONGEST_PIN)
        speak_for_holder(call, holder)
        with self.database.read() as session:
            approval = self._require_asked(session, holder, approval_id)
        answer = Answer(holder, approval, approve, number, pin, signature, self.clock.now())
        judgement = self._judge(answer)
        event = EventName.PUSH_TEST if answer.is_test else EventName.PUSH_ANSWER
        with self.database.write() as transaction:
            outcome = self._settle(transaction, call, answer, judgement)
            reason = answer.state if outcome is Outcome.ACCEPTED else outcome
            transaction.record(AuditEvent(event, reason, call, answer.at, holder.authenticator.serial))
        return Decision(outcome, holder.authenticator.serial)

    def report(self, call: Call, holder: Holder, approval_id: str, *, suspicious: bool) -> None:
        """Say why the phone has denied a push.

        Args:
            call: Who calls.
            holder: Whose phone it is.
            approval_id: Which push.
            suspicious: Whether the user did not ask for it: then nobody asks the user any more for a while, what is
                pending is closed, and, where the tenant wants it, the user is disabled.  If it was a mistake, it is
                forgotten that the user was asked in vain.

        Raises:
            NotFoundError: the user was not asked under this id.
            ConflictError: this phone has not denied it, or it was a test.
        """
        speak_for_holder(call, holder)
        now, reason = self.clock.now(), SUSPICIOUS if suspicious else MISTAKE
        with self.database.write() as transaction:
            approval = self._require_asked(transaction, holder, approval_id)
            denied = self.approvals.was_denied_by(transaction, approval_id, holder.authenticator.device_id)
            if not denied or approval.purpose is ApprovalPurpose.TEST:
                raise ConflictError("This phone has denied no such push.")
            if suspicious:
                self._protect(transaction, call, holder, now)
            else:
                self.approvals.forgive(transaction, approval_id)
            transaction.record(AuditEvent(EventName.PUSH_REPORT, reason, call, now, holder.authenticator.serial))
        if suspicious:
            self.count(Metric.PUSHES_REPORTED)

    def test(self, call: Call, holder: Holder) -> Approval:
        """Ask the user's phones something that opens nothing, for a minute; while one such push waits, it is that."""
        speak_for_holder(call, holder)
        now = self.clock.now()
        approval = Approval(
            id=self.randomness(16).hex(),
            user=holder.user.name,
            login_to="",
            address="",
            message="",
            match_number="",
            state=ApprovalState.PENDING,
            asked_at=now,
            expires_at=now + TEST_LIFE_S * MICROSECONDS,
            purpose=ApprovalPurpose.TEST,
        )
        with self.database.write() as transaction:
            for pending in self.approvals.list_pending_of(transaction, holder.user.id, now):
                if pending.purpose is ApprovalPurpose.TEST:
                    return pending
            self.approvals.add(transaction, holder.tenant.id, holder.user.id, None, approval)
            serial = holder.authenticator.serial
            transaction.record(AuditEvent(EventName.PUSH_TEST, ApprovalState.PENDING, call, now, serial))
        self.announce(holder.user.id, approval)
        return approval

    def _require_asked(self, session: Session, holder: Holder, approval_id: str) -> Approval:
        approval = self.approvals.find(session, holder.tenant.id, approval_id) if is_id(approval_id) else None
        if approval is None or approval.user != holder.user.name:
            raise NotFoundError("There is no such push.")
        return approval

    def _judge(self, answer: Answer) -> Judgement:
        """Find out what the answer is worth; nothing is changed."""
        refusal = answer.standing()
        if refusal is not None:
            return Judgement(refusal)
        judgement = self.proofs.judge(answer.holder.authenticator, answer.statement, answer.signature)
        too_late = answer.too_late(answer.approval.state)
        # The same answer once more finds its own counter: that shows no copy.
        if judgement.outcome in (Outcome.ACCEPTED, Outcome.COUNTER_NOT_GREATER) and too_late is not None:
            return Judgement(too_late)
        if judgement.outcome is Outcome.ACCEPTED and answer.approve:
            return Judgement(self._judge_typed(answer), judgement.counter)
        return judgement

    def _judge_typed(self, answer: Answer) -> Outcome:
        holder, wanted = answer.holder, answer.approval.match_number
        if needs_pin(holder, answer.approval):
            if holder.user.pin_hash is None:
                raise PolicyError("Set a PIN first: it is asked for to approve.")
            judged = self.holder_pins.judge(holder, answer.pin)
            if judged is not Outcome.ACCEPTED:
                return judged
        right_number = not wanted or hmac.compare_digest(wanted.encode(), answer.number.encode())
        return Outcome.ACCEPTED if right_number else Outcome.WRONG_NUMBER

    def _settle(self, transaction: Transaction, call: Call, answer: Answer, judgement: Judgement) -> Outcome:
        """Commit what was judged; return it, or what somebody faster has made of it."""
        holder = answer.holder
        match judgement.outcome:
            case Outcome.ACCEPTED:
                return self._take(transaction, answer, judgement.counter)
            case Outcome.WRONG_NUMBER:
                return self._count_wrong_number(transaction, answer)
            case Outcome.WRONG_CODE:
                self.holder_pins.count_wrong(transaction, holder, answer.at)
            case Outcome.COUNTER_NOT_GREATER:
                self.proofs.disable_copied(transaction, call, holder.tenant, holder.authenticator.serial, answer.at)
        return judgement.outcome

    def _take(self, transaction: Transaction, answer: Answer, counter: int) -> Outcome:
        holder, approval, authenticator = answer.holder, answer.approval, answer.holder.authenticator
        spent = self.proofs.spend(transaction, authenticator, counter)
        if spent is not Outcome.ACCEPTED:
            return spent
        if answer.approve and needs_pin(holder, approval) and not self.holder_pins.accept(transaction, holder):
            return Outcome.LOCKED
        if answer.approve and not answer.is_test:
            # Before the push is settled: who asks locks the user first, too, and the push second.
            self.approvals.forgive(transaction, approval.id)
        taken = self.approvals.answer(
            transaction, approval.id, answer.state, answer.at, device_id=authenticator.device_id
        )
        return Outcome.ACCEPTED if taken else self._who_was_faster(transaction, answer)

    def _count_wrong_number(self, transaction: Transaction, answer: Answer) -> Outcome:
        approval_id = answer.approval.id
        if not self.approvals.count_wrong_number(transaction, approval_id, answer.at, most=MOST_WRONG_NUMBERS):
            return self._who_was_faster(transaction, answer)
        state = self.approvals.find_state(transaction, approval_id)
        return Outcome.WRONG_NUMBER if state is ApprovalState.PENDING else Outcome.DENIED

    def _who_was_faster(self, transaction: Transaction, answer: Answer) -> Outcome:
        state = self.approvals.find_state(transaction, answer.approval.id)
        return answer.too_late(state or ApprovalState.EXPIRED) or Outcome.EXPIRED

    def _protect(self, transaction: Transaction, call: Call, holder: Holder, now: Instant) -> None:
        """Let nobody ask the user for a while, and end what is being asked."""
        settings, user_id = holder.tenant.settings, holder.user.id
        self.approvals.mute(transaction, user_id, now + settings.push.mute_s * MICROSECONDS)
        for pending in self.approvals.list_pending_of(transaction, user_id, now):
            self.approvals.expire(transaction, pending.id, now)
        if settings.reports_disable_user:
            self.users.set_enabled(transaction, user_id, enabled=False)
            transaction.record(AuditEvent(EventName.USER_DISABLE, DONE, call, now, holder.authenticator.serial))
