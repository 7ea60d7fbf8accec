"""The schema: made, upgraded, and checked before anything is served."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, MetaData, String, Table, event, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import Column

from validate_service.core.errors import ConflictError, NotFoundError, UnavailableError
from validate_service.core.key_ring import KeyRing
from validate_service.core.model import Instant
from validate_service.core.ports import Session, Transaction
from validate_service.storage.engines import sqlite_file
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import SCHEMA_REVISION, key_ring

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK_TIMEOUT_S = 0.3
"""How long a migration waits for a table: calls wait behind it, and have a time limit of their own."""

MOST_TRIES, RETRY_S = 100, 0.2
"""How often a migration is tried again that waited so long, and how long calls are let through before."""

_LOCK_NOT_AVAILABLE = "55P03"
_FIRST_WORDS = {"postgresql": f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'", "sqlite": "BEGIN IMMEDIATE"}
"""What the transaction of a migration begins with."""

_version = Table("alembic_version", MetaData(), Column("version_num", String(32)))
_REVISION = Statement(select(_version.c.version_num))
_FINGERPRINT = Statement(select(key_ring.c.fingerprint))
_REMEMBER = Statement(insert_of(key_ring, "fingerprint", "created_at"))


def create_file(url: str) -> None:
    """Make an empty SQLite database, readable by its owner only, where *url* names one that does not exist.

    Raises:
        OSError: the folder cannot be written.
    """
    path = sqlite_file(url)
    if path is not None and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to *revision*: each migration as a whole or not at all, where the database can.

    MariaDB cannot: there every statement commits itself.

    Raises:
        ConflictError: the schema is one that this version does not know.
        UnavailableError: the database does not answer.
    """
    try:
        _upgrade_between_calls(engine, revision)
    except CommandError as error:
        raise ConflictError(f"The database has a schema that this version does not know: {error}.") from error
    except SQLAlchemyError as error:
        raise UnavailableError(f"the database failed: {type(error).__name__}") from error


def _upgrade_between_calls(engine: Engine, revision: str) -> None:
    """Try until no migration has to wait long for a table: two that wait for each other would cost a call."""
    for tries_left in reversed(range(MOST_TRIES)):
        try:
            with _migrating(engine) as connection:
                command.upgrade(alembic_config(connection), revision)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE or not tries_left:
                raise
            time.sleep(RETRY_S)
        else:
            return


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """Open a connection whose transactions hold migrations together: usually every statement commits itself."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="READ COMMITTED")
        if first := _FIRST_WORDS.get(engine.dialect.name):
            event.listen(connection, "begin", lambda begun: begun.exec_driver_sql(first))
        yield connection


def alembic_config(connection: object) -> Config:
    """Return alembic's configuration for *connection*."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def require_current(session: Session, *, or_newer: bool = False) -> None:
    """Return if the schema is the one that this code needs.

    Args:
        session: Where to look.
        or_newer: Whether a newer one will do: migrations let the version before go on serving.

    Raises:
        ConflictError: it is another one; the text says what to do.
        UnavailableError: there is none, or the database does not answer.
    """
    row = own(session).row(_REVISION)
    found = str(row[0]) if row else "none"
    is_newer = found.isdigit() and int(found) > int(SCHEMA_REVISION)
    if found != SCHEMA_REVISION and not (or_newer and is_newer):
        raise ConflictError(
            f"The database has schema {found}, this version needs {SCHEMA_REVISION}: run `validate-service db upgrade`."
        )


def is_initialised(session: Session) -> bool:
    """Tell whether the database remembers a ring."""
    return own(session).row(_FINGERPRINT) is not None


def remember_ring(transaction: Transaction, ring: KeyRing, at: Instant) -> None:
    """Note the fingerprint of the ring that the database is written under from now on."""
    own(transaction).change(_REMEMBER, fingerprint=ring.fingerprint, created_at=at)


def remembered_ring(session: Session) -> bytes:
    """Return the fingerprint of the ring that the database is written under.

    Raises:
        NotFoundError: the database was not initialised.
    """
    row = own(session).row(_FINGERPRINT)
    if row is None:
        raise NotFoundError("The database is not initialised: run `validate-service init`.")
    return bytes(row[0])
