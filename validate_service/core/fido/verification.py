"""Sign-ins with a security key: ask, and check the answer."""

from dataclasses import dataclass

from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.callers import Gate
from validate_service.core.calls import Call
from validate_service.core.fido.applications import facets_of, require_app_id
from validate_service.core.fido.challenges import ChallengeDesk
from validate_service.core.fields import folded
from validate_service.core.model import (
    Assertion,
    Challenge,
    Factor,
    FidoKey,
    FidoProtocol,
    FidoRequest,
    FidoStep,
    Scope,
    Subject,
    U2fSignature,
)
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Clock, Database, FidoChallenges, FidoKeys, Session, Transaction
from validate_service.core.user_factors import Attempt, UserFactors
from validate_service.primitives.fido import u2f, webauthn
from validate_service.primitives.fido.client_data import Question
from validate_service.primitives.fido.flaws import FidoRefusedError

MAY_ANSWER = {
    FidoProtocol.U2F: frozenset({FidoProtocol.U2F}),
    FidoProtocol.WEBAUTHN: frozenset(FidoProtocol),
}
"""Keys of which enrolments may answer over which protocol: WebAuthn knows U2F's keys by the extension ``appid``."""

_PROTOCOLS = {U2fSignature: FidoProtocol.U2F, Assertion: FidoProtocol.WEBAUTHN}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found about an answer, before anything is written.

    Attributes:
        outcome: What will be decided, if nobody is faster.
        challenge: The challenge that was answered.
        key: The key that made the answer, or, if none did, the last one that might have.
        counter: The key's counter.
    """

    outcome: Outcome
    challenge: Challenge | None = None
    key: FidoKey | None = None
    counter: int = 0


@dataclass(frozen=True, slots=True)
class FidoVerifier:
    """Verifies users by what their security keys sign."""

    gate: Gate
    database: Database
    fido_keys: FidoKeys
    challenges: FidoChallenges
    challenge_desk: ChallengeDesk
    user_factors: UserFactors
    clock: Clock

    def ask(self, call: Call, protocol: FidoProtocol, app_id: str, *, serial: str = "") -> FidoRequest | Decision:
        """Return what a browser is to ask of the keys of the user of *call*.

        Args:
            call: Who calls about whom.
            protocol: How the browser will ask.
            app_id: The application.
            serial: The one device that may answer; empty for any.

        Returns:
            The request, or, if the user cannot be asked, the decision that says why.

        Raises:
            MalformedRequestError: *app_id* is no application.
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        subject = self.gate.admit(call, Scope.VALIDATE)
        require_app_id(app_id)
        attempt = self._attempt(call, subject)
        with self.database.read() as session:
            keys = self._keys(session, call, protocol, app_id, serial)
        refusal = attempt.standing() or _refusal_of(keys)
        if refusal is not None:
            return self._refuse_to_ask(attempt, refusal)
        enabled = tuple(key for key in keys if key.device_enabled)
        user_id = call.user_id or 0
        return FidoRequest(
            self.challenge_desk.issue(call, subject.tenant, user_id, FidoStep.SIGN, protocol, app_id), enabled
        )

    def verify(self, call: Call, challenge_id: str, answer: U2fSignature | Assertion, *, serial: str = "") -> Decision:
        """Decide whether *answer* is that of one of the user's keys to the challenge, and use the challenge up.

        Args:
            call: Who calls about whom.
            challenge_id: Which challenge was answered.
            answer: The answer.
            serial: The one device that may have answered; empty for any.

        Returns:
            ``ACCEPTED`` at most once per challenge; a flaw of the answer; ``UNKNOWN_CHALLENGE`` if the challenge was
            not handed out for this user and step, or was used; ``EXPIRED``; ``NOT_ENROLLED`` if the user has no such
            key; or why the user may not be verified at all.  A counter that did not grow disables the device: there is
            a copy of it.

        Raises:
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        subject = self.gate.admit(call, Scope.VALIDATE)
        attempt = self._attempt(call, subject)
        judgement = self._judge(attempt, challenge_id, answer, serial)
        return self.user_factors.settle(
            attempt,
            attempt.standing() or judgement.outcome,
            device=judgement.key.device if judgement.key else "",
            spend=lambda transaction: self._spend(transaction, judgement, attempt),
            refuse=lambda transaction: self._use_up(transaction, judgement, attempt),
        )

    def _attempt(self, call: Call, subject: Subject) -> Attempt:
        return Attempt(Factor.FIDO, EventName.FIDO_VERIFY, call, subject, self.clock.now())

    def _keys(self, session: Session, call: Call, protocol: FidoProtocol, app_id: str, serial: str) -> list[FidoKey]:
        keys = self.fido_keys.of_user(session, call.user_id or 0, app_id)
        may_answer, wanted = MAY_ANSWER[protocol], folded(serial)
        return [key for key in keys if key.protocol in may_answer and wanted in ("", folded(key.device))]

    def _refuse_to_ask(self, attempt: Attempt, refusal: Outcome) -> Decision:
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.FIDO_ASK, refusal, attempt.call, attempt.now))
        return Decision(refusal)

    def _judge(self, attempt: Attempt, challenge_id: str, answer: U2fSignature | Assertion, serial: str) -> Judgement:
        """Find out what the answer is worth; nothing is changed yet."""
        call, protocol = attempt.call, _PROTOCOLS[type(answer)]
        with self.database.read() as session:
            challenge = self.challenge_desk.find(session, call.user_id or 0, FidoStep.SIGN, protocol, challenge_id)
            if challenge is None:
                return Judgement(Outcome.UNKNOWN_CHALLENGE)
            keys = self._keys(session, call, protocol, challenge.app_id, serial)
        if attempt.now >= challenge.expires_at:
            return Judgement(Outcome.EXPIRED, challenge)
        facets = facets_of(attempt.subject.tenant.settings, challenge.app_id)
        question = Question(challenge.app_id, facets, challenge.challenge)
        judgement = Judgement(Outcome.NOT_ENROLLED, challenge)
        for key in keys:
            if answer.handle in (b"", key.handle):
                judgement = _judged(question, challenge, answer, key)
                if judgement.outcome is not Outcome.BAD_SIGNATURE:
                    break
        return judgement

    def _spend(self, transaction: Transaction, judgement: Judgement, attempt: Attempt) -> bool:
        return (
            judgement.challenge is not None
            and judgement.key is not None
            and self.challenges.consume(transaction, attempt.call.user_id or 0, judgement.challenge.id)
            and self.fido_keys.raise_counter(transaction, judgement.key.id, judgement.counter, attempt.now)
        )

    def _use_up(self, transaction: Transaction, judgement: Judgement, attempt: Attempt) -> bool:
        """Use the challenge up, and disable a device that was copied.

        If the challenge was answered meanwhile, this is the same answer once more: its counter shows no copy.
        """
        if judgement.challenge is not None and not self.challenges.consume(
            transaction, attempt.call.user_id or 0, judgement.challenge.id
        ):
            return False
        if judgement.key is not None and judgement.outcome is Outcome.COUNTER_NOT_GREATER:
            self.fido_keys.disable_device(transaction, judgement.key.id)
            event, device = EventName.DEVICE_DISABLE, judgement.key.device
            transaction.record(AuditEvent(event, judgement.outcome, attempt.call, attempt.now, device))
        return True


def _refusal_of(keys: list[FidoKey]) -> Outcome | None:
    if not keys:
        return Outcome.NOT_ENROLLED
    return None if any(key.device_enabled for key in keys) else Outcome.DEVICE_DISABLED


def _judged(question: Question, challenge: Challenge, answer: U2fSignature | Assertion, key: FidoKey) -> Judgement:
    try:
        counter = _counter_of(question, answer, key)
    except FidoRefusedError as refused:
        return Judgement(Outcome(refused.flaw.value), challenge, key)
    return Judgement(Outcome.ACCEPTED if key.device_enabled else Outcome.DEVICE_DISABLED, challenge, key, counter)


def _counter_of(question: Question, answer: U2fSignature | Assertion, key: FidoKey) -> int:
    if isinstance(answer, U2fSignature):
        return u2f.verify_signature(
            question,
            answer.client_data,
            answer.signature_data,
            public_key=key.public_key,
            last_counter=key.counter,
        )
    return webauthn.verify_assertion(
        question,
        answer.client_data,
        answer.authenticator_data,
        answer.signature,
        public_key=key.public_key,
        last_counter=key.counter,
        registered_as_u2f=key.protocol is FidoProtocol.U2F,
    )
