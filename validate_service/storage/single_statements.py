"""A change and its row of the audit trail in one statement, for databases whose statements can do both.

One statement is one round trip and commits itself.  The UPDATE becomes a common table expression of the INSERT; what
it promises, that of many at once one changes the row, stays as it is.
"""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import ColumnElement, Update, bindparam, exists, insert, literal, select

from validate_service.storage.audit_lanes import CONTENT
from validate_service.storage.sessions import Statement
from validate_service.storage.tables import audit_events

_COLUMNS = ("lane", "seq", *CONTENT, "mac")
_PREFIX = "audit_"


@cache
def with_event(changing: Statement, *, if_changed: bool) -> Statement:
    """Return *changing*, an UPDATE, with the INSERT of a row of the audit trail.

    The INSERT's parameters are those of :func:`event_parameters`; it tells how many rows it inserted: one, or, with
    *if_changed*, none if the UPDATE changed none.
    """
    if not isinstance(changing.core, Update):
        raise TypeError("only an UPDATE can be joined with its event")
    changed = changing.core.returning(literal(1)).cte("changed")
    event = select(*map(_parameter, _COLUMNS))
    event = event.where(exists(select(changed))) if if_changed else event.add_cte(changed)
    return Statement(insert(audit_events).from_select(_COLUMNS, event))


def event_parameters(row: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters that insert *row*; no other statement has parameters of these names."""
    return {_PREFIX + name: value for name, value in row.items()}


def _parameter(column: str) -> ColumnElement[object]:
    # A SELECT does not take its types from the table, and NULL has none of its own.
    return bindparam(_PREFIX + column, type_=audit_events.c[column].type)
