"""Session tokens: long random texts that stand for an earlier sign-in."""

import base64
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.callers import Gate
from validate_service.core.calls import NOBODY, Call
from validate_service.core.errors import MalformedRequestError, NotFoundError
from validate_service.core.key_ring import KeyRing
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Factor, Instant, Scope, Tenant, TokenPurpose
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import AuthTokens, Clock, Database, KeyRingSource, Randomness, Users
from validate_service.core.user_factors import Attempt, UserFactors
from validate_service.core.users import require_user
from validate_service.primitives.keyed_hash import keyed_hash

LONGEST_LIFE_S = 30 * 86_400


def hash_of_token(ring: KeyRing, token: str) -> bytes:
    """Return what the database keeps in place of a token."""
    return keyed_hash(ring.lookup_key, "auth_token", token)


@dataclass(frozen=True, slots=True)
class AuthTokenVerifier:
    """Verifies session tokens; a token may be verified as often as wanted until it expires."""

    gate: Gate
    database: Database
    auth_tokens: AuthTokens
    user_factors: UserFactors
    keys: KeyRingSource
    clock: Clock

    def verify(self, call: Call, token: str, purpose: TokenPurpose | None = None) -> Decision:
        """Decide whether *token* is one of the user's and has not expired.

        Args:
            call: Who calls about whom.
            token: The token.
            purpose: What it must have been made for; ``None`` if anything will do.

        Raises:
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        subject = self.gate.admit(call, Scope.VALIDATE)
        attempt = Attempt(Factor.AUTH_TOKEN, EventName.AUTH_TOKEN_VERIFY, call, subject, self.clock.now())
        token_hash = hash_of_token(self.keys.current(), token)
        with self.database.read() as session:
            found = self.auth_tokens.find(session, call.user_id or 0, token_hash)
        return self.user_factors.settle(attempt, attempt.standing() or _judged(found, purpose, attempt.now))

    def verify_bearer(self, call: Call, token: str, purpose: TokenPurpose | None = None) -> Decision:
        """Decide the same where the caller does not say whose token it is; fill the user of *call* in.

        Returns:
            The decision; ``UNKNOWN_USER`` for a token that is nobody's.

        Raises:
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        tenant = self.gate.admit_caller(call, Scope.VALIDATE).tenant
        with self.database.read() as session:
            owner = self.auth_tokens.find_owner(session, tenant.id, hash_of_token(self.keys.current(), token))
        call.user = owner or NOBODY
        return self.verify(call, token, purpose)


def _judged(found: tuple[TokenPurpose, Instant] | None, wanted: TokenPurpose | None, now: Instant) -> Outcome:
    if found is None:
        return Outcome.WRONG_CODE
    purpose, expires_at = found
    if wanted not in (None, purpose):
        # Who has the token guesses nothing: it is not counted.
        return Outcome.NOT_ALLOWED
    return Outcome.ACCEPTED if now < expires_at else Outcome.EXPIRED


@dataclass(frozen=True, slots=True)
class AuthTokenDesk:
    """Issues session tokens."""

    database: Database
    auth_tokens: AuthTokens
    users: Users
    keys: KeyRingSource
    clock: Clock
    randomness: Randomness

    def issue(self, call: Call, tenant: Tenant, *, life_s: int, purpose: TokenPurpose = TokenPurpose.SSO) -> str:
        """Make a token for the user of *call*.

        Args:
            call: Who asks, about which user.
            tenant: The user's tenant.
            life_s: Seconds for which the token is good, 1 to 2,592,000 (30 days).
            purpose: What it is for.

        Returns:
            The token: 32 random bytes as text, this once; only a keyed hash is kept.

        Raises:
            MalformedRequestError: *life_s* is out of range.
            NotFoundError: there is no such user.
        """
        if not 1 <= life_s <= LONGEST_LIFE_S:
            raise MalformedRequestError(f"The life of a token must be from 1 to {LONGEST_LIFE_S} seconds.")
        user = require_user(self.database, self.users, call, tenant)
        token, now = base64.urlsafe_b64encode(self.randomness(32)).rstrip(b"=").decode(), self.clock.now()
        token_hash, expires_at = hash_of_token(self.keys.current(), token), now + life_s * MICROSECONDS
        with self.database.write() as transaction:
            self.auth_tokens.add(
                transaction, user.id, token_hash=token_hash, purpose=purpose, expires_at=expires_at, at=now
            )
            transaction.record(AuditEvent(EventName.AUTH_TOKEN_ISSUE, DONE, call, now))
        return token

    def expire(self, call: Call, tenant: Tenant, token: str) -> None:
        """Let a token expire now; fill its user into *call*, which may name nobody.

        Raises:
            NotFoundError: the tenant, or the user whom *call* names, has no such token that is good now.
        """
        call.tenant_id, now = tenant.id, self.clock.now()
        token_hash = hash_of_token(self.keys.current(), token)
        with self.database.read() as session:
            owner = self.auth_tokens.find_owner(session, tenant.id, token_hash)
        if owner is None or call.user.key not in (NOBODY.key, owner.key):
            raise _no_token()
        call.user = owner
        user = require_user(self.database, self.users, call, tenant)
        with self.database.write() as transaction:
            if not self.auth_tokens.expire(transaction, user.id, token_hash, now):
                raise _no_token()
            transaction.record(AuditEvent(EventName.AUTH_TOKEN_EXPIRE, DONE, call, now))


def _no_token() -> NotFoundError:
    return NotFoundError("There is no such session token.")
