"""Session tokens in the database, by keyed hash."""

from sqlalchemy import bindparam, select

from validate_service.core.model import Instant
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import auth_tokens

_ADD = Statement(insert_of(auth_tokens, "user_id", "token_hash", "issued_at", "expires_at"))
_EXPIRY = Statement(
    select(auth_tokens.c.expires_at).where(
        auth_tokens.c.user_id == bindparam("user_id"), auth_tokens.c.token_hash == bindparam("token_hash")
    )
)


class AuthTokenTable:
    """Implements the port ``AuthTokens``."""

    def add(
        self, transaction: Transaction, user_id: int, *, token_hash: bytes, expires_at: Instant, at: Instant
    ) -> None:
        """Store a token."""
        own(transaction).change(_ADD, user_id=user_id, token_hash=token_hash, issued_at=at, expires_at=expires_at)

    def find_expiry(self, session: Session, user_id: int, token_hash: bytes) -> Instant | None:
        """Return when the user's token expires, or ``None`` if the user has no such token."""
        row = own(session).row(_EXPIRY, user_id=user_id, token_hash=token_hash)
        return None if row is None else int(row[0])
