"""The same statements for every database that is served."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.engine import Dialect

import validate_service.storage
from validate_service.storage.sessions import Statement


def statements() -> Iterator[tuple[str, Statement]]:
    """Yield every statement of the storage, with its name."""
    for module in pkgutil.iter_modules(validate_service.storage.__path__, "validate_service.storage."):
        if not module.ispkg:
            for name, value in vars(importlib.import_module(module.name)).items():
                several = value.values() if isinstance(value, dict) else [value]
                yield from ((f"{module.name}.{name}", found) for found in several if isinstance(found, Statement))


DIALECTS: tuple[type[Dialect], ...] = (MariaDBDialect, postgresql.dialect, sqlite.dialect)


@pytest.mark.parametrize("dialect", [one() for one in DIALECTS], ids=lambda one: str(one.name))
def test_every_statement_is_whole_when_it_is_compiled(dialect: Dialect) -> None:
    """Nothing is left to be filled in at each execution, which the sessions would not do."""
    found = list(statements())
    assert len(found) > 50
    for name, statement in found:
        text = str(statement.core.compile(dialect=dialect))  # type: ignore[attr-defined]
        assert "POSTCOMPILE" not in text, name
