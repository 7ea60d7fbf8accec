"""Tenants in the database."""

from sqlalchemy import bindparam, select, update

from validate_service.core.errors import NotFoundError
from validate_service.core.model import Instant, Tenant
from validate_service.core.ports import Session, Transaction
from validate_service.core.settings import tenant_settings
from validate_service.storage.sessions import Row, Statement, insert_of, own
from validate_service.storage.tables import tenants

_ADD = Statement(insert_of(tenants, "uid", "name", "settings", "created_at"))
_TENANT = select(tenants.c.id, tenants.c.uid, tenants.c.name, tenants.c.settings)
_GET = Statement(_TENANT.where(tenants.c.name == bindparam("name")))
_GET_BY_UID = Statement(_TENANT.where(tenants.c.uid == bindparam("uid")))
_SETTINGS = Statement(select(tenants.c.settings).where(tenants.c.id == bindparam("tenant_id")))
_SET_SETTINGS = Statement(
    update(tenants).where(tenants.c.id == bindparam("tenant_id")).values(settings=bindparam("text"))
)


class TenantTable:
    """Implements the port ``Tenants``."""

    def add(self, transaction: Transaction, *, uid: str, name: str, at: Instant) -> int:
        """Add a tenant with default settings; return its number."""
        session = own(transaction)
        conflict = f"There is a tenant {name} already."
        session.store(_ADD, conflict=conflict, uid=uid, name=name, settings="{}", created_at=at)
        return self.get(transaction, name).id

    def get(self, session: Session, name: str) -> Tenant:
        """Return the tenant called *name*."""
        return _tenant(own(session).row(_GET, name=name), f"There is no tenant {name}.")

    def get_by_uid(self, session: Session, uid: str) -> Tenant:
        """Return the tenant with this unique id."""
        return _tenant(own(session).row(_GET_BY_UID, uid=uid), "There is no tenant with this id.")

    def settings_text(self, session: Session, tenant_id: int) -> str:
        """Return the settings as stored."""
        ((text,),) = own(session).rows(_SETTINGS, tenant_id=tenant_id)
        return str(text)

    def set_settings(self, transaction: Transaction, tenant_id: int, text: str) -> None:
        """Store the settings."""
        own(transaction).change(_SET_SETTINGS, tenant_id=tenant_id, text=text)


def _tenant(row: Row | None, missing: str) -> Tenant:
    if row is None:
        raise NotFoundError(missing)
    tenant_id, uid, name, settings = row
    return Tenant(tenant_id, uid, name, tenant_settings(settings))
