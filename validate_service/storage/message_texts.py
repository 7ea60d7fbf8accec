"""The tenants' own wordings of messages in the database."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from validate_service.core.messages import Channel, MessageKind, Text
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import message_texts

_OF_TENANT = message_texts.c.tenant_id == bindparam("tenant_id")
_OF_MESSAGE = (
    _OF_TENANT,
    message_texts.c.kind == bindparam("kind"),
    message_texts.c.channel == bindparam("channel"),
)
_TEXTS = Statement(
    select(message_texts.c.language, message_texts.c.subject, message_texts.c.body)
    .where(*_OF_MESSAGE)
    .order_by(message_texts.c.language)
)
_LISTING = Statement(
    select(message_texts.c.kind, message_texts.c.channel, message_texts.c.language)
    .where(_OF_TENANT)
    .order_by(message_texts.c.kind, message_texts.c.channel, message_texts.c.language)
)
_DELETE = Statement(delete(message_texts).where(*_OF_MESSAGE, message_texts.c.language == bindparam("language")))
_ADD = Statement(insert_of(message_texts, "tenant_id", "kind", "channel", "language", "subject", "body"))


class MessageTextTable:
    """Implements the port ``MessageTexts``."""

    def of_tenant(self, session: Session, tenant_id: int, kind: MessageKind, channel: Channel) -> Sequence[Text]:
        """Return the tenant's wordings of one message, at most one a language."""
        rows = own(session).rows(_TEXTS, tenant_id=tenant_id, kind=kind.value, channel=channel.value)
        return [Text(*row) for row in rows]

    def listing(self, session: Session, tenant_id: int) -> Sequence[tuple[MessageKind, Channel, str]]:
        """Return kind, channel and language of every wording of the tenant."""
        rows = own(session).rows(_LISTING, tenant_id=tenant_id)
        return [(MessageKind(kind), Channel(channel), language) for kind, channel, language in rows]

    def replace(
        self, transaction: Transaction, tenant_id: int, kind: MessageKind, channel: Channel, text: Text
    ) -> None:
        """Store *text* in place of any older one in its language."""
        place = {"tenant_id": tenant_id, "kind": kind.value, "channel": channel.value, "language": text.language}
        session = own(transaction)
        session.change(_DELETE, **place)
        session.change(_ADD, **place, subject=text.subject, body=text.body)

    def delete(
        self, transaction: Transaction, tenant_id: int, kind: MessageKind, channel: Channel, language: str
    ) -> bool:
        """Delete one wording; tell whether there was one."""
        place = {"tenant_id": tenant_id, "kind": kind.value, "channel": channel.value, "language": language}
        return own(transaction).change(_DELETE, **place) == 1
