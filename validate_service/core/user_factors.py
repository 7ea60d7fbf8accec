"""What every factor but one-time passwords shares: judge, then count or forgive beside the user."""

from collections.abc import Callable
from dataclasses import dataclass

from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.lockout import is_locked, tolerated_more
from validate_service.core.model import Factor, Instant, Subject
from validate_service.core.outcomes import COUNTED, Decision, Outcome
from validate_service.core.ports import Database, Transaction, Users


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a factor.

    Attributes:
        factor: Which factor.
        event: What the audit trail calls it.
        call: Who called.
        subject: About whom.
        now: When.
    """

    factor: Factor
    event: EventName
    call: Call
    subject: Subject
    now: Instant

    def standing(self) -> Outcome | None:
        """Return why the user may not be verified at all, or ``None``."""
        user = self.subject.user
        if user is None:
            return Outcome.UNKNOWN_USER
        if is_locked(user.failures, self.now, self.subject.tenant.settings.lockout):
            return Outcome.LOCKED
        if not user.enabled:
            return Outcome.DISABLED
        return None if self.factor in user.factors else Outcome.NOT_ALLOWED


@dataclass(frozen=True, slots=True)
class UserFactors:
    """Commits what was judged about a factor whose failures are counted beside the user."""

    database: Database
    users: Users

    def settle(
        self,
        attempt: Attempt,
        outcome: Outcome,
        *,
        spend: Callable[[Transaction], bool] | None = None,
        wrong_pin: bool = False,
        most_more: int | None = None,
        device: str = "",
        refuse: Callable[[Transaction], bool] | None = None,
    ) -> Decision:
        """Commit *outcome* with its count and audit event.

        Args:
            attempt: Whose attempt at what.
            outcome: What was judged by what had been read.
            spend: Uses up what was accepted; ``False`` if somebody else was faster, which makes it a replay.
            wrong_pin: Whether the right card came with a wrong PIN.
            most_more: How many failures that others commit in between an acceptance stands, if not as many as the
                lockout leaves.
            device: Serial of the device that it was done with, if that has one.
            refuse: Uses up what was refused; ``False`` if somebody else was faster, which makes it a replay.

        Returns:
            The decision: *outcome*, or a refusal if others used the secret up, or locked the user, in between.
        """
        with self.database.write() as transaction:
            if outcome is Outcome.ACCEPTED:
                outcome = self._accept(transaction, attempt, spend, most_more)
            else:
                if refuse is not None and not refuse(transaction):
                    outcome = Outcome.REPLAYED
                # A statement that touches no row costs as much time as one that counts a failure.
                counted = attempt.call.user_id if outcome in COUNTED else None
                self.users.count_failure(transaction, counted or 0, attempt.factor, attempt.now, pin=wrong_pin)
            transaction.record(AuditEvent(attempt.event, outcome, attempt.call, attempt.now, device))
        return Decision(outcome, device)

    def _accept(
        self,
        transaction: Transaction,
        attempt: Attempt,
        spend: Callable[[Transaction], bool] | None,
        most_more: int | None,
    ) -> Outcome:
        user, policy = attempt.subject.user, attempt.subject.tenant.settings.lockout
        if user is None:
            return Outcome.UNKNOWN_USER
        if spend is not None and not spend(transaction):
            return Outcome.REPLAYED
        more = tolerated_more(user.failures, policy)
        most_failures = user.failures.total + (more if most_more is None else min(more, most_more))
        if not self.users.accept(transaction, user.id, attempt.factor, most_failures=most_failures):
            return Outcome.LOCKED
        return Outcome.ACCEPTED
