"""Cards in the database, by keyed hash."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update

from validate_service.core.model import Card, Instant
from validate_service.core.names import UserName
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Row, Statement, insert_of, own
from validate_service.storage.tables import cards, users

_ADD = Statement(insert_of(cards, "tenant_id", "user_id", "card_hash", "label", "enabled", "created_at"))
_CARD = select(
    cards.c.id,
    cards.c.label,
    users.c.domain,
    users.c.username,
    cards.c.enabled,
    cards.c.created_at,
    cards.c.last_used_at,
).select_from(cards.join(users, users.c.id == cards.c.user_id))
_FIND = Statement(_CARD.where(cards.c.user_id == bindparam("user_id"), cards.c.card_hash == bindparam("card_hash")))
_LISTING = Statement(_CARD.where(cards.c.tenant_id == bindparam("tenant_id")).order_by(cards.c.id))
_THIS = (cards.c.tenant_id == bindparam("of_tenant"), cards.c.id == bindparam("card_id"))
_SET_ENABLED = Statement(update(cards).where(*_THIS).values(enabled=bindparam("now_enabled")))
_DELETE = Statement(delete(cards).where(*_THIS))
_MARK_USED = Statement(
    update(cards).where(cards.c.id == bindparam("card_id"), cards.c.enabled).values(last_used_at=bindparam("at"))
)


class CardTable:
    """Implements the port ``Cards``."""

    def add(
        self, transaction: Transaction, tenant_id: int, *, user_id: int, card_hash: bytes, label: str, at: Instant
    ) -> None:
        """Add a card."""
        own(transaction).store(
            _ADD,
            conflict="This card is enrolled already.",
            tenant_id=tenant_id,
            user_id=user_id,
            card_hash=card_hash,
            label=label,
            enabled=True,
            created_at=at,
        )

    def find(self, session: Session, user_id: int, card_hash: bytes) -> Card | None:
        """Return the user's card with this hash, or ``None``."""
        row = own(session).row(_FIND, user_id=user_id, card_hash=card_hash)
        return None if row is None else _card(row)

    def listing(self, session: Session, tenant_id: int) -> Sequence[Card]:
        """Return the tenant's cards."""
        return [_card(row) for row in own(session).rows(_LISTING, tenant_id=tenant_id)]

    def set_enabled(self, transaction: Transaction, tenant_id: int, card_id: int, *, enabled: bool) -> bool:
        """Enable or disable the card; tell whether there is one."""
        changed = own(transaction).change(_SET_ENABLED, of_tenant=tenant_id, card_id=card_id, now_enabled=enabled)
        return changed == 1

    def delete(self, transaction: Transaction, tenant_id: int, card_id: int) -> bool:
        """Delete the card; tell whether there was one."""
        return own(transaction).change(_DELETE, of_tenant=tenant_id, card_id=card_id) == 1

    def mark_used(self, transaction: Transaction, card_id: int, at: Instant) -> bool:
        """Note that the card was used; tell whether it still exists and is enabled."""
        return own(transaction).change(_MARK_USED, card_id=card_id, at=at) == 1


def _card(row: Row) -> Card:
    card_id, label, domain, username, enabled, created_at, last_used_at = row
    return Card(card_id, label, UserName(domain, username), bool(enabled), created_at, last_used_at)
