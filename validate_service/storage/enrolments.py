"""Enrolment links in the database, by keyed hash of their token."""

from sqlalchemy import bindparam, delete

from validate_service.core.model import Instant
from validate_service.core.ports import Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import enrolments

_CLEAR = Statement(
    delete(enrolments).where(enrolments.c.user_id == bindparam("of_user"), enrolments.c.used_at.is_(None))
)
_ADD = Statement(insert_of(enrolments, "user_id", "token_hash", "issued_at", "expires_at"))
_WITHDRAW = Statement(delete(enrolments).where(enrolments.c.token_hash == bindparam("hash")))


class EnrolmentTable:
    """Implements the port ``Enrolments``."""

    def replace(
        self, transaction: Transaction, user_id: int, *, token_hash: bytes, expires_at: Instant, at: Instant
    ) -> None:
        """Store an enrolment in place of any older one of the user that was not used."""
        session = own(transaction)
        session.change(_CLEAR, of_user=user_id)
        session.change(_ADD, user_id=user_id, token_hash=token_hash, issued_at=at, expires_at=expires_at)

    def withdraw(self, transaction: Transaction, token_hash: bytes) -> None:
        """Forget the enrolment."""
        own(transaction).change(_WITHDRAW, hash=token_hash)
