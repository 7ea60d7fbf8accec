"""What an operator may set for the whole installation, and the texts and numbers that a setting may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeAlias

DEFAULT_BIND = "127.0.0.1:8080"
FORM_ACCESS = ("off", "loopback", "everywhere")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOOPBACK_HOSTS = ("127.0.0.1", "localhost")
HTTP_METHODS = ("POST", "GET", "PUT")
PLACEHOLDERS = frozenset({"phone", "digits", "text", "language"})
"""What a gateway's templates may hold, written as ``$phone``."""

Network: TypeAlias = IPv4Network | IPv6Network


class Security(StrEnum):
    """How a connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


USUAL_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The mail server.

    Attributes:
        host: Its name or address.
        sender: The From address, with or without a name.
        port: Its port; ``None`` for the usual one of *security*.
        security: How the connection is protected.  Certificates are always verified.
        user: Login name; empty to send without a login.
        password: Password of *user*.
        ca_file: Certificates of the authorities to trust in place of the system's.
    """

    host: str
    sender: str
    port: int | None = None
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together.

        Raises:
            ValueError: a login is half given, or its password would travel in clear.
        """
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password go together")
        if self.password and self.security is Security.NONE:
            raise ValueError("a password needs security starttls or tls")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to."""
        return self.host, USUAL_PORTS[self.security] if self.port is None else self.port


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """An HTTP service that carries messages to phones.

    *url*, *body* and the headers' values are templates in the syntax of ``string.Template``.

    Attributes:
        url: Where requests go.
        method: The HTTP method.
        headers: Headers of the request.  Their ``Content-Type`` says how values are escaped in *body*.
        body: The request's body; empty for none.
        success_status: HTTP statuses that say that the message was taken.
        success_text: What the answer must hold as well; empty for any answer.
        ca_file: Certificates of the authorities to trust in place of the usual ones.
    """

    url: str = field(repr=False)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str = field(default="", repr=False)
    success_status: frozenset[int] = frozenset(range(200, 300))
    success_text: str = ""
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together.

        Raises:
            ValueError: there is a body, and the method has none or no header says what it is.
        """
        if self.body and self.method == "GET":
            raise ValueError("GET has no body")
        if self.body and not self.content_type:
            raise ValueError("a body needs the header Content-Type")

    @property
    def content_type(self) -> str:
        """Media type of the body in lower case, without parameters; empty if no header says it."""
        values = [value for name, value in self.headers.items() if name.lower() == "content-type"]
        return values[0].partition(";")[0].strip().lower() if values else ""


@dataclass(frozen=True, slots=True)
class PushSettings:
    """The push services of browsers' vendors.

    Attributes:
        contact: Whom they may turn to, a ``mailto:`` or ``https:`` URL; empty for the service's own address.
        services: Hosts that messages may be sent to; ``*.`` stands for every host below.
        ca_file: Certificates of the authorities to trust in place of the usual ones.
    """

    contact: str = ""
    services: tuple[str, ...] = (
        "fcm.googleapis.com",
        "*.push.services.mozilla.com",
        "web.push.apple.com",
        "*.notify.windows.com",
    )
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may set for the whole installation.

    Attributes:
        data_dir: Folder of the key ring, the audit lanes, and the SQLite database.
        database_url: SQLAlchemy URL; empty for SQLite in the data folder.
        public_url: What clients call us, e.g. ``https://mfa.example.org``; empty to take it from each request.
        trusted_proxies: Networks whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.
        administration_networks: Networks from which an API key may be registered without showing one.
        form_post: Who may use the HttpPost form protocol.
        form_get: Who may use the HttpGet form protocol.
        threads: Requests that one worker process serves at once.
        waiting_pushes: Calls of one worker process that wait for their users at once; they need no threads.
        log_level: The least severe messages that are logged.
        smtp: The mail server; ``None`` if no e-mail can be sent.
        sms: What carries text messages; ``None`` if none can be sent.
        voice: What reads messages out on the phone; ``None`` if nothing does.
        push: The push services of browsers' vendors.
        delivery_timeout_s: Time limit of one message, both tries together.
    """

    data_dir: Path = Path("data")
    database_url: str = field(default="", repr=False)
    public_url: str = ""
    trusted_proxies: tuple[Network, ...] = ()
    administration_networks: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1"))
    form_post: str = "loopback"
    form_get: str = "off"
    threads: int = 32
    waiting_pushes: int = 12_000
    log_level: str = "info"
    smtp: SmtpSettings | None = None
    sms: GatewaySettings | None = None
    voice: GatewaySettings | None = None
    push: PushSettings = field(default_factory=PushSettings)
    delivery_timeout_s: int = 10

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'validate_service.sqlite3'}"

    @property
    def push_contact(self) -> str:
        """Whom push services may turn to; empty if nobody is known, and so nothing can be sent."""
        return self.push.contact or (self.public_url if self.public_url.startswith("https:") else "")
