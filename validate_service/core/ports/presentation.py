"""What tenants show and say to their users."""

from collections.abc import Sequence
from typing import Protocol

from validate_service.core.messages import Channel, MessageKind, Text
from validate_service.core.model import Branding
from validate_service.core.ports.sessions import Session, Transaction


class Brandings(Protocol):
    """Keeps what tenants show to their users."""

    def find(self, session: Session, tenant_id: int) -> Branding | None:
        """Return the tenant's branding, or ``None`` if it has set none."""

    def replace(self, transaction: Transaction, tenant_id: int, branding: Branding) -> None:
        """Store the branding in place of any older one."""


class MessageTexts(Protocol):
    """Keeps the tenants' own wordings of messages."""

    def of_tenant(self, session: Session, tenant_id: int, kind: MessageKind, channel: Channel) -> Sequence[Text]:
        """Return the tenant's wordings of one message, at most one a language."""

    def listing(self, session: Session, tenant_id: int) -> Sequence[tuple[MessageKind, Channel, str]]:
        """Return kind, channel and language of every wording of the tenant."""

    def replace(
        self, transaction: Transaction, tenant_id: int, kind: MessageKind, channel: Channel, text: Text
    ) -> None:
        """Store *text* in place of any older one in its language."""

    def delete(
        self, transaction: Transaction, tenant_id: int, kind: MessageKind, channel: Channel, language: str
    ) -> bool:
        """Delete one wording; tell whether there was one."""
