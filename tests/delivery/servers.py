"""Mail servers and HTTP gateways that keep what arrives, and servers that behave badly."""

import datetime as dt
import email.policy
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from validate_service.config import GatewaySettings, Security, SmtpSettings

HOST = "127.0.0.1"
SENDER = "MFA <mfa@example.org>"


@dataclass(frozen=True)
class Certificate:
    """A certificate for this machine that only its own file vouches for."""

    file: Path
    key_file: Path

    def server_context(self) -> ssl.SSLContext:
        """Return what a server needs to show it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key_file)
        return context


def make_certificate(folder: Path, *, address: str = HOST) -> Certificate:
    """Write a new certificate for *address* into *folder*."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign"), False
    )
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, encipher_only=False, decipher_only=False, **usage
            ),
            critical=True,
        )
    )
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    made.file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    made.key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@dataclass(frozen=True)
class Mail:
    """One e-mail as it arrived: its envelope, and the message."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    was_encrypted: bool
    user: str


@dataclass
class MailBox:
    """A running mail server.

    Attributes:
        settings: How to reach it.
        arrived: What it took, oldest first.
        answers: What it says to the next messages, such as ``450 later``; when they are used up it takes everything.
        tries: How many messages were offered.
        logins: How many logins were tried.
    """

    settings: SmtpSettings
    answers: list[str]
    arrived: list[Mail] = field(default_factory=list)
    tries: int = 0
    logins: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or give the next answer."""
        self.tries += 1
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message."""
        content = envelope.content
        parser = BytesParser(EmailMessage, policy=email.policy.default)
        message = parser.parsebytes(content if isinstance(content, bytes) else str(content).encode())
        login = session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else ""
        encrypted = bool(server.transport and server.transport.get_extra_info("ssl_object"))
        self.arrived.append(Mail(envelope.mail_from or "", envelope.rcpt_tos, message, encrypted, login))
        return "250 taken"


@contextmanager
def mail_server(
    *,
    answers: Sequence[str] = (),
    security: Security = Security.NONE,
    certificate: Certificate | None = None,
    user: str = "",
    password: str = "",
) -> Iterator[MailBox]:
    """Run a mail server.

    Args:
        answers: What it says to the first messages; it takes all others.
        security: How it protects connections.
        certificate: What it shows; needed unless *security* is ``NONE``.
        user: Who must log in, after STARTTLS; empty if nobody needs to.
        password: With which password.
    """

    def authenticate(*said: Any) -> AuthResult:
        box.logins += 1
        good = said[-1] == LoginPassword(user.encode(), password.encode())
        return AuthResult(success=good, handled=False, auth_data=said[-1])

    context = certificate.server_context() if certificate else None
    is_tls, is_starttls = security is Security.TLS, security is Security.STARTTLS
    settings = SmtpSettings(
        HOST, SENDER, None, security, user, password, ca_file=certificate.file if certificate else None
    )
    box = MailBox(settings, list(answers))
    controller = Controller(
        box,
        hostname=HOST,
        port=free_port(),
        server_hostname="mail.test",
        ssl_context=context if is_tls else None,
        tls_context=context if is_starttls else None,
        require_starttls=is_starttls,
        auth_required=bool(user),
        auth_exclude_mechanism=["LOGIN"],
        authenticator=authenticate,
    )
    box.settings = replace(settings, port=controller.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Answer:
    """What a gateway says."""

    status: int = 200
    body: bytes = b"OK"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Gateway:
    """A running HTTP gateway.

    Attributes:
        url: Where it listens.
        arrived: Every request, oldest first.
        answers: What it says to the next requests; when they are used up it takes everything.
        ca_file: What vouches for its certificate; ``None`` if it speaks plain HTTP.
    """

    url: str
    answers: list[Answer]
    ca_file: Path | None = None
    arrived: list[Request] = field(default_factory=list)

    def settings(self, path: str = "/send", **chosen: Any) -> GatewaySettings:
        """Return how to reach it."""
        return GatewaySettings(url=self.url + path, ca_file=self.ca_file, **chosen)


@contextmanager
def http_gateway(*, answers: Sequence[Answer] = (), certificate: Certificate | None = None) -> Iterator[Gateway]:
    """Run an HTTP gateway.

    Args:
        answers: What it says to the first requests; to all others it says OK.
        certificate: What it shows; none for plain HTTP.
    """

    class Handler(BaseHTTPRequestHandler):
        def record(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            gateway.arrived.append(Request(self.command, self.path, headers, body))
            answer = gateway.answers.pop(0) if gateway.answers else Answer()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(answer.body)

        do_GET = do_PUT = do_POST = record  # noqa: N815 - the base class's names

        def log_message(self, *said: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *about: Any) -> None:
            """Say nothing: clients that distrust the certificate hang up."""

    with Server((HOST, 0), Handler) as server:
        if certificate:
            server.socket = certificate.server_context().wrap_socket(server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        gateway = Gateway(
            f"{scheme}://{HOST}:{server.server_port}", list(answers), certificate.file if certificate else None
        )
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield gateway
        finally:
            server.shutdown()
            thread.join()


Behaviour = Callable[[socket.socket, Event], None]
"""What a bad server does with a connection, until the event says that it is over."""


def says(first: bytes) -> Behaviour:
    """Say *first*, and then nothing."""

    def behave(connection: socket.socket, over: Event) -> None:
        connection.sendall(first)
        over.wait()

    return behave


def drips(first: bytes) -> Behaviour:
    """Say *first*, and then one letter after the other, without an end."""

    def behave(connection: socket.socket, over: Event) -> None:
        with suppress(OSError):
            connection.sendall(first)
            while not over.wait(0.02):
                connection.sendall(b"x")

    return behave


def drips_after_starttls(certificate: Certificate) -> Behaviour:
    """Be a mail server until the connection is encrypted, and then drip."""

    def behave(connection: socket.socket, over: Event) -> None:
        for line in (b"220 mail.test\r\n", b"250-mail.test\r\n250 STARTTLS\r\n"):
            connection.sendall(line)
            connection.recv(1024)
        connection.sendall(b"220 go\r\n")
        with suppress(OSError), certificate.server_context().wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(1024)
            drips(b"")(encrypted, over)

    return behave


def hangs_up(connection: socket.socket, over: Event) -> None:
    """Accept, and close."""


@contextmanager
def bad_server(behaviour: Behaviour) -> Iterator[int]:
    """Run a server that treats each connection with *behaviour*; give its port."""
    over = Event()
    threads = []

    def serve(connection: socket.socket) -> None:
        with connection:
            behaviour(connection, over)

    def accept() -> None:
        with suppress(OSError):
            while not over.is_set():
                threads.append(Thread(target=serve, args=listener.accept()[:1]))
                threads[-1].start()

    with socket.create_server((HOST, 0)) as listener:
        accepting = Thread(target=accept)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
