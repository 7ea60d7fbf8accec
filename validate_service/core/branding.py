"""Branding: the colours, pictures and contacts that a tenant shows to its users."""

import re
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import PolicyError
from validate_service.core.images import Image
from validate_service.core.model import Branding, Instant, Tenant
from validate_service.core.ports import Brandings, Clock, Database, Tenants
from validate_service.core.profiles import email_address

UNBRANDED = Branding(color="#1f5f8b", splash_color="#eef3f7", email="", phone="", logo=None, splash=None, changed_at=0)
"""What a tenant shows that has set nothing."""

LONGEST_PHONE = 64
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class BrandingChange:
    """What an operator sets; ``None`` leaves a field as it is.

    Attributes:
        color: The main colour, such as ``#1f5f8b``.
        splash_color: The colour behind the splash picture.
        email: Where users find help; empty for nowhere.
        phone: Whom they call for help; empty for nobody.
        logo: A file; empty for none.
        splash: A file; empty for none.
    """

    color: str | None = None
    splash_color: str | None = None
    email: str | None = None
    phone: str | None = None
    logo: bytes | None = None
    splash: bytes | None = None

    def applied_to(self, branding: Branding, at: Instant) -> Branding:
        """Return *branding* with this change, made *at* this instant.

        Raises:
            PolicyError: a value is not acceptable; the text names the field and its rule.
        """
        return Branding(
            color=branding.color if self.color is None else _color("color", self.color),
            splash_color=branding.splash_color
            if self.splash_color is None
            else _color("splash color", self.splash_color),
            email=branding.email if self.email is None else email_address(self.email),
            phone=branding.phone if self.phone is None else _phone(self.phone),
            logo=branding.logo if self.logo is None else _image("logo", self.logo),
            splash=branding.splash if self.splash is None else _image("splash", self.splash),
            changed_at=at,
        )


@dataclass(frozen=True, slots=True)
class BrandingDesk:
    """Shows and sets the branding of tenants."""

    database: Database
    tenants: Tenants
    brandings: Brandings
    clock: Clock

    def of(self, tenant: Tenant) -> Branding:
        """Return the tenant's branding; our own colours where it has set nothing."""
        with self.database.read() as session:
            return self.brandings.find(session, tenant.id) or UNBRANDED

    def of_uid(self, tenant_uid: str) -> Branding:
        """Return the branding of the tenant with the id *tenant_uid*.

        Raises:
            NotFoundError: there is no such tenant.
        """
        with self.database.read() as session:
            tenant = self.tenants.get_by_uid(session, tenant_uid)
        return self.of(tenant)

    def read(self, call: Call, tenant: Tenant) -> Branding:
        """Return the same as :meth:`of` to a caller, and leave an event."""
        call.tenant_id = tenant.id
        branding = self.of(tenant)
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.BRANDING_READ, DONE, call, self.clock.now()))
        return branding

    def set(self, call: Call, tenant: Tenant, change: BrandingChange) -> Branding:
        """Make *change*; return the whole.

        Raises:
            PolicyError: a colour is not like ``#1f5f8b``, the e-mail address is none, the phone is too long, or a
                picture is too large or of another kind than PNG, JPEG and GIF.
        """
        call.tenant_id = tenant.id
        now = self.clock.now()
        with self.database.write() as transaction:
            branding = change.applied_to(self.brandings.find(transaction, tenant.id) or UNBRANDED, now)
            self.brandings.replace(transaction, tenant.id, branding)
            transaction.record(AuditEvent(EventName.BRANDING_SET, DONE, call, now))
        return branding


def _color(name: str, text: str) -> str:
    if not _COLOR.fullmatch(text):
        raise PolicyError(f"{name} must be # and six hexadecimal digits, such as #1f5f8b.")
    return text.lower()


def _phone(text: str) -> str:
    if len(text) > LONGEST_PHONE or not text.isprintable():
        raise PolicyError(f"phone must be one line of at most {LONGEST_PHONE} characters.")
    return text


def _image(name: str, content: bytes) -> Image | None:
    return Image.parse(name, content) if content else None
