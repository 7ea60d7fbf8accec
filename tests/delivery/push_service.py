"""A push service of browsers: it checks who sends, and reads each message as its phone would.

It is written from the RFCs, not with the library that the product sends with.
"""

import base64
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.delivery.servers import HOST, Certificate
from validate_service.config import PushSettings
from validate_service.core.model import Subscription

DAY_S = 86_400
HANG = 0
"""In place of a status: take the message and say nothing."""

Point = ec.EllipticCurvePublicKey


def base64url(data: bytes) -> str:
    """Return *data* as browsers and tokens write it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return what *text* stands for."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass(frozen=True)
class Browser:
    """One browser's subscription, with what only the browser knows.

    Attributes:
        endpoint: Where its messages are posted to.
        server_key: Whose messages it expects: a point on P-256.
        key: Its own key.
        secret: What it shares with the server.
    """

    endpoint: str
    server_key: bytes
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"sixteen secrets!"

    @property
    def subscription(self) -> Subscription:
        """What the server keeps of it."""
        return Subscription(self.endpoint, _point(self.key), self.secret)

    def to_json(self) -> dict[str, Any]:
        """Return what ``PushSubscription.toJSON`` does."""
        keys = {"p256dh": base64url(_point(self.key)), "auth": base64url(self.secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> bytes:
        """Return the message in *body* (RFC 8291 section 3, RFC 8188 section 2)."""
        salt, key_length = body[:16], body[20]
        sender, encrypted = body[21 : 21 + key_length], body[21 + key_length :]
        shared = self.key.exchange(ec.ECDH(), Point.from_encoded_point(ec.SECP256R1(), sender))
        info = b"WebPush: info\0" + _point(self.key) + sender
        secret = HKDF(SHA256(), 32, self.secret, info).derive(shared)
        content_key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        message, _, padding = AESGCM(content_key).decrypt(nonce, encrypted, None).rpartition(b"\2")
        assert not padding.strip(b"\0")
        return message


@dataclass(frozen=True)
class Pushed:
    """A message as it arrived, decrypted; the names of its headers are in lower case."""

    browser: Browser
    message: bytes
    headers: dict[str, str]
    claims: dict[str, Any]

    @property
    def notification(self) -> dict[str, Any]:
        """What it says."""
        content: dict[str, Any] = json.loads(self.message)
        return content


@dataclass
class PushServer:
    """A running push service.

    Attributes:
        url: Where it listens.
        settings: How the product finds it.
        answers: The statuses that it answers the next messages with, ``HANG`` among them; else it takes them.
        arrived: What it took, or said a status of its own to; oldest first.
        refused: Why it refused a message, where it was not told to.
        connections: How many were opened.
        requests: How many messages were posted.
    """

    url: str
    settings: PushSettings
    answers: list[int]
    arrived: list[Pushed] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    connections: int = 0
    requests: int = 0
    _browsers: dict[str, Browser] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def subscribe(self, server_key: bytes) -> Browser:
        """Return a new browser's subscription for messages of the server with this key."""
        path = f"/push/{len(self._browsers)}-{time.monotonic_ns()}"
        browser = self._browsers[path] = Browser(self.url + path, server_key)
        return browser

    def forget(self, browser: Browser) -> None:
        """Be the push service of a browser that unsubscribed: from now on it is gone."""
        del self._browsers[browser.endpoint.removeprefix(self.url)]

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Return the status that a message is answered with."""
        with self._lock:
            self.requests += 1
            status = self.answers.pop(0) if self.answers else 201
        browser = self._browsers.get(path)
        if browser is None:
            return 410
        try:
            claims = _claims(headers.get("authorization", ""), browser.server_key, self.url)
            _require_headers(headers)
            pushed = Pushed(browser, browser.read(body), headers, claims)
        except (AssertionError, InvalidSignature, InvalidTag, ValueError) as error:
            self.refused.append(f"{type(error).__name__}: {error}")
            return 403
        if 200 <= status < 300:
            self.arrived.append(pushed)
        return status

    def wait_for(self, count: int, *, seconds: float = 20) -> list[Pushed]:
        """Return the messages once there are so many."""
        deadline = time.monotonic() + seconds
        while len(self.arrived) < count:
            assert time.monotonic() < deadline, f"{len(self.arrived)} of {count} messages; {self.refused}"
            time.sleep(0.01)
        return self.arrived


def _claims(authorization: str, expected_key: bytes, audience: str) -> dict[str, Any]:
    """Return who sends, if that is who the browser expects (RFC 8292)."""
    scheme, _, parameters = authorization.partition(" ")
    assert scheme.lower() == "vapid", "no VAPID"
    given = dict(part.strip().split("=", 1) for part in parameters.split(","))
    key = from_base64url(given["k"])
    assert key == expected_key, "another server's key"
    signed, _, signature = given["t"].rpartition(".")
    raw = from_base64url(signature)
    numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    verifier = Point.from_encoded_point(ec.SECP256R1(), key)
    verifier.verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(SHA256()))
    header, claims = (json.loads(from_base64url(part)) for part in signed.split("."))
    assert header == {"typ": "JWT", "alg": "ES256"}, "another algorithm"
    assert claims["aud"] == audience, "for another push service"
    assert time.time() < claims["exp"] <= time.time() + DAY_S, "expired, or good for too long"
    assert claims["sub"].startswith(("mailto:", "https://")), "nobody to turn to"
    found: dict[str, Any] = claims
    return found


def _require_headers(headers: dict[str, str]) -> None:
    """Require what every push service does (RFC 8030)."""
    assert headers["content-encoding"] == "aes128gcm"
    assert int(headers["ttl"]) >= 0
    assert headers.get("urgency", "normal") in {"very-low", "low", "normal", "high"}
    topic = headers.get("topic", "")
    assert len(topic) <= 32, "the topic is too long"
    assert all(character.isalnum() or character in "-_" for character in topic), "the topic is not URL-safe"


@contextmanager
def push_service(
    *, answers: Sequence[int] = (), certificate: Certificate | None = None, contact: str = "mailto:mfa@example.org"
) -> Iterator[PushServer]:
    """Run a push service.

    Args:
        answers: The statuses that it answers the first messages with.
        certificate: What it shows; none for plain HTTP.
        contact: Whom the settings name for push services to turn to.
    """
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = server.take(self.path, headers, body)
            if status == HANG:
                over.wait()
                return
            self.send_response(status)
            self.send_header("Location", f"{server.url}/elsewhere")
            said = b"" if status == 201 else b"x" * 20_000
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(said)

        def log_message(self, *said: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *about: Any) -> None:
            """Say nothing: clients hang up."""

    with Server((HOST, 0), Handler) as listener:
        if certificate:
            listener.socket = certificate.server_context().wrap_socket(listener.socket, server_side=True)
        ca_file: Path | None = certificate.file if certificate else None
        scheme = "https" if certificate else "http"
        server = PushServer(
            f"{scheme}://{HOST}:{listener.server_port}", PushSettings(contact, (HOST,), ca_file), list(answers)
        )
        thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            over.set()
            listener.shutdown()
            thread.join()
