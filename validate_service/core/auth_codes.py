"""Auth codes: short codes that were sent to the user, good once and briefly."""

import hmac
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.callers import Gate
from validate_service.core.calls import Call
from validate_service.core.errors import DeliveryError, PolicyError, UnavailableError
from validate_service.core.key_ring import KeyRing
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.messages import Channel, MessageKind
from validate_service.core.messenger import Messenger, Way
from validate_service.core.model import Factor, Scope, Tenant
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.pacing import require_pace
from validate_service.core.ports import AuthCodes, Clock, Database, KeyRingSource, Randomness, Users
from validate_service.core.typed_codes import TypedCode
from validate_service.core.user_factors import Attempt, UserFactors
from validate_service.core.users import require_user
from validate_service.primitives.codes import random_digits
from validate_service.primitives.hotp import LONGEST
from validate_service.primitives.keyed_hash import keyed_hash

SHORTEST_CODE, LONGEST_CODE = 6, 12
LONGEST_LIFE_S = 86_400
SENT_DIGITS, SENT_LIFE_S = LONGEST + 1, 600


def hash_of_code(ring: KeyRing, user_id: int, code: str) -> bytes:
    """Return what the database keeps in place of a code; bound to its user."""
    return keyed_hash(ring.lookup_key, "auth_code", user_id, code)


def is_sent_code(code: TypedCode) -> bool:
    """Tell whether *code* can only be one that was sent: it is longer than what any token shows.

    >>> is_sent_code(123456789), is_sent_code("12345678"), is_sent_code("correct horse")
    (True, False, False)
    """
    digits = str(code)
    return digits.isascii() and digits.isdigit() and len(digits) > LONGEST


@dataclass(frozen=True, slots=True)
class AuthCodeVerifier:
    """Verifies codes and uses them up."""

    gate: Gate
    database: Database
    auth_codes: AuthCodes
    user_factors: UserFactors
    keys: KeyRingSource
    clock: Clock

    def verify(self, call: Call, code: str) -> Decision:
        """Decide whether *code* is the user's newest, unused and still in time; use it up if so.

        Raises:
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        subject = self.gate.admit(call, Scope.VALIDATE)
        attempt = Attempt(Factor.AUTH_CODE, EventName.AUTH_CODE_VERIFY, call, subject, self.clock.now())
        user_id = call.user_id or 0
        code_hash = hash_of_code(self.keys.current(), user_id, code)
        judged = self._judged(user_id, code_hash, attempt.now)
        outcome = attempt.standing() or judged
        return self.user_factors.settle(
            attempt,
            outcome,
            spend=lambda transaction: self.auth_codes.redeem(transaction, user_id, code_hash, attempt.now),
        )

    def _judged(self, user_id: int, code_hash: bytes, now: int) -> Outcome:
        with self.database.read() as session:
            issued = self.auth_codes.find(session, user_id)
        if issued is None:
            return Outcome.NOT_ENROLLED
        stored_hash, expires_at, used = issued
        if not hmac.compare_digest(stored_hash, code_hash):
            return Outcome.WRONG_CODE
        if used:
            return Outcome.REPLAYED
        return Outcome.ACCEPTED if now < expires_at else Outcome.EXPIRED


@dataclass(frozen=True, slots=True)
class AuthCodeDesk:
    """Issues codes, and sends them."""

    database: Database
    auth_codes: AuthCodes
    users: Users
    messenger: Messenger
    keys: KeyRingSource
    clock: Clock
    randomness: Randomness

    def issue(self, call: Call, tenant: Tenant, *, life_s: int, digits: int = SHORTEST_CODE, send: bool = False) -> str:
        """Make a code for the user of *call*, in place of any older one.  Failures counted so far stay.

        Args:
            call: Who asks, about which user.
            tenant: The user's tenant.
            life_s: Seconds for which the code is good, 1 to 86,400.
            digits: Length of the code, 6 to 12.
            send: Whether to send it to the user.

        Returns:
            The code: this once; only a keyed hash is kept.

        Raises:
            PolicyError: *life_s* or *digits* is out of range.
            NotFoundError: there is no such user, or, with *send*, no way to reach the user.
            RateLimitedError: too many codes and links were issued for the user; the older code stays good.
            DeliveryError, UnavailableError: as :meth:`Messenger.send`; then there is no code, nor the older one.
        """
        if not SHORTEST_CODE <= digits <= LONGEST_CODE:
            raise PolicyError(f"codeLength must be from {SHORTEST_CODE} to {LONGEST_CODE}.")
        if not 1 <= life_s <= LONGEST_LIFE_S:
            raise PolicyError(f"timeout must be from 1 to {LONGEST_LIFE_S} seconds.")
        user = require_user(self.database, self.users, call, tenant)
        way = self.messenger.way_to(tenant, user.id, MessageKind.AUTH_CODE) if send else None
        code = random_digits(self.randomness, digits)
        code_hash = hash_of_code(self.keys.current(), user.id, code)
        self._store(call, tenant, user.id, code_hash, life_s)
        if way is not None:
            self._send(call, tenant, way, code, code_hash, life_s)
        return code

    def send(self, call: Call, tenant: Tenant, channel: Channel) -> None:
        """Send the user of *call* a code over *channel* and no other; it is good for ten minutes.

        It is longer than what any token shows, so that :func:`is_sent_code` tells the two apart.

        Raises:
            NotFoundError: there is no such user.
            RateLimitedError: too many codes and links were issued for the user; the older code stays good.
            DeliveryError, UnavailableError: it could not be sent; then there is no code, nor, if there was a way to
                the user, the older one.
        """
        user = require_user(self.database, self.users, call, tenant)
        way = self.messenger.way_to(tenant, user.id, MessageKind.AUTH_CODE, channel)
        code = self._long_code()
        code_hash = hash_of_code(self.keys.current(), user.id, code)
        self._store(call, tenant, user.id, code_hash, SENT_LIFE_S)
        self._send(call, tenant, way, code, code_hash, SENT_LIFE_S)

    def _long_code(self) -> str:
        # A caller that takes codes for numbers loses zeros in front: there are none.
        while (code := random_digits(self.randomness, SENT_DIGITS)).startswith("0"):
            pass
        return code

    def _store(self, call: Call, tenant: Tenant, user_id: int, code_hash: bytes, life_s: int) -> None:
        now = self.clock.now()
        with self.database.write() as transaction:
            require_pace(transaction, self.users, tenant, user_id, now)
            self.auth_codes.replace(
                transaction, user_id, code_hash=code_hash, expires_at=now + life_s * MICROSECONDS, at=now
            )
            transaction.record(AuditEvent(EventName.AUTH_CODE_ISSUE, DONE, call, now))

    def _send(self, call: Call, tenant: Tenant, way: Way, code: str, code_hash: bytes, life_s: int) -> None:
        values = {"code": code, "minutes": str(-(-life_s // 60))}
        try:
            self.messenger.send(call, tenant, way, MessageKind.AUTH_CODE, values)
        except (DeliveryError, UnavailableError):
            # Nobody was told the code: it must not lie about.
            with self.database.write() as transaction:
                self.auth_codes.withdraw(transaction, call.user_id or 0, code_hash)
            raise
