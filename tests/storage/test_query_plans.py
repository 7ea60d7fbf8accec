"""Every statement finds its rows by an index where a table may have many: the database itself says how it would look.

The plans are those of tables with thousands of rows.  A new statement that reads a whole table fails here, unless it
is listed below with its reason.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Boolean, Column, Engine, Insert, Integer, LargeBinary, Table, Update, insert

from tests.product import Product
from tests.storage.test_dialects import statements
from validate_service.storage.sessions import Statement, own
from validate_service.storage.single_statements import with_event
from validate_service.storage.tables import metadata

ROWS = 3_000
NEWEST = 1_700_000_000_000_000
TABLES_WITH_FEW_ROWS = {
    *("tenants", "auth_sets", "branding", "message_texts", "key_ring", "audit_lane_starts"),
}
"""There is one a tenant, a lane, an installation, or whatever somebody has typed."""

MAY_SCAN = {
    "api_keys._LISTING": "an operator lists all keys",
    "audit_trail._STARTED_LANES": "reads one row a lane; the verification walks all events anyway",
    "cards._LISTING": "an operator lists all cards",
    "devices._LISTING": "an operator lists all devices",
    "devices._SEALED_UNDER": "an operator retires a key, which all seeds may be sealed under",
    "devices._SEALED_UNDER_OTHER": "an operator seals all seeds anew",
    "users._COUNT_SOUGHT": "an administrator looks for a part of a name",
    "users._LISTING": "an operator lists all users",
    "users._SEARCH": "an administrator looks for a part of a name",
}
"""Statements that may read a whole table, and why.  None of them verifies anybody."""

OUR_TABLES = re.compile(rf"\b({'|'.join(metadata.tables)})\b")
ANALYZE = {"mariadb": f"ANALYZE TABLE {', '.join(metadata.tables)}", "postgresql": "ANALYZE"}

_ONE = 77
_VALUES: dict[str, object] = {
    **dict.fromkeys(("tenant_id", "of_tenant", "paced_id"), 1),
    **dict.fromkeys(("since", "seen_since"), NEWEST - 5),
    **dict.fromkeys(("before", "last"), NEWEST - ROWS + 5),
    **dict.fromkeys(("now_enabled", "new_enabled", "now_activated", "must_change"), True),
    "lane": f"lane{_ONE}",
}
"""Parameters that decide how much is found; the others name one row, or nothing."""


def test_every_exception_is_a_statement_that_there_is() -> None:
    """Whoever mends a statement takes it off the list."""
    assert set(MAY_SCAN) <= {_short(name) for name, _ in statements()}


def test_every_statement_finds_what_it_needs_by_an_index(product: Product, database: str) -> None:
    """On each database, of those that are not listed above."""
    engine, scanned, looked_at = product.installation.database.engine, dict[str, set[str]](), 0
    if database != "sqlite":
        # Which plans only by the statements.
        fill(engine)
    with product.installation.database.read() as session:
        cursor = own(session).cursor
        for name, statement in explained(database):
            tables = set(SCANS[database](cursor, *filled(engine, statement)))
            scanned |= {name: tables} if tables - TABLES_WITH_FEW_ROWS else {}
            looked_at += 1
    assert looked_at > 100
    assert {name: tables for name, tables in scanned.items() if name not in MAY_SCAN} == {}


def explained(database: str) -> Iterator[tuple[str, Statement]]:
    """Yield what looks for rows, with its name; on PostgreSQL also as it is when it brings its event along."""
    for name, statement in statements():
        # Some ask a server how it is set up, and none of our tables.
        is_ours = OUR_TABLES.search(str(statement.core)) is not None
        if is_ours and not isinstance(statement.core, Insert):
            yield _short(name), statement
        if isinstance(statement.core, Update) and database == "postgresql":
            yield f"{_short(name)} with its event", with_event(statement, if_changed=True)


def _short(name: str) -> str:
    return name.removeprefix("validate_service.storage.")


def fill(engine: Engine) -> None:
    """Write thousands of rows into every table that may have many; none of them means anything."""
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN")
        for table in metadata.sorted_tables:
            if table.name not in TABLES_WITH_FEW_ROWS:
                # What the installation's making wrote is in the way.
                connection.execute(table.delete())
                connection.execute(insert(table), [row_of(table, number) for number in range(1, ROWS + 1)])
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql(ANALYZE[engine.dialect.name])


def row_of(table: Table, number: int) -> dict[str, Any]:
    return {column.name: value_of(table, column, number) for column in table.columns}


def value_of(table: Table, column: Column[Any], number: int) -> Any:
    if column.name == "tenant_id":
        return 1
    if column.name in {"id", "user_id", "device_id"} and column.type.python_type is int:
        return number
    if column.name in {"key_id", "auth_set_id"}:
        return None
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, LargeBinary):
        return number.to_bytes(16, "big")
    if isinstance(column.type, Integer):
        return NEWEST - ROWS + number if column.name.endswith(("at", "until")) else 1
    return {"kind": "hotp", "state": "approved"}.get(
        column.name, f"{column.name}{number}"[: getattr(column.type, "length", None)]
    )


def filled(engine: Engine, statement: Statement) -> tuple[str, Any]:
    """Return the statement's text with parameters of the right types."""
    sql, constants, order = statement.on(engine)
    compiled: Any = statement.core.compile(dialect=engine.dialect)  # type: ignore[attr-defined]
    values = {name: value_for(name, bind.type) for name, bind in compiled.binds.items()} | constants
    return sql, values if order is None else [values[name] for name in order]


def value_for(name: str, kind: Any) -> object:
    if name in _VALUES:
        return _VALUES[name]
    if isinstance(kind, LargeBinary):
        return _ONE.to_bytes(16, "big")
    if isinstance(kind, Boolean) or name.startswith("any_"):
        return False
    return f"x{_ONE}" if getattr(kind, "python_type", int) is str else _ONE


def scanned_on_postgresql(cursor: Any, sql: str, parameters: Any) -> Iterator[str]:
    """Yield the tables that are read row by row, or by all of an index."""
    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
    ((found,),) = cursor.fetchall()
    nodes = [(json.loads(found) if isinstance(found, str) else found)[0]["Plan"]]
    for node in nodes:
        nodes += node.get("Plans", [])
        kind = node["Node Type"]
        if kind == "Seq Scan" or (kind in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node):
            yield node["Relation Name"]


def scanned_on_sqlite(cursor: Any, sql: str, parameters: Any) -> Iterator[str]:
    """Yield the tables that are read row by row, or by all of an index."""
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
    for *_, detail in cursor.fetchall():
        if found := re.match(r"SCAN (?!CONSTANT)(\w+)", detail):
            yield found.group(1)


def scanned_on_mariadb(cursor: Any, sql: str, parameters: Any) -> Iterator[str]:
    """Yield the tables that are read row by row, or by all of an index."""
    cursor.execute(f"EXPLAIN {sql}", parameters)
    names = [column[0] for column in cursor.description]
    for row in cursor.fetchall():
        found = dict(zip(names, row, strict=True))
        if found["type"] in {"ALL", "index"} and found["table"]:
            yield found["table"]


SCANS: Mapping[str, Callable[[Any, str, Any], Iterator[str]]] = {
    "mariadb": scanned_on_mariadb,
    "postgresql": scanned_on_postgresql,
    "sqlite": scanned_on_sqlite,
}


def test_a_statement_that_reads_a_whole_table_would_be_found(product: Product, database: str) -> None:
    """The three readers of plans know one when they see one."""
    with product.installation.database.read() as session:
        for sql in ("SELECT * FROM users WHERE email = 'a'", "SELECT count(*) FROM audit_events WHERE device = 'x'"):
            assert list(SCANS[database](own(session).cursor, sql, ())) == [sql.split()[3]]
