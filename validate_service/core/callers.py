"""Who may call: with which key, from which address, and for what."""

from collections.abc import Callable
from dataclasses import dataclass

from validate_service.core.api_keys import hash_of_account_key, hash_of_api_key
from validate_service.core.calls import Call
from validate_service.core.errors import AddressNotAllowedError, CallerNotAuthorizedError, ScopeMissingError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import DEFAULT_TENANT, Scope, Subject, Tenant
from validate_service.core.names import UserName
from validate_service.core.ports import ApiKeys, Clock, Database, KeyRingSource, Session, Subjects, Tenants
from validate_service.core.settings import Network, is_within

USED_EVERY_US = 60 * MICROSECONDS
"""How exact the instant is at which a key was last used: to write it at every call would cost a statement each time."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets known callers in: the first step of every call.

    Attributes:
        administration_networks: From where an administrator may call without a key.
    """

    database: Database
    subjects: Subjects
    api_keys: ApiKeys
    tenants: Tenants
    keys: KeyRingSource
    clock: Clock
    administration_networks: tuple[Network, ...] = ()

    def admit_caller(self, call: Call, scope: Scope | None) -> Subject:
        """Return who calls, where the call is about no user; fill *call* in.

        Args:
            call: The call.
            scope: What the caller's key must be good for; ``None`` if any key will do.

        Raises:
            ValidateError: as :meth:`admit`.
        """
        key_hash = self._key_hash(call)
        with self.database.read() as session:
            subject = self.subjects.find_caller(session, key_hash)
        return self._admitted(call, subject, scope)

    def admit(self, call: Call, scope: Scope) -> Subject:
        """Return who calls about whom; fill *call* in.

        Args:
            call: The call.
            scope: What the caller's key must be good for.

        Raises:
            CallerNotAuthorizedError: the key is missing, unknown, revoked, or of the other kind.
            AddressNotAllowedError: the tenant's allow list does not hold the caller's address.
            ScopeMissingError: the key is for other calls.
            UnavailableError: the database or the key ring does not answer.
        """
        return self._admit(call, scope, self.subjects.find)

    def admit_with_devices(self, call: Call, scope: Scope) -> Subject:
        """Return the same with the user's OATH devices, still in one statement.

        Raises:
            ValidateError: as :meth:`admit`.
        """
        return self._admit(call, scope, self.subjects.find_with_devices)

    def admit_with_authenticator(self, call: Call, scope: Scope) -> Subject:
        """Return the same, and whether the user has an authenticator, still in one statement.

        Raises:
            ValidateError: as :meth:`admit`.
        """
        return self._admit(call, scope, self.subjects.find_with_authenticator)

    def admit_administrator(self, call: Call) -> Tenant:
        """Return whose tenant the caller administers: with a key that key's, from an administration network the first.

        A key that is given must be good, also inside an administration network.  A call that a proxy passed on comes
        from the network only if the proxy is trusted to say so.

        Raises:
            AddressNotAllowedError: no key is given, and the address is in no administration network.
            ValidateError: as :meth:`admit`.
        """
        if call.api_key:
            return self.admit_caller(call, Scope.ADMINISTER).tenant
        if call.origin.relayed or not is_within(call.origin.address, self.administration_networks):
            raise AddressNotAllowedError
        call.caller = "administration network"
        with self.database.read() as session:
            tenant = self.tenants.get(session, DEFAULT_TENANT)
        call.tenant_id = tenant.id
        return tenant

    def _admit(self, call: Call, scope: Scope, find: Callable[[Session, bytes, UserName], Subject | None]) -> Subject:
        key_hash = self._key_hash(call)
        with self.database.read() as session:
            subject = find(session, key_hash, call.user)
        return self._admitted(call, subject, scope)

    def _key_hash(self, call: Call) -> bytes:
        call.ring = self.keys.current()
        if call.account is None:
            return hash_of_api_key(call.ring, call.api_key)
        return hash_of_account_key(call.ring, call.account, call.api_key)

    def _admitted(self, call: Call, subject: Subject | None, scope: Scope | None) -> Subject:
        if subject is None:
            raise CallerNotAuthorizedError
        caller = subject.caller
        call.tenant_id = subject.tenant.id
        call.caller = caller.name
        call.scopes = caller.scopes
        if not subject.tenant.settings.allows(call.origin.address):
            raise AddressNotAllowedError
        if scope is not None and scope not in caller.scopes:
            raise ScopeMissingError
        call.user_id = subject.user.id if subject.user else None
        now = self.clock.now()
        if now >= caller.last_used_at + USED_EVERY_US:
            with self.database.write() as transaction:
                self.api_keys.mark_used(transaction, caller.id, now)
        return subject
