"""Auth codes in the database: one per user, by keyed hash."""

from sqlalchemy import bindparam, delete, select, update

from validate_service.core.model import Instant
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import auth_codes

_OF_USER = auth_codes.c.user_id == bindparam("of_user")
_CLEAR = Statement(delete(auth_codes).where(_OF_USER))
_WITHDRAW = Statement(delete(auth_codes).where(_OF_USER, auth_codes.c.code_hash == bindparam("hash")))
_ADD = Statement(insert_of(auth_codes, "user_id", "code_hash", "issued_at", "expires_at"))
_FIND = Statement(select(auth_codes.c.code_hash, auth_codes.c.expires_at, auth_codes.c.used_at).where(_OF_USER))
_REDEEM = Statement(
    update(auth_codes)
    .where(
        _OF_USER,
        auth_codes.c.code_hash == bindparam("hash"),
        auth_codes.c.used_at.is_(None),
        auth_codes.c.expires_at > bindparam("at"),
    )
    .values(used_at=bindparam("at"))
)


class AuthCodeTable:
    """Implements the port ``AuthCodes``."""

    def replace(
        self, transaction: Transaction, user_id: int, *, code_hash: bytes, expires_at: Instant, at: Instant
    ) -> None:
        """Store a code in place of any older one."""
        session = own(transaction)
        session.change(_CLEAR, of_user=user_id)
        session.change(_ADD, user_id=user_id, code_hash=code_hash, issued_at=at, expires_at=expires_at)

    def find(self, session: Session, user_id: int) -> tuple[bytes, Instant, bool] | None:
        """Return the code's hash, its expiry and whether it was used, or ``None``."""
        row = own(session).row(_FIND, of_user=user_id)
        return None if row is None else (bytes(row[0]), row[1], row[2] is not None)

    def redeem(self, transaction: Transaction, user_id: int, code_hash: bytes, at: Instant) -> bool:
        """Use the code up; of many calls at once exactly one is told ``True``, and none after its expiry."""
        return own(transaction).change(_REDEEM, of_user=user_id, hash=code_hash, at=at) == 1

    def withdraw(self, transaction: Transaction, user_id: int, code_hash: bytes) -> None:
        """Forget the code, if it is still this one."""
        own(transaction).change(_WITHDRAW, of_user=user_id, hash=code_hash)
