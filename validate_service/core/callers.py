"""Who may call: API keys and account keys, and the addresses that a tenant allows."""

import base64
import uuid
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import AddressNotAllowedError, CallerNotAuthorizedError, NotFoundError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.key_ring import KeyRing
from validate_service.core.model import ApiKey, Subject
from validate_service.core.ports import ApiKeys, Clock, Database, KeyRingSource, Randomness, Subjects
from validate_service.primitives.keyed_hash import keyed_hash


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets known callers in: the first step of every verification."""

    database: Database
    subjects: Subjects
    keys: KeyRingSource

    def admit_caller(self, call: Call) -> Subject:
        """Return who calls, where the call is about no user; fill *call* in.

        Raises:
            ValidateError: as :meth:`admit`.
        """
        key_hash = self._key_hash(call)
        with self.database.read() as session:
            return _checked(call, self.subjects.find_caller(session, key_hash))

    def admit(self, call: Call) -> Subject:
        """Return who calls about whom; fill *call* in.

        Raises:
            CallerNotAuthorizedError: the API key is missing, unknown or revoked.
            AddressNotAllowedError: the tenant's allow list does not hold the caller's address.
            UnavailableError: the database or the key ring does not answer.
        """
        key_hash = self._key_hash(call)
        with self.database.read() as session:
            return _checked(call, self.subjects.find(session, key_hash, call.user))

    def admit_with_devices(self, call: Call) -> Subject:
        """Return the same with the user's OATH devices, still in one statement.

        Raises:
            ValidateError: as :meth:`admit`.
        """
        key_hash = self._key_hash(call)
        with self.database.read() as session:
            return _checked(call, self.subjects.find_with_devices(session, key_hash, call.user))

    def _key_hash(self, call: Call) -> bytes:
        call.ring = self.keys.current()
        return hash_of_api_key(call.ring, call.api_key)


def _checked(call: Call, subject: Subject | None) -> Subject:
    if subject is None:
        raise CallerNotAuthorizedError
    call.tenant_id = subject.tenant.id
    call.caller = subject.caller
    if not subject.tenant.settings.allows(call.origin.address):
        raise AddressNotAllowedError
    call.user_id = subject.user.id if subject.user else None
    return subject


def hash_of_api_key(ring: KeyRing, api_key: str) -> bytes:
    """Return what the database keeps in place of an API key."""
    return keyed_hash(ring.lookup_key, "api_key", api_key)


def hash_of_account_key(ring: KeyRing, login_name: str, login_key: str) -> bytes:
    """Return what the database keeps in place of an account's login key."""
    return keyed_hash(ring.lookup_key, "account", login_name.casefold(), login_key)


@dataclass(frozen=True, slots=True)
class ApiKeyRegister:
    """Issues and revokes keys; for operators."""

    database: Database
    api_keys: ApiKeys
    keys: KeyRingSource
    clock: Clock
    randomness: Randomness

    def issue(self, call: Call, tenant_id: int, name: str) -> tuple[str, str]:
        """Make a new API key.

        Returns:
            The key's unique id, and the key itself: 32 random bytes as text, shown this once.

        Raises:
            MalformedRequestError: the name is too long or holds characters that are not allowed.
        """
        api_key = self._random_key()
        uid = self._store(call, tenant_id, name, hash_of_api_key(self.keys.current(), api_key))
        return uid, api_key

    def issue_account(self, call: Call, tenant_id: int, login_name: str) -> str:
        """Make the login key of an account (the SurePassID surfaces' kind of caller), and return it."""
        login_key = self._random_key()
        self._store(call, tenant_id, login_name, hash_of_account_key(self.keys.current(), login_name, login_key))
        return login_key

    def listing(self, tenant_id: int) -> list[ApiKey]:
        """Return the tenant's keys, oldest first; never the keys themselves."""
        with self.database.read() as session:
            return list(self.api_keys.listing(session, tenant_id))

    def revoke(self, call: Call, tenant_id: int, uid: str) -> None:
        """Revoke a key; every worker refuses it from the next call on.

        Raises:
            NotFoundError: there is no such key, or it was revoked before.
        """
        call.tenant_id = tenant_id
        now = self.clock.now()
        with self.database.write() as transaction:
            if not self.api_keys.revoke(transaction, tenant_id, uid, now):
                raise NotFoundError(f"There is no API key {uid} to revoke.")
            transaction.record(AuditEvent(EventName.API_KEY_REVOKE, DONE, call, now, device=uid))

    def _store(self, call: Call, tenant_id: int, name: str, key_hash: bytes) -> str:
        call.tenant_id = tenant_id
        name = require_text("name", name, longest=LONGEST_NAME)
        uid, now = str(uuid.UUID(bytes=self.randomness(16), version=4)), self.clock.now()
        with self.database.write() as transaction:
            self.api_keys.add(transaction, tenant_id, uid=uid, name=name, key_hash=key_hash, at=now)
            transaction.record(AuditEvent(EventName.API_KEY_ADD, DONE, call, now, device=uid))
        return uid

    def _random_key(self) -> str:
        return base64.urlsafe_b64encode(self.randomness(32)).rstrip(b"=").decode()
