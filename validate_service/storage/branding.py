"""Branding in the database: at most one row a tenant."""

from sqlalchemy import bindparam, delete, select

from validate_service.core.images import Image
from validate_service.core.model import Branding
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import branding as table

_FIELDS = ("color", "splash_color", "email", "phone", "logo", "splash", "changed_at")
_OF_TENANT = table.c.tenant_id == bindparam("tenant_id")
_FIND = Statement(select(*(table.c[field] for field in _FIELDS)).where(_OF_TENANT))
_CLEAR = Statement(delete(table).where(_OF_TENANT))
_ADD = Statement(insert_of(table, "tenant_id", *_FIELDS))


class BrandingTable:
    """Implements the port ``Brandings``."""

    def find(self, session: Session, tenant_id: int) -> Branding | None:
        """Return the tenant's branding, or ``None`` if it has set none."""
        row = own(session).row(_FIND, tenant_id=tenant_id)
        if row is None:
            return None
        color, splash_color, email, phone, logo, splash, changed_at = row
        return Branding(color, splash_color, email, phone, _image(logo), _image(splash), changed_at)

    def replace(self, transaction: Transaction, tenant_id: int, branding: Branding) -> None:
        """Store the branding in place of any older one."""
        session = own(transaction)
        session.change(_CLEAR, tenant_id=tenant_id)
        session.change(
            _ADD,
            tenant_id=tenant_id,
            color=branding.color,
            splash_color=branding.splash_color,
            email=branding.email,
            phone=branding.phone,
            logo=branding.logo and branding.logo.content,
            splash=branding.splash and branding.splash.content,
            changed_at=branding.changed_at,
        )


def _image(content: bytes | None) -> Image | None:
    return None if content is None else Image.parse("image", bytes(content))
