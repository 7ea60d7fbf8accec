"""Messages, what carries them, and what must not be said when they are not carried."""

import traceback
from dataclasses import replace

import pytest

from validate_service.config import GatewaySettings, SmtpSettings
from validate_service.core.errors import DeliveryError
from validate_service.core.messages import Channel, Message
from validate_service.delivery.courier import Courier
from validate_service.delivery.http_gateway import HttpGateway
from validate_service.delivery.smtp import MailServer

PATIENCE_S = 20
LINK = "https://mfa.example.org/pingme/#enrol=c2VjcmV0"
EMAIL = Message(
    Channel.EMAIL,
    "joerg@example.net",
    "Anmeldung: Ihr Code für „Büro“",
    "Grüß Gott!\nIhr Code ist 904817.\n",
    "de",
)
ENROLMENT = replace(EMAIL, subject="Gerät einrichten", body=f"Bitte öffnen Sie {LINK}\n", link=LINK)
SMS = Message(Channel.SMS, "+491701234567", "", 'Ihr "Code" für Büro & <Labor>:\n904817 \\ $text', "de")
CALL = Message(Channel.VOICE, "+491701234567", "", "Your code is 9 0 4 8 1 7.", "en")
SECRETS = ("joerg", "1701234567", "904817", "c2VjcmV0", "pa55word", "t0ken")


def courier(settings: SmtpSettings | GatewaySettings, *, timeout_s: float = PATIENCE_S, places: int = 4) -> Courier:
    """Return a courier for the mail server, or for text messages and calls by one gateway."""
    if isinstance(settings, SmtpSettings):
        return Courier({Channel.EMAIL: MailServer(settings)}, timeout_s=timeout_s, places=places)
    gateway = HttpGateway(settings)
    return Courier({Channel.SMS: gateway, Channel.VOICE: gateway}, timeout_s=timeout_s, places=places)


def failure(sender: Courier, message: Message) -> str:
    """Return what the failed delivery of *message* says, after a look for secrets in all that could be logged of it."""
    with pytest.raises(DeliveryError) as caught:
        sender.deliver(message)
    logged = "".join(traceback.format_exception(caught.value))
    assert [secret for secret in SECRETS if secret in logged] == []
    return str(caught.value)
