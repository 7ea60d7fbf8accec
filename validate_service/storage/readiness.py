"""Whether what a call writes could be written now."""

from sqlalchemy import update

from validate_service.core.ports import Transaction
from validate_service.storage.sessions import Statement, own
from validate_service.storage.tables import audit_events, devices, users

_NOBODY = 0
_PROBES = {
    # Refused where the database is read-only, waits where a table is locked, and leaves nothing behind.
    table.name: Statement(update(table).where(table.c.id == _NOBODY).values(id=_NOBODY))
    for table in (audit_events, devices, users)
}


def require_writable(transaction: Transaction) -> None:
    """Return if the tables that a verification writes take changes; none is made."""
    for probe in _PROBES.values():
        own(transaction).change(probe)
