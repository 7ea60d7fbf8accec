"""Settings of a database server under which an answered call may be lost with the power: a spent code is good again."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from validate_service.core.ports import Session
from validate_service.storage.sessions import Statement, own

_MARIADB = """
    SELECT lower(variable_name), lower(variable_value) FROM information_schema.global_variables
    WHERE variable_name IN ('innodb_flush_log_at_trx_commit', 'innodb_doublewrite')
"""
_POSTGRESQL = """
    SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
"""
_SETTINGS = {"mariadb": Statement(text(_MARIADB)), "postgresql": Statement(text(_POSTGRESQL))}
_CARELESS: Mapping[str, frozenset[str]] = {
    "innodb_flush_log_at_trx_commit": frozenset({"0", "2", "3"}),
    "innodb_doublewrite": frozenset({"off"}),
    "fsync": frozenset({"off"}),
    "full_page_writes": frozenset({"off"}),
    "synchronous_commit": frozenset({"off"}),
}


def careless_settings(session: Session, kind: str) -> Sequence[str]:
    """Return the settings that lose answered calls, as ``name = value``; empty where each commit is on the disk.

    Args:
        session: Where to look.
        kind: The kind of database, as SQLAlchemy calls it.
    """
    asked = _SETTINGS.get(kind)
    found = [] if asked is None else own(session).rows(asked)
    return sorted(f"{name} = {value}" for name, value in found if value in _CARELESS[name])
