"""What MariaDB must be told to keep and compare as the other databases do.

The types and tables of every migration pass through here when they are spelled for MariaDB, so migrations and
statements need not know of it.
"""

from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable

from validate_service.storage.time_limits import CONNECT_TIMEOUT_S, SILENCE_TIMEOUT_S, STATEMENT_TIMEOUT_S

NAME = "mariadb"

COLLATION = "utf8mb4_nopad_bin"
"""Texts are equal if their characters are: neither case, nor accents, nor spaces at the end are overlooked."""

LOCK_TIMEOUT_S = 5
"""How long a statement waits for a row or a table that another transaction holds."""

_SQL_MODE = (
    # What does not fit is refused, not cut off.
    "STRICT_ALL_TABLES",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "NO_ENGINE_SUBSTITUTION",
    # The columns that an UPDATE reads are those before it, whatever order it sets them in.
    "SIMULTANEOUS_ASSIGNMENT",
)
_SESSION = {
    "sql_mode": f"'{','.join(_SQL_MODE)}'",
    "collation_connection": COLLATION,
    "foreign_key_checks": "1",
    "unique_checks": "1",
    "innodb_lock_wait_timeout": f"{LOCK_TIMEOUT_S}",
    "lock_wait_timeout": f"{LOCK_TIMEOUT_S}",
}
_RULES = (
    f"SET SESSION {', '.join(f'{name} = {value}' for name, value in _SESSION.items())}",
    # What a transaction waited for is judged as it is then, not as it was when the transaction began.
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
)


def prepare(connection: Any, _record: object) -> None:  # the driver's own
    """Tell a new *connection* by which rules it works; for the pool's event ``connect``."""
    with connection.cursor() as cursor:
        for rule in _RULES:
            cursor.execute(rule)


def limit_silence(_dialect: object, _record: object, _arguments: object, named: dict[str, Any]) -> None:
    """Let a new connection wait only so long for the server; for SQLAlchemy's event ``do_connect``."""
    named["read_timeout"] = named["write_timeout"] = SILENCE_TIMEOUT_S
    named.setdefault("connect_timeout", CONNECT_TIMEOUT_S)


def limit_statements(connection: Any, _record: object) -> None:  # the driver's own
    """Let the server end what takes too long; for the pool's event ``connect``."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION max_statement_time = {STATEMENT_TIMEOUT_S}")


@compiles(CreateTable, NAME)
def _create_table(element: CreateTable, compiler: Any, **options: Any) -> str:  # SQLAlchemy's own
    """Say how the table is kept: the defaults of server and database may be any."""
    text: str = compiler.visit_create_table(element, **options)
    return f"{text.rstrip()} ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={COLLATION}\n\n"


@compiles(LargeBinary, NAME)
def _large_binary(element: LargeBinary, _compiler: Any, **_options: Any) -> str:  # SQLAlchemy's own
    """Keep bytes of a known length in the row, where they can be indexed; others may be as long as they are."""
    return f"VARBINARY({element.length})" if element.length else "MEDIUMBLOB"
