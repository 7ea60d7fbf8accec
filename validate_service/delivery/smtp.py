"""The mail server: each message has a connection of its own."""

import io
import smtplib
import socket
import ssl
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

import segno

from validate_service.config import Security, SmtpSettings
from validate_service.core.messages import Message
from validate_service.delivery.attempt import SendError, TimeLimit

# Seven bits pass everywhere, also through the gateway of a phone's carrier.
_POLICY = SMTP.clone(cte_type="7bit")


class MailServer:
    """Hands e-mails to the mail server of the settings."""

    def __init__(self, settings: SmtpSettings) -> None:
        """Read the certificates of the authorities.

        Raises:
            OSError: their file cannot be read.
        """
        self._settings = settings
        self._sender: Address = _POLICY.header_factory("From", settings.sender).addresses[0]
        self._tls = ssl.create_default_context(cafile=settings.ca_file)

    def send(self, message: Message, limit: TimeLimit) -> None:
        """Try once to hand *message* over.

        Raises:
            SendError: it was not taken.
        """
        recipient = _address(message.recipient)
        mail = self._mail(message, recipient)
        try:
            with closing(self._connected(limit)) as connection:
                connection.send_message(mail, self._sender.addr_spec, [recipient.addr_spec])
                # The message is taken: whatever becomes of the farewell, it must not be sent again.
                with suppress(OSError):
                    connection.putcmd("QUIT")
        except OSError as error:
            raise _named(error) from None

    def _connected(self, limit: TimeLimit) -> smtplib.SMTP:
        # The usual EHLO name is looked up in DNS, which may take longer than a message has.
        connection = _LimitedSmtp(self._settings, self._tls, limit, own_name=self._sender.domain)
        try:
            if self._settings.security is Security.STARTTLS:
                connection.protect()
            if self._settings.user:
                connection.login(self._settings.user, self._settings.password)
        except OSError:
            connection.close()
            raise
        return connection

    def _mail(self, message: Message, recipient: Address) -> EmailMessage:
        mail = EmailMessage(_POLICY)
        mail["From"] = self._sender
        mail["To"] = recipient
        mail["Date"] = datetime.now(UTC)
        mail["Message-ID"] = make_msgid(domain=self._sender.domain)
        mail["Auto-Submitted"] = "auto-generated"
        if message.subject:
            mail["Subject"] = " ".join(message.subject.split())
        mail.set_content(message.body)
        mail["Content-Language"] = message.language
        if message.link:
            mail.add_attachment(_qr_code(message.link), "image", "png", disposition="inline", filename="qr.png")
        return mail


class _LimitedSmtp(smtplib.SMTP):
    """A connection that ends with the time limit."""

    def __init__(self, settings: SmtpSettings, tls: ssl.SSLContext, limit: TimeLimit, *, own_name: str) -> None:
        self._tls = _LimitedTls(tls, limit)
        self._limit = limit
        self._is_tls_first = settings.security is Security.TLS
        super().__init__(*settings.address, local_hostname=own_name, timeout=limit.remaining())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # what smtplib connects with
        # Half of the time for one address of the host: the next one may answer.
        connection = socket.create_connection((host, port), timeout / 2)
        connection.settimeout(timeout)
        self._limit.hold(connection)
        return self._tls.wrap_socket(connection, server_hostname=host) if self._is_tls_first else connection

    def protect(self) -> None:
        """Go on encrypted, or raise."""
        self.starttls(context=self._tls)  # type: ignore[call-overload]


class _LimitedTls:
    """As much of a TLS context as smtplib wants; what it protects ends with the time limit.

    The connection must not end while it changes hands: Python's own would leave the new object open (the handshake may
    last, and may be ended).
    """

    def __init__(self, tls: ssl.SSLContext, limit: TimeLimit) -> None:
        self._tls = tls
        self._limit = limit

    def wrap_socket(self, connection: socket.socket, *, server_hostname: str) -> ssl.SSLSocket:
        """Return the encrypted connection, or close it and raise."""
        try:
            protected = self._limit.replace(
                lambda: self._tls.wrap_socket(
                    connection, server_hostname=server_hostname, do_handshake_on_connect=False
                )
            )
        except OSError:
            connection.close()
            raise
        try:
            protected.do_handshake()
        except (OSError, ValueError):
            protected.close()
            raise
        return protected


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        raise SendError("the recipient is no e-mail address", is_passing=False) from None


def _qr_code(link: str) -> bytes:
    picture = io.BytesIO()
    segno.make_qr(link).save(picture, kind="png", scale=6)
    return picture.getvalue()


def _named(error: OSError) -> SendError:
    """Return what says how *error* came about, without the server's text, which may quote the recipient."""
    match error:
        case smtplib.SMTPServerDisconnected():
            return SendError("the connection was lost", is_passing=True)
        case smtplib.SMTPException():
            return _refusal(error)
        case ssl.SSLError():
            return SendError("no trustworthy TLS connection", is_passing=False)
        case TimeoutError():
            return SendError("no answer in time", is_passing=True)
        case _:
            return SendError("no connection", is_passing=True)


def _refusal(error: smtplib.SMTPException) -> SendError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        (code, _), *_ = error.recipients.values()
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    else:
        return SendError("the server does not offer what is needed", is_passing=False)
    what = "login refused" if isinstance(error, smtplib.SMTPAuthenticationError) else "refused"
    return SendError(f"{what} with {code}", is_passing=400 <= code < 500)
