"""Authentication sets in the database."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, exists, func, select, update

from validate_service.core.fields import folded
from validate_service.core.model import AuthSet, Factor, Instant
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.subjects import factors_of
from validate_service.storage.tables import auth_sets, users

_THIS = (auth_sets.c.tenant_id == bindparam("of_tenant"), auth_sets.c.name_key == bindparam("key"))
_ADD = Statement(insert_of(auth_sets, "tenant_id", "name", "name_key", "factors", "created_at"))
_USERS = select(func.count()).where(users.c.auth_set_id == auth_sets.c.id).scalar_subquery()
_LISTING = Statement(
    select(auth_sets.c.id, auth_sets.c.name, auth_sets.c.factors, _USERS)
    .where(auth_sets.c.tenant_id == bindparam("of_tenant"))
    .order_by(auth_sets.c.name_key)
)
_SET_FACTORS = Statement(update(auth_sets).where(*_THIS).values(factors=bindparam("new_factors")))
_FIND = Statement(select(auth_sets.c.id).where(*_THIS))
_DELETE = Statement(delete(auth_sets).where(*_THIS, ~exists().where(users.c.auth_set_id == auth_sets.c.id)))


class AuthSetTable:
    """Implements the port ``AuthSets``."""

    def add(
        self, transaction: Transaction, tenant_id: int, *, name: str, factors: frozenset[Factor], at: Instant
    ) -> None:
        """Add a set."""
        own(transaction).store(
            _ADD,
            conflict=f"There is an authentication set {name} already.",
            tenant_id=tenant_id,
            name=name,
            name_key=folded(name),
            factors=" ".join(sorted(factors)),
            created_at=at,
        )

    def listing(self, session: Session, tenant_id: int) -> Sequence[AuthSet]:
        """Return the tenant's sets, by name."""
        rows = own(session).rows(_LISTING, of_tenant=tenant_id)
        return [AuthSet(set_id, name, factors_of(factors), count) for set_id, name, factors, count in rows]

    def find(self, session: Session, tenant_id: int, name: str) -> int | None:
        """Return the number of the set called *name*, or ``None``."""
        row = own(session).row(_FIND, of_tenant=tenant_id, key=folded(name))
        return None if row is None else int(row[0])

    def set_factors(self, transaction: Transaction, tenant_id: int, name: str, factors: frozenset[Factor]) -> bool:
        """Replace the factors of a set; tell whether there is one."""
        text = " ".join(sorted(factors))
        return own(transaction).change(_SET_FACTORS, of_tenant=tenant_id, key=folded(name), new_factors=text) == 1

    def delete(self, transaction: Transaction, tenant_id: int, name: str) -> bool:
        """Delete a set that no user has; tell whether there was one."""
        return own(transaction).change(_DELETE, of_tenant=tenant_id, key=folded(name)) == 1
