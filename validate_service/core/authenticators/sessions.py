"""Sessions of phones: begun by the phone's key, without its user; ended by time, or by the user."""

import base64
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.authenticators.identity import is_id, speak_for, speak_for_holder
from validate_service.core.authenticators.proofs import Proofs
from validate_service.core.calls import Call
from validate_service.core.key_ring import KeyRing
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Authenticator, Holder, Instant, KeyKind, Owner, Signature, SignInChallenge
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import (
    Authenticators,
    Clock,
    Database,
    KeyRingSource,
    PhoneSessions,
    Randomness,
    Session,
    Transaction,
)
from validate_service.primitives.keyed_hash import keyed_hash
from validate_service.primitives.phone_statements import sign_in_statement

LONGEST_SESSION_S = 12 * 3600
LONGEST_IDLE_S = 2 * 3600
TOUCH_EVERY_S = 600
"""How exactly it is noted when a session was used: an open page asks every few seconds, and each note is a commit."""

CHALLENGE_LIFE_S = 120
CHALLENGE_BYTES = 32


def hash_of_session(ring: KeyRing, token: str) -> bytes:
    """Return what the database keeps in place of a session's token."""
    return keyed_hash(ring.lookup_key, "phone session", token)


@dataclass(frozen=True, slots=True)
class PhoneSessionDesk:
    """Lets phones in."""

    database: Database
    authenticators: Authenticators
    sessions: PhoneSessions
    proofs: Proofs
    keys: KeyRingSource
    clock: Clock
    randomness: Randomness

    def challenge(self, uid: str) -> SignInChallenge:
        """Return what the phone *uid* is to sign within two minutes, in place of what it was asked before.

        Of a phone that does not exist the answer looks the same; its kind never changes either.
        """
        challenge, now = self.randomness(CHALLENGE_BYTES), self.clock.now()
        with self.database.read() as session:
            found = self._find(session, uid)
        if found is None:
            return self._decoy(uid, challenge)
        _, authenticator = found
        with self.database.write() as transaction:
            expires_at = now + CHALLENGE_LIFE_S * MICROSECONDS
            self.authenticators.challenge(transaction, authenticator.device_id, challenge, expires_at)
        return SignInChallenge(challenge, authenticator.kind, authenticator.credential_id)

    def begin(self, call: Call, uid: str, signature: Signature) -> str | Decision:
        """Let the phone *uid* in that has signed its challenge, and use the challenge up.

        Returns:
            The token of the new session, or the decision that says why there is none: ``UNKNOWN_CHALLENGE`` if there is
            no such phone, or its challenge was used or has expired; a flaw of the signature; ``DEVICE_DISABLED``;
            ``DISABLED`` if its user is.  A counter that did not grow disables the device: there is a copy of its key.
        """
        with self.database.read() as session:
            found = self._find(session, uid)
        if found is None:
            return self._refuse_unknown(call)
        owner, authenticator = found
        speak_for(call, owner, authenticator.serial)
        with self.database.write() as transaction:
            now, token = self.clock.now(), ""
            outcome = self._judge(transaction, authenticator, signature, now)
            if outcome is Outcome.COUNTER_NOT_GREATER:
                self.proofs.disable_copied(transaction, call, owner.tenant, authenticator.serial, now)
            if outcome is Outcome.ACCEPTED and not owner.user.enabled:
                outcome = Outcome.DISABLED
            if outcome is Outcome.ACCEPTED:
                token = self.admit(transaction, authenticator.device_id, now)
            transaction.record(AuditEvent(EventName.PHONE_SIGN_IN, outcome, call, now, authenticator.serial))
        return token or Decision(outcome, authenticator.serial)

    def admit(self, transaction: Transaction, device_id: int, now: Instant) -> str:
        """Begin a session of a phone whose key was checked; return its token."""
        token = base64.urlsafe_b64encode(self.randomness(32)).rstrip(b"=").decode()
        token_hash = hash_of_session(self.keys.current(), token)
        self.sessions.begin(transaction, token_hash, device_id, now, now + LONGEST_SESSION_S * MICROSECONDS)
        return token

    def find(self, token: str) -> Holder | None:
        """Return who holds the phone of a session; ``None`` if it is over, or its device or user is disabled."""
        ring, now = self.keys.current(), self.clock.now()
        token_hash = hash_of_session(ring, token)
        with self.database.read() as session:
            found = self.sessions.find(session, token_hash, at=now, seen_since=now - LONGEST_IDLE_S * MICROSECONDS)
        if found is None:
            return None
        if now - found.seen_at >= TOUCH_EVERY_S * MICROSECONDS:
            with self.database.write() as transaction:
                self.sessions.touch(transaction, token_hash, now)
        return Holder(
            authenticator=found.authenticator,
            user=found.owner.user,
            tenant=found.owner.tenant,
            language=found.owner.language,
            form_token=keyed_hash(ring.lookup_key, "form token", token).hex(),
            session_hash=token_hash,
            began_at=found.began_at,
        )

    def end(self, call: Call, holder: Holder) -> None:
        """End the session of *holder*."""
        speak_for_holder(call, holder)
        with self.database.write() as transaction:
            self.sessions.end(transaction, holder.session_hash)
            transaction.record(AuditEvent(EventName.PHONE_SIGN_OUT, DONE, call, self.clock.now(), call.caller))

    def _find(self, session: Session, uid: str) -> tuple[Owner, Authenticator] | None:
        return self.authenticators.find(session, uid) if is_id(uid) else None

    def _decoy(self, uid: str, challenge: bytes) -> SignInChallenge:
        derived = keyed_hash(self.keys.current().lookup_key, "phone decoy", uid)
        if derived[0] % 2:
            return SignInChallenge(challenge, KeyKind.PASSKEY, derived)
        return SignInChallenge(challenge, KeyKind.WEBCRYPTO, None)

    def _refuse_unknown(self, call: Call) -> Decision:
        outcome = Outcome.UNKNOWN_CHALLENGE
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.PHONE_SIGN_IN, outcome, call, self.clock.now()))
        return Decision(outcome)

    def _judge(
        self, transaction: Transaction, authenticator: Authenticator, signature: Signature, now: Instant
    ) -> Outcome:
        """Use the challenge up, and tell whether it was signed."""
        challenge = self.authenticators.use_challenge(transaction, authenticator.device_id, now)
        if challenge is None:
            return Outcome.UNKNOWN_CHALLENGE
        judgement = self.proofs.judge(authenticator, sign_in_statement(authenticator.uid, challenge), signature)
        if judgement.outcome is not Outcome.ACCEPTED:
            return judgement.outcome
        return self.proofs.spend(transaction, authenticator, judgement.counter)
