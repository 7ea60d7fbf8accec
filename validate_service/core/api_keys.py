"""Keys of the software that calls us: API keys and account keys, and what each is good for."""

import base64
import uuid
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import NotFoundError, PolicyError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.key_ring import KeyRing
from validate_service.core.model import ApiKey, Scope, Tenant
from validate_service.core.ports import ApiKeys, Clock, Database, KeyRingSource, Randomness
from validate_service.primitives.keyed_hash import keyed_hash

REGISTERED_SCOPES = frozenset(Scope) - {Scope.DECRYPT}
"""What a key may do that its owner registered without saying what for.  Who is to decrypt must be named."""

SCOPES_OF_ACCOUNT = frozenset(Scope)


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

    def issue(self, call: Call, tenant_id: int, name: str, scopes: frozenset[Scope]) -> tuple[str, str]:
        """Make a new API key.

        Returns:
            The key's unique id, and the key itself: 32 random bytes as text, shown this once.

        Raises:
            MalformedRequestError: the name is too long or holds characters that are not allowed.
            PolicyError: there is no scope.
        """
        api_key = self._random_key()
        uid = self._store(call, tenant_id, name, hash_of_api_key(self.keys.current(), api_key), scopes)
        return uid, api_key

    def register(
        self, call: Call, tenant: Tenant, *, name: str, api_key: str, scopes: frozenset[Scope] | None = None
    ) -> str:
        """Store a key that its owner chose, and return its unique id.

        Args:
            call: Who asks.
            tenant: For which tenant the key is to be good.
            name: What the key is called: the fully qualified domain name of the software that will call.
            api_key: The key.
            scopes: What for; ``REGISTERED_SCOPES`` if nothing is said.

        Raises:
            MalformedRequestError: a field is too long or holds characters that are not allowed.
            PolicyError: the name is empty, or the key is shorter than the tenant's policy allows.
            ConflictError: this key exists, under whatever name: a key has one owner.
        """
        require_text("apiKey", api_key, longest=LONGEST_NAME)
        if len(api_key) < tenant.settings.shortest_api_key:
            raise PolicyError(f"The API key must have at least {tenant.settings.shortest_api_key} characters.")
        if not name.strip():
            raise PolicyError("fqdn is missing.")
        key_hash = hash_of_api_key(self.keys.current(), api_key)
        return self._store(call, tenant.id, name.strip(), key_hash, REGISTERED_SCOPES if scopes is None else scopes)

    def issue_account(self, call: Call, tenant_id: int, login_name: str) -> str:
        """Make the login key of an account (the SurePassID surfaces' kind of caller), and return it."""
        login_key = self._random_key()
        key_hash = hash_of_account_key(self.keys.current(), login_name, login_key)
        self._store(call, tenant_id, login_name, key_hash, SCOPES_OF_ACCOUNT)
        return login_key

    def set_scopes(self, call: Call, tenant_id: int, uid: str, scopes: frozenset[Scope]) -> None:
        """Let a key be used for *scopes* and nothing else; every worker obeys from the next call on.

        Raises:
            PolicyError: there is no scope.
            NotFoundError: there is no such key, or it was revoked.
        """
        call.tenant_id = tenant_id
        with self.database.write() as transaction:
            if not self.api_keys.set_scopes(transaction, tenant_id, uid, _required(scopes)):
                raise NotFoundError(f"There is no API key {uid} to change.")
            event = AuditEvent(EventName.API_KEY_SCOPES, DONE, call, self.clock.now(), device=uid)
            transaction.record(event)

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

    def _store(self, call: Call, tenant_id: int, name: str, key_hash: bytes, scopes: frozenset[Scope]) -> str:
        call.tenant_id = tenant_id
        name = require_text("name", name, longest=LONGEST_NAME)
        uid, now = str(uuid.UUID(bytes=self.randomness(16), version=4)), self.clock.now()
        with self.database.write() as transaction:
            self.api_keys.add(
                transaction, tenant_id, uid=uid, name=name, key_hash=key_hash, scopes=_required(scopes), at=now
            )
            transaction.record(AuditEvent(EventName.API_KEY_ADD, DONE, call, now, device=uid))
        return uid

    def _random_key(self) -> str:
        return base64.urlsafe_b64encode(self.randomness(32)).rstrip(b"=").decode()


def _required(scopes: frozenset[Scope]) -> frozenset[Scope]:
    if not scopes:
        raise PolicyError("A key needs at least one scope.")
    return scopes
