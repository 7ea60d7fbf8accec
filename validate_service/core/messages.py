"""Messages that leave the house: what is said to whom, and over which channel."""

from dataclasses import dataclass, field
from enum import StrEnum


class Channel(StrEnum):
    """How a message reaches its user."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"


class MessageKind(StrEnum):
    """What a message is for."""

    AUTH_CODE = "auth_code"
    PROVISION = "provision"
    NEW_DEVICE = "new_device"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready to be carried.

    Attributes:
        channel: How it goes.
        recipient: An e-mail address, or a phone number as digits, with a leading ``+`` where it is international.
        subject: One line; empty for what has no subject.
        body: The text.  It holds a code or a link: it is never logged.
        language: Language tag of the text, such as ``de``.
        link: What an e-mail shows as a QR code too; empty for none.
    """

    channel: Channel
    recipient: str = field(repr=False)
    subject: str
    body: str = field(repr=False)
    language: str
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """One wording of a message in one language, with placeholders such as ``$code`` or filled in.

    Attributes:
        language: Its language tag, such as ``de`` or ``de-AT``.
        subject: One line; empty for what has no subject.
        body: The rest.  Filled in, it holds a code or a link: it is never logged.
    """

    language: str
    subject: str
    body: str = field(repr=False)
