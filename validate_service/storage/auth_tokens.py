"""Session tokens in the database, by keyed hash."""

from sqlalchemy import bindparam, select, update

from validate_service.core.model import Instant, TokenPurpose
from validate_service.core.names import UserName
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import auth_tokens, users

_ADD = Statement(insert_of(auth_tokens, "user_id", "token_hash", "issued_at", "expires_at", "purpose"))
_WITH_HASH = auth_tokens.c.token_hash == bindparam("token_hash")
_FIND = Statement(
    select(auth_tokens.c.purpose, auth_tokens.c.expires_at).where(
        auth_tokens.c.user_id == bindparam("user_id"), _WITH_HASH
    )
)
_OWNER = Statement(
    select(users.c.domain, users.c.username)
    .select_from(auth_tokens.join(users, users.c.id == auth_tokens.c.user_id))
    .where(users.c.tenant_id == bindparam("tenant_id"), _WITH_HASH)
)
_EXPIRE = Statement(
    update(auth_tokens)
    .where(auth_tokens.c.user_id == bindparam("owner_id"), _WITH_HASH, auth_tokens.c.expires_at > bindparam("at"))
    .values(expires_at=bindparam("at"))
)


class AuthTokenTable:
    """Implements the port ``AuthTokens``."""

    def add(
        self,
        transaction: Transaction,
        user_id: int,
        *,
        token_hash: bytes,
        purpose: TokenPurpose,
        expires_at: Instant,
        at: Instant,
    ) -> None:
        """Store a token."""
        own(transaction).change(
            _ADD, user_id=user_id, token_hash=token_hash, issued_at=at, expires_at=expires_at, purpose=purpose.value
        )

    def find(self, session: Session, user_id: int, token_hash: bytes) -> tuple[TokenPurpose, Instant] | None:
        """Return the purpose of the user's token and when it expires, or ``None`` if the user has no such token."""
        row = own(session).row(_FIND, user_id=user_id, token_hash=token_hash)
        return None if row is None else (TokenPurpose(row[0]), int(row[1]))

    def find_owner(self, session: Session, tenant_id: int, token_hash: bytes) -> UserName | None:
        """Return whose token it is, or ``None`` if the tenant has no such token."""
        row = own(session).row(_OWNER, tenant_id=tenant_id, token_hash=token_hash)
        return None if row is None else UserName(*row)

    def expire(self, transaction: Transaction, user_id: int, token_hash: bytes, at: Instant) -> bool:
        """Let the user's token expire at *at*; tell whether it was good until then."""
        return own(transaction).change(_EXPIRE, owner_id=user_id, token_hash=token_hash, at=at) == 1
