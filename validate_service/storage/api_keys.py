"""API keys in the database: keyed hashes only."""

from collections.abc import Sequence

from sqlalchemy import bindparam, or_, select, update

from validate_service.core.model import ApiKey, Instant, Scope
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.subjects import scopes_of
from validate_service.storage.tables import api_keys

_ADD = Statement(insert_of(api_keys, "tenant_id", "uid", "name", "key_hash", "scopes", "created_at"))
_LISTING = Statement(
    select(
        *(api_keys.c.uid, api_keys.c.name, api_keys.c.scopes),
        *(api_keys.c.created_at, api_keys.c.last_used_at, api_keys.c.revoked_at),
    )
    .where(api_keys.c.tenant_id == bindparam("tenant_id"))
    .order_by(api_keys.c.id)
)
_GOOD = (
    api_keys.c.tenant_id == bindparam("of_tenant"),
    api_keys.c.uid == bindparam("key_uid"),
    api_keys.c.revoked_at.is_(None),
)
_REVOKE = Statement(update(api_keys).where(*_GOOD).values(revoked_at=bindparam("at")))
_SET_SCOPES = Statement(update(api_keys).where(*_GOOD).values(scopes=bindparam("new_scopes")))
_MARK_USED = Statement(
    update(api_keys)
    .where(
        api_keys.c.id == bindparam("key_number"),
        or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < bindparam("at")),
    )
    .values(last_used_at=bindparam("at"))
)


class ApiKeyTable:
    """Implements the port ``ApiKeys``."""

    def add(
        self,
        transaction: Transaction,
        tenant_id: int,
        *,
        uid: str,
        name: str,
        key_hash: bytes,
        scopes: frozenset[Scope],
        at: Instant,
    ) -> None:
        """Add a key."""
        own(transaction).store(
            _ADD,
            conflict="This API key exists already.",
            tenant_id=tenant_id,
            uid=uid,
            name=name,
            key_hash=key_hash,
            scopes=" ".join(sorted(scopes)),
            created_at=at,
        )

    def listing(self, session: Session, tenant_id: int) -> Sequence[ApiKey]:
        """Return all keys, oldest first."""
        rows = own(session).rows(_LISTING, tenant_id=tenant_id)
        return [ApiKey(uid, name, scopes_of(scopes), *instants) for uid, name, scopes, *instants in rows]

    def revoke(self, transaction: Transaction, tenant_id: int, uid: str, at: Instant) -> bool:
        """Revoke a key; tell whether there was one to revoke."""
        return own(transaction).change(_REVOKE, of_tenant=tenant_id, key_uid=uid, at=at) == 1

    def set_scopes(self, transaction: Transaction, tenant_id: int, uid: str, scopes: frozenset[Scope]) -> bool:
        """Replace the scopes of a key; tell whether there is one that is good."""
        changed = own(transaction).change(
            _SET_SCOPES, of_tenant=tenant_id, key_uid=uid, new_scopes=" ".join(sorted(scopes))
        )
        return changed == 1

    def mark_used(self, transaction: Transaction, key_id: int, at: Instant) -> None:
        """Note that the key was used, if no later use is noted."""
        own(transaction).change(_MARK_USED, key_number=key_id, at=at)
