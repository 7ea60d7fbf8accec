"""Enrolment links in the database, by keyed hash of their token."""

from sqlalchemy import bindparam, delete, select, update

from validate_service.core.model import Instant, Owner
from validate_service.core.ports import Session, Transaction
from validate_service.storage.authenticators import OWNER_COLUMNS, owner_of
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import enrolments, tenants, users

_CLEAR = Statement(
    delete(enrolments).where(enrolments.c.user_id == bindparam("of_user"), enrolments.c.used_at.is_(None))
)
_ADD = Statement(insert_of(enrolments, "user_id", "token_hash", "issued_at", "expires_at"))
_WITHDRAW = Statement(delete(enrolments).where(enrolments.c.token_hash == bindparam("hash")))

_GOOD = (
    enrolments.c.token_hash == bindparam("hash"),
    enrolments.c.used_at.is_(None),
    enrolments.c.expires_at > bindparam("at"),
)
_FIND = Statement(
    select(*OWNER_COLUMNS, enrolments.c.expires_at)
    .select_from(
        enrolments.join(users, users.c.id == enrolments.c.user_id).join(tenants, tenants.c.id == users.c.tenant_id)
    )
    .where(*_GOOD)
)
_USE = Statement(update(enrolments).where(*_GOOD).values(used_at=bindparam("at")))


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

    def find(self, session: Session, token_hash: bytes, at: Instant) -> tuple[Owner, Instant] | None:
        """Return whose an enrolment is that was not used and has not expired, and when it expires, or ``None``."""
        row = own(session).row(_FIND, hash=token_hash, at=at)
        return None if row is None else (owner_of(row[:-1]), row[-1])

    def use(self, transaction: Transaction, token_hash: bytes, at: Instant) -> bool:
        """Use the enrolment up; of many calls at once exactly one is told ``True``, and none after its expiry."""
        return own(transaction).change(_USE, hash=token_hash, at=at) == 1
