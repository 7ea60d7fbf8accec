"""Self-service: what users see of themselves, and may change, on a phone that was let in."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.authenticators.holder_pins import HolderPins
from validate_service.core.authenticators.identity import speak_for_holder
from validate_service.core.calls import Call
from validate_service.core.errors import NotFoundError, PolicyError
from validate_service.core.fields import folded, require_text
from validate_service.core.lockout import is_locked
from validate_service.core.model import Authenticator, Holder, SignIn
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.pins import LONGEST_PIN, require_good_pin
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
    holder_pins: HolderPins
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
            too many of those; ``LOCKED`` if the user is, or was disabled in between.

        Raises:
            MalformedRequestError, PolicyError: as :func:`require_good_pin`, for *new*; or *new* is the PIN so far.
        """
        speak_for_holder(call, holder)
        require_text("pin", current, longest=LONGEST_PIN)
        require_good_pin(new, holder.tenant.settings.pin)
        if holder.user.pin_hash is not None and hmac.compare_digest(current.encode(), new.encode()):
            raise PolicyError("The new PIN must be another one.")
        outcome, now, serial = self._judged(holder, current), self.clock.now(), holder.authenticator.serial
        new_hash = self.slow_secrets.hash(new) if outcome is Outcome.ACCEPTED else ""
        with self.database.write() as transaction:
            if outcome is Outcome.ACCEPTED:
                outcome = self._set(transaction, holder, new_hash)
            elif outcome is Outcome.WRONG_CODE:
                self.holder_pins.count_wrong(transaction, holder, now)
            reason = DONE if outcome is Outcome.ACCEPTED else outcome
            transaction.record(AuditEvent(EventName.PIN_SET, reason, call, now, serial))
        return Decision(outcome, serial)

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
        if is_locked(holder.user.failures, self.clock.now(), holder.tenant.settings.lockout):
            return Outcome.LOCKED
        return Outcome.ACCEPTED if holder.user.pin_hash is None else self.holder_pins.judge(holder, current)

    def _set(self, transaction: Transaction, holder: Holder, pin_hash: str) -> Outcome:
        if not self.holder_pins.accept(transaction, holder):
            return Outcome.LOCKED
        self.users.set_pin(transaction, holder.user.id, pin_hash, must_change=False)
        return Outcome.ACCEPTED
