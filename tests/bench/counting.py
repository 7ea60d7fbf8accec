"""What calls cost PostgreSQL besides time, as the database itself counts: statements, commits, connections, disk."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from sqlalchemy import make_url

from tests.postgresql import PostgresServer

_STATEMENT = re.compile(r" LOG:  (?:statement|execute [^:]+): (?!BEGIN|COMMIT|ROLLBACK)")
_SETTINGS = {"log_statement": "all", "autovacuum": "off"}
"""Every statement is logged, and nobody but the calls takes transaction numbers."""

_PATIENCE_S = 10


@dataclass(frozen=True, slots=True)
class Counted:
    """What one call cost, on average over several.

    Attributes:
        statements: How many were run.
        commits: How many transactions changed something.
        log_bytes: What was written ahead of the changes.
    """

    statements: float
    commits: float
    log_bytes: float


def counted(database: PostgresServer, calls: Callable[[], int], batches: int) -> list[Counted]:
    """Make calls in so many batches, and count what each batch cost; nobody else may use the server meanwhile.

    Args:
        database: The server.
        calls: Makes some calls, and returns how many.
        batches: How many times.
    """
    log = database.folder / "log"
    found = []
    with _connected(database) as connection, _watched(connection):
        for _ in range(batches):
            before, size = _written(connection), log.stat().st_size
            made = calls()
            text = log.read_bytes()[size:].decode("utf-8", "replace")
            # This connection's own question, asked next, is not in the text yet.
            numbers, written = (after - then for after, then in zip(_written(connection), before, strict=True))
            found.append(Counted(len(_STATEMENT.findall(text)) / made, numbers / made, written / made))
    return found


def connections(database: PostgresServer, url: str) -> int:
    """Return how many connections there are to the database at *url*."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    return _number(database, url, question)


def bytes_of_event(database: PostgresServer, url: str) -> float:
    """Return what an event of the audit trail takes on the disk, with its places in the indexes, on average."""
    size = _number(database, url, "SELECT pg_total_relation_size('audit_events')")
    return size / _number(database, url, "SELECT count(*) FROM audit_events")


def _number(database: PostgresServer, url: str, question: LiteralString) -> int:
    with _connected(database, make_url(url).database) as connection:
        row = connection.execute(question).fetchone()
    return 0 if row is None else int(row[0])


def _connected(database: PostgresServer, name: str | None = "postgres") -> psycopg.Connection[Any]:
    return psycopg.connect(f"host={database.folder} user=postgres dbname={name}", autocommit=True)


def _written(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """Return the next transaction's number, and how many bytes were ever written ahead of changes."""
    row = connection.execute(
        "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, "
        "pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
    ).fetchone()
    return (0, 0) if row is None else (row[0], row[1])


@contextmanager
def _watched(connection: psycopg.Connection[Any]) -> Iterator[None]:
    for name, value in _SETTINGS.items():
        connection.execute(f"ALTER SYSTEM SET {name} = {value!r}")
    _reload(connection, _SETTINGS["log_statement"])
    try:
        yield
    finally:
        for name in _SETTINGS:
            connection.execute(f"ALTER SYSTEM RESET {name}")
        _reload(connection, "none")


def _reload(connection: psycopg.Connection[Any], expected: str) -> None:
    """Let the server read its settings again; return when this session, and so the others, have them."""
    connection.execute("SELECT pg_reload_conf()")
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        row = connection.execute("SHOW log_statement").fetchone()
        if row is not None and row[0] == expected:
            return
        time.sleep(0.05)
    raise RuntimeError("the database does not read its settings")
