"""Challenges: 32 random bytes, for one user, one step and one application, used once and before they expire."""

from dataclasses import dataclass

from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Challenge, FidoProtocol, FidoStep, Tenant
from validate_service.core.ports import Clock, Database, FidoChallenges, Randomness, Session

CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class ChallengeDesk:
    """Hands challenges out, and finds them again."""

    database: Database
    challenges: FidoChallenges
    clock: Clock
    randomness: Randomness

    def issue(
        self, call: Call, tenant: Tenant, user_id: int, step: FidoStep, protocol: FidoProtocol, app_id: str
    ) -> Challenge:
        """Return a new challenge for the user."""
        now = self.clock.now()
        challenge = Challenge(
            id=self.randomness(16).hex(),
            protocol=protocol,
            app_id=app_id,
            challenge=self.randomness(CHALLENGE_BYTES),
            expires_at=now + tenant.settings.fido_challenge_life_s * MICROSECONDS,
        )
        with self.database.write() as transaction:
            self.challenges.add(transaction, user_id, step, challenge, now)
            transaction.record(AuditEvent(EventName.FIDO_ASK, step, call, now))
        return challenge

    def find(
        self, session: Session, user_id: int, step: FidoStep, protocol: FidoProtocol, challenge_id: str
    ) -> Challenge | None:
        """Return a challenge of the user for this step and protocol that was not used, or ``None``."""
        found = self.challenges.find(session, user_id, step, challenge_id)
        return found if found is not None and found.protocol is protocol else None
