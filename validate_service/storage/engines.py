"""Engines: how connections to each kind of database are opened."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool

from validate_service.storage import mariadb

BUSY_TIMEOUT_S = 5
"""How long a transaction on SQLite waits for its turn before the service answers that it is unavailable."""

CACHE_KIB = 512
"""Page cache of one SQLite connection; every thread has one."""

POOL_TIMEOUT_S = 1
"""How long a call waits for a free connection."""


def make_engine(url: str, *, threads: int = 1, punctual: bool = False) -> Engine:
    """Return an engine for *url* whose connections are in autocommit mode and as durable as they can be.

    Args:
        url: The database.
        threads: How many connections may be open at once.
        punctual: Whether statements have the time limits of calls: those of operators take as long as they take.
    """
    # On SQLite one connection more: the one that all threads write with.
    pool = {"pool_size": threads + 1, "max_overflow": 0, "pool_timeout": POOL_TIMEOUT_S}
    path = sqlite_file(url)
    if path is None:
        engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, **pool)
        if engine.dialect.name == mariadb.NAME:
            # After what SQLAlchemy itself says to a new connection, which sets another collation.
            event.listen(engine, "connect", mariadb.prepare)
        if punctual:
            _limit_time(engine)
        return engine
    return create_engine("sqlite://", creator=lambda: _connect_sqlite(path), poolclass=QueuePool, **pool)


def _limit_time(engine: Engine) -> None:
    """Give statements the time limits of calls."""
    if engine.dialect.name == mariadb.NAME:
        event.listen(engine, "do_connect", mariadb.limit_silence)
        event.listen(engine, "connect", mariadb.limit_statements)
    else:
        # Only here: the driver is an extra.
        from validate_service.storage.postgresql import connect_punctually  # noqa: PLC0415

        event.listen(engine, "do_connect", connect_punctually)


def sqlite_file(url: str) -> Path | None:
    """Return the file of the SQLite database that *url* names, or ``None`` if it names another kind."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def _connect_sqlite(path: Path) -> sqlite3.Connection:
    """Open an existing database, durable (an answered change survives a power cut) and strict."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def identity(path: Path | None) -> tuple[int, int] | None:
    """Return what tells the file at *path* from another one in its place; ``None`` if there is none."""
    try:
        found = os.stat(path) if path else None  # noqa: PTH116  # on every call: half the cost of Path.stat
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None
