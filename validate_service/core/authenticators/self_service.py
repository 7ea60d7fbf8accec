"""Self-service: what users see of themselves, and may change, on a phone that was let in."""

from collections.abc import Sequence
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.authenticators.identity import speak_for_holder
from validate_service.core.calls import Call
from validate_service.core.errors import NotFoundError
from validate_service.core.fields import folded
from validate_service.core.lockout import is_locked, tolerated_more
from validate_service.core.model import Authenticator, Factor, Holder, SignIn
from validate_service.core.outcomes import COUNTED, Decision, Outcome
from validate_service.core.pins import require_good_pin
from validate_service.core.ports import (
    Authenticators,
    Clock,
    Database,
    Devices,
    Questions,
    Trail,
    Transaction,
    Users,
)
from validate_service.core.questions import QuestionRegister
from validate_service.core.slow_secrets import SlowSecrets

MOST_SIGN_INS = 20
"""How many of the last sign-ins a user sees."""


@dataclass(frozen=True, slots=True)
class SelfServiceDesk:
    """Serves the holder of a phone."""

    database: Database
    authenticators: Authenticators
    devices: Devices
    users: Users
    questions_kept: Questions
    question_register: QuestionRegister
    slow_secrets: SlowSecrets
    trail: Trail
    clock: Clock

    def phones(self, holder: Holder) -> list[Authenticator]:
        """Return the user's phones that are enabled, oldest first."""
        with self.database.read() as session:
            return list(self.authenticators.of_user(session, holder.user.id))

    def remove_phone(self, call: Call, holder: Holder, serial: str) -> None:
        """Remove one of the user's phones, a lost one or the one in hand; its sessions end with it.

        Raises:
            NotFoundError: the user has no such phone.
        """
        speak_for_holder(call, holder)
        theirs = [phone.serial for phone in self.phones(holder) if folded(phone.serial) == folded(serial)]
        with self.database.write() as transaction:
            if not theirs or not self.devices.delete(transaction, holder.tenant.id, theirs[0]):
                raise NotFoundError("There is no such phone.")
            transaction.record(AuditEvent(EventName.PHONE_REMOVE, DONE, call, self.clock.now(), theirs[0]))

    def change_pin(self, call: Call, holder: Holder, current: str, new: str) -> Decision:
        """Give the user a new PIN.

        Args:
            call: The call.
            holder: Who asks.
            current: The PIN so far; not looked at if there is none.
            new: The new one, obeying the tenant's policy.

        Returns:
            ``ACCEPTED``; ``WRONG_CODE`` if *current* is wrong, which counts as it does with a card; ``BLOCKED`` after
            too many of those; ``LOCKED`` or ``DISABLED`` if the user is.

        Raises:
            MalformedRequestError, PolicyError: as :func:`require_good_pin`, for *new*.
        """
        speak_for_holder(call, holder)
        require_good_pin(new, holder.tenant.settings.pin)
        outcome = self._judged(holder, current)
        new_hash = self.slow_secrets.hash(new) if outcome is Outcome.ACCEPTED else ""
        with self.database.write() as transaction:
            if outcome is Outcome.ACCEPTED:
                outcome = self._set(transaction, holder, new_hash)
            elif outcome in COUNTED:
                self.users.count_failure(transaction, holder.user.id, Factor.CARD, self.clock.now(), pin=True)
            reason = DONE if outcome is Outcome.ACCEPTED else outcome
            transaction.record(
                AuditEvent(EventName.PIN_SET, reason, call, self.clock.now(), holder.authenticator.serial)
            )
        return Decision(outcome, holder.authenticator.serial)

    def questions(self, holder: Holder) -> list[str]:
        """Return the texts of the user's security questions."""
        with self.database.read() as session:
            return [question.text for question in self.questions_kept.listing(session, holder.user.id)]

    def set_questions(self, call: Call, holder: Holder, pairs: Sequence[tuple[str, str]]) -> None:
        """Replace all security questions of the user.

        Raises:
            ValidateError: as :meth:`QuestionRegister.replace`.
        """
        speak_for_holder(call, holder)
        self.question_register.replace(call, holder.tenant, pairs)

    def sign_ins(self, holder: Holder, most: int = MOST_SIGN_INS) -> list[SignIn]:
        """Return the last attempts to verify the user, newest first."""
        with self.database.read() as session:
            return list(self.trail.sign_ins(session, holder.user.id, most))

    def _judged(self, holder: Holder, current: str) -> Outcome:
        user, settings = holder.user, holder.tenant.settings
        right = user.pin_hash is None or self.slow_secrets.matches(user.pin_hash, current)
        if is_locked(user.failures, self.clock.now(), settings.lockout):
            return Outcome.LOCKED
        if not user.enabled:
            return Outcome.DISABLED
        if user.pin_failures >= settings.pin.block_at:
            return Outcome.BLOCKED
        return Outcome.ACCEPTED if right else Outcome.WRONG_CODE

    def _set(self, transaction: Transaction, holder: Holder, pin_hash: str) -> Outcome:
        """Store the new PIN, unless others have guessed in between as often as would lock the user or block the PIN."""
        user, settings = holder.user, holder.tenant.settings
        more = min(tolerated_more(user.failures, settings.lockout), settings.pin.block_at - user.pin_failures - 1)
        if not self.users.accept(transaction, user.id, Factor.CARD, most_failures=user.failures.total + more):
            return Outcome.LOCKED
        self.users.set_pin(transaction, user.id, pin_hash, must_change=False)
        return Outcome.ACCEPTED
