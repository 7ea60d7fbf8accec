"""The schema: made, upgraded, and checked before anything is served."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, MetaData, String, Table, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import Column

from validate_service.core.errors import ConflictError, NotFoundError, UnavailableError
from validate_service.core.key_ring import KeyRing
from validate_service.core.model import Instant
from validate_service.core.ports import Session, Transaction
from validate_service.storage.engines import sqlite_file
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import SCHEMA_REVISION, key_ring

MIGRATIONS = Path(__file__).parent / "migrations"

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
    """Bring the schema up to *revision*.

    Raises:
        ConflictError: the schema is one that this version does not know.
        UnavailableError: the database does not answer.
    """
    try:
        with engine.begin() as connection:
            command.upgrade(alembic_config(connection), revision)
    except CommandError as error:
        raise ConflictError(f"The database has a schema that this version does not know: {error}.") from error
    except SQLAlchemyError as error:
        raise UnavailableError(f"the database failed: {type(error).__name__}") from error


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
            f"The database has schema {found}, this version needs {SCHEMA_REVISION}: "
            "run `validate-service db upgrade`."
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
