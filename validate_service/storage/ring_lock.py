"""The lock of the key ring: the row that remembers the ring, locked by whoever uses or changes what the file holds."""

from sqlalchemy import select

from validate_service.core.ports import Transaction
from validate_service.storage.sessions import Statement, own
from validate_service.storage.tables import key_ring

_ROW = select(key_ring.c.fingerprint)
# On SQLite these lock nothing, and need not: a transaction has the database to itself from its first statement on.
_HOLD = Statement(_ROW.with_for_update(read=True, key_share=True))
_CLAIM = Statement(_ROW.with_for_update())


class KeyRingLock:
    """Implements the port ``RingLock``."""

    def hold(self, transaction: Transaction) -> None:
        """Let nobody change the ring before *transaction* ends; many may hold it at once."""
        own(transaction).rows(_HOLD)

    def claim(self, transaction: Transaction) -> None:
        """Wait until nobody holds the ring, and let nobody before *transaction* ends."""
        own(transaction).rows(_CLAIM)
