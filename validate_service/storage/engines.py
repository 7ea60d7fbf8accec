"""Engines: how connections to each kind of database are opened."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.pool import QueuePool

BUSY_TIMEOUT_S = 5
"""How long a transaction on SQLite waits for its turn before the service answers that it is unavailable."""

CACHE_KIB = 512
"""Page cache of one SQLite connection; every thread has one."""

POOL_TIMEOUT_S = 1
"""How long a call waits for a free connection."""


def make_engine(url: str, *, threads: int = 1) -> Engine:
    """Return an engine for *url* whose connections are in autocommit mode and as durable as they can be."""
    # On SQLite one connection more: the one that all threads write with.
    pool = {"pool_size": threads + 1, "max_overflow": 0, "pool_timeout": POOL_TIMEOUT_S}
    path = sqlite_file(url)
    if path is None:
        return create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, **pool)
    return create_engine("sqlite://", creator=lambda: _connect_sqlite(path), poolclass=QueuePool, **pool)


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
