"""Sessions of phones in the database, by keyed hash of their token."""

from sqlalchemy import bindparam, delete, select, update

from validate_service.core.model import Instant, PhoneSession
from validate_service.core.ports import Session, Transaction
from validate_service.storage.authenticators import AUTHENTICATOR_COLUMNS, OWNED, OWNER_COLUMNS, PHONES, owned
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import authenticators, phone_sessions, users

_FORGET_EXPIRED = Statement(
    delete(phone_sessions).where(
        phone_sessions.c.device_id == bindparam("this_device"), phone_sessions.c.expires_at <= bindparam("at")
    )
)
_BEGIN = Statement(insert_of(phone_sessions, "token_hash", "device_id", "began_at", "seen_at", "expires_at"))
_SEEN = Statement(
    update(authenticators).where(authenticators.c.device_id == bindparam("this_device")).values(seen_at=bindparam("at"))
)
_THIS = phone_sessions.c.token_hash == bindparam("hash")
_FIND = Statement(
    select(*OWNER_COLUMNS, *AUTHENTICATOR_COLUMNS, phone_sessions.c.began_at, phone_sessions.c.seen_at)
    .select_from(OWNED.join(phone_sessions, phone_sessions.c.device_id == authenticators.c.device_id))
    .where(
        _THIS,
        phone_sessions.c.expires_at > bindparam("at"),
        phone_sessions.c.seen_at > bindparam("seen_since"),
        PHONES.c.enabled,
        users.c.enabled,
    )
)
_TOUCH = Statement(update(phone_sessions).where(_THIS).values(seen_at=bindparam("at")))
_END = Statement(delete(phone_sessions).where(_THIS))


class PhoneSessionTable:
    """Implements the port ``PhoneSessions``."""

    def begin(
        self, transaction: Transaction, token_hash: bytes, device_id: int, at: Instant, expires_at: Instant
    ) -> None:
        """Keep a new session, and note that the phone was seen; the phone's sessions that are over are forgotten."""
        session = own(transaction)
        session.change(_FORGET_EXPIRED, this_device=device_id, at=at)
        session.change(
            _BEGIN, token_hash=token_hash, device_id=device_id, began_at=at, seen_at=at, expires_at=expires_at
        )
        session.change(_SEEN, this_device=device_id, at=at)

    def find(self, session: Session, token_hash: bytes, *, at: Instant, seen_since: Instant) -> PhoneSession | None:
        """Return the session, or ``None`` if it is over, or its device or user is disabled."""
        row = own(session).row(_FIND, hash=token_hash, at=at, seen_since=seen_since)
        return None if row is None else PhoneSession(*owned(row[:-2]), *row[-2:])

    def touch(self, transaction: Transaction, token_hash: bytes, at: Instant) -> None:
        """Note that the session was used."""
        own(transaction).change(_TOUCH, hash=token_hash, at=at)

    def end(self, transaction: Transaction, token_hash: bytes) -> None:
        """End one session."""
        own(transaction).change(_END, hash=token_hash)
