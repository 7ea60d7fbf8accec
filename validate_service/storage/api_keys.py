"""API keys in the database: keyed hashes only."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from validate_service.core.model import ApiKey, Instant
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import api_keys

_ADD = Statement(insert_of(api_keys, "tenant_id", "uid", "name", "key_hash", "created_at"))
_LISTING = Statement(
    select(api_keys.c.uid, api_keys.c.name, api_keys.c.created_at, api_keys.c.revoked_at)
    .where(api_keys.c.tenant_id == bindparam("tenant_id"))
    .order_by(api_keys.c.id)
)
_REVOKE = Statement(
    update(api_keys)
    .where(
        api_keys.c.tenant_id == bindparam("tenant_id"),
        api_keys.c.uid == bindparam("key_uid"),
        api_keys.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("at"))
)


class ApiKeyTable:
    """Implements the port ``ApiKeys``."""

    def add(
        self, transaction: Transaction, tenant_id: int, *, uid: str, name: str, key_hash: bytes, at: Instant
    ) -> None:
        """Add a key."""
        own(transaction).insert(
            _ADD,
            conflict="This API key exists already.",
            tenant_id=tenant_id,
            uid=uid,
            name=name,
            key_hash=key_hash,
            created_at=at,
        )

    def listing(self, session: Session, tenant_id: int) -> Sequence[ApiKey]:
        """Return all keys, oldest first."""
        return [ApiKey(*row) for row in own(session).rows(_LISTING, tenant_id=tenant_id)]

    def revoke(self, transaction: Transaction, tenant_id: int, uid: str, at: Instant) -> bool:
        """Revoke a key; tell whether there was one to revoke."""
        return own(transaction).change(_REVOKE, tenant_id=tenant_id, key_uid=uid, at=at) == 1
