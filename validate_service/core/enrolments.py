"""Enrolment links: whoever opens one, once and briefly, makes a device the user's authenticator."""

import base64
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import ConflictError, DeliveryError, PolicyError, UnavailableError
from validate_service.core.key_ring import KeyRing
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.messages import MessageKind
from validate_service.core.messenger import Messenger
from validate_service.core.model import Factor, Tenant, User
from validate_service.core.pacing import require_pace
from validate_service.core.ports import Clock, Database, Enrolments, KeyRingSource, Randomness, Users
from validate_service.core.users import require_user
from validate_service.primitives.keyed_hash import keyed_hash

PAGE = "/pingme/"
"""Where the authenticator is, below the public URL."""

PATH = PAGE + "#enrol="
"""The token stands behind the ``#``: browsers do not send it, so no proxy's log holds it."""


def hash_of_token(ring: KeyRing, token: str) -> bytes:
    """Return what the database keeps in place of a link's token."""
    return keyed_hash(ring.lookup_key, "enrolment", token)


@dataclass(frozen=True, slots=True)
class EnrolmentDesk:
    """Issues enrolment links.

    Attributes:
        public_url: What the users' browsers call us; empty if nobody said.
    """

    database: Database
    users: Users
    enrolments: Enrolments
    messenger: Messenger
    keys: KeyRingSource
    clock: Clock
    randomness: Randomness
    public_url: str = ""

    def issue(self, call: Call, tenant: Tenant) -> str:
        """Make a link for the user of *call*, in place of any older one that was not used.

        Returns:
            The link: this once; only a keyed hash of its token is kept.

        Raises:
            NotFoundError: there is no such user.
            PolicyError: the user's authentication set does not hold pushes.
            ConflictError: the installation does not know its own address.
            RateLimitedError: too many codes and links were issued for the user.
        """
        user = self._require_eligible(call, tenant)
        return self._issue(call, tenant, user)[1]

    def send(self, call: Call, tenant: Tenant) -> int:
        """Make a link for the user of *call* and send it; return the user's number.

        Raises:
            NotFoundError: there is no such user, or no way to reach the user.
            PolicyError, ConflictError, RateLimitedError: as :meth:`issue`.
            DeliveryError, UnavailableError: as :meth:`Messenger.send`; then there is no link.
        """
        user = self._require_eligible(call, tenant)
        way = self.messenger.way_to(tenant, user.id, MessageKind.PROVISION)
        token_hash, link = self._issue(call, tenant, user)
        values = {"link": link, "minutes": str(-(-tenant.settings.enrolment_life_s // 60))}
        try:
            self.messenger.send(call, tenant, way, MessageKind.PROVISION, values, link=link)
        except (DeliveryError, UnavailableError):
            with self.database.write() as transaction:
                self.enrolments.withdraw(transaction, token_hash)
            raise
        return user.id

    def _require_eligible(self, call: Call, tenant: Tenant) -> User:
        if not self.public_url:
            raise ConflictError("The setting public_url is missing: no link can be made.")
        user = require_user(self.database, self.users, call, tenant)
        if Factor.PUSH not in user.factors:
            raise PolicyError("The user's authentication set does not hold push.")
        return user

    def _issue(self, call: Call, tenant: Tenant, user: User) -> tuple[bytes, str]:
        token = base64.urlsafe_b64encode(self.randomness(32)).rstrip(b"=").decode()
        token_hash, now = hash_of_token(self.keys.current(), token), self.clock.now()
        expires_at = now + tenant.settings.enrolment_life_s * MICROSECONDS
        with self.database.write() as transaction:
            require_pace(transaction, self.users, tenant, user.id, now)
            self.enrolments.replace(transaction, user.id, token_hash=token_hash, expires_at=expires_at, at=now)
            transaction.record(AuditEvent(EventName.ENROLMENT_ISSUE, DONE, call, now))
        return token_hash, self.public_url + PATH + token
