"""Web Push: messages to browsers on phones, through the push services of their vendors.

A message is encrypted for its phone (RFC 8291), so that the push service reads nothing.  The push service is told who
sends by a signed token (VAPID, RFC 8292), and for how long the message is worth anything (RFC 8030).  Endpoints come
from phones: they are posted to only if they are of a push service that the settings name.
"""

import base64
import re
import time
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from threading import Timer, local

import structlog
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from py_vapid import Vapid02
from requests import Response
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from validate_service.config import LOOPBACK_HOSTS, PushSettings
from validate_service.core.model import Subscription
from validate_service.core.ports import KeyRingSource, Sent
from validate_service.delivery.attempt import SendError, TimeLimit, try_twice
from validate_service.delivery.limited_http import LimitedSession, named
from validate_service.primitives.vapid import public_point, server_key

TOKEN_LIFE_S = 12 * 3600
"""How long a push service may believe a token: half of what RFC 8292 allows, for clocks that differ."""

MOST_READ = 4096
"""So many bytes of an answer are read, for the connection to be used again; they are not looked at."""

_ENDPOINT = re.compile(r"(https?)://([a-z0-9.-]+)(:[0-9]{1,5})?(/[!-\[\]-~]*)")
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

log = structlog.get_logger(__name__)


class _GoneError(Exception):
    """The push service does not know the phone any more."""


class _Line(local):
    """What each thread keeps between its messages.

    Attributes:
        session: Its connections to push services.
    """

    session: LimitedSession | None = None


class WebPush:
    """Implements the port ``PushService``."""

    def __init__(self, settings: PushSettings, *, contact: str, keys: KeyRingSource, timeout_s: float) -> None:
        """Prepare to send.

        Args:
            settings: Which push services there are.
            contact: Whom they may turn to, a ``mailto:`` or ``https:`` URL; empty to send nothing.
            keys: Where the key comes from by which they know this server.
            timeout_s: The time limit of one message, both tries together.
        """
        self._services = settings.services if contact else ()
        self._contact = contact
        self._keys = keys
        self._timeout_s = timeout_s
        self._verify = str(settings.ca_file) if settings.ca_file else True
        self._line = _Line()

    def public_key(self) -> bytes | None:
        """Return the point on P-256 that phones are to expect messages from; ``None`` if none are sent."""
        return public_point(self._key()) if self._services else None

    def takes(self, endpoint: str) -> bool:
        """Tell whether *endpoint* is of one of the push services that the settings name."""
        return _audience(endpoint, self._services) is not None

    def send(self, subscription: Subscription, message: bytes, *, life_s: int, topic: str) -> Sent:
        """Send *message* within the time limit, whatever the push service does."""
        audience = _audience(subscription.endpoint, self._services)
        if audience is None:
            return Sent.REFUSED
        headers = {
            **self._token(audience),
            "TTL": str(life_s),
            "Urgency": "high",
            "Topic": topic,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "User-Agent": "ValidateService",
            "Accept-Encoding": "identity",
        }
        body = _encrypted(subscription, message)
        limit = TimeLimit(self._timeout_s)
        session = self._session(limit)
        ending = Timer(self._timeout_s, limit.end)
        ending.daemon = True
        ending.start()
        try:
            try_twice(lambda: self._post(session, subscription.endpoint, headers, body), limit)
        except _GoneError:
            return Sent.GONE
        except SendError as error:
            log.warning("a message to a phone was not taken", error=str(error))
            return Sent.FAILED
        finally:
            ending.cancel()
        return Sent.TAKEN

    def _post(self, session: LimitedSession, endpoint: str, headers: dict[str, str], body: bytes) -> None:
        try:
            seconds = session.limit.remaining()
            with session.post(
                endpoint,
                data=body,
                headers=headers,
                timeout=(seconds / 2, seconds),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
            ) as answer:
                answer.raw.read(MOST_READ)
                # Whoever reads takes the end of the connection for the end of the answer.
                session.limit.remaining()
                _require_taken(answer)
        except (RequestException, HTTPError, TimeoutError) as error:
            raise named(error) from None

    def _session(self, limit: TimeLimit) -> LimitedSession:
        session = self._line.session
        if session is None:
            session = self._line.session = LimitedSession(limit)
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        session.limit = limit
        return session

    def _token(self, audience: str) -> dict[str, str]:
        # Its own check of the contact knows fewer hosts than there are; the settings have checked it.
        signer = Vapid02(self._key(), conf={"no-strict": True})
        claims = {"aud": audience, "exp": int(time.time()) + TOKEN_LIFE_S, "sub": self._contact}
        found: dict[str, str] = signer.sign(claims)
        return found

    def _key(self) -> EllipticCurvePrivateKey:
        return _server_key(self._keys.current().lookup_key)


_server_key = lru_cache(maxsize=1)(server_key)


def _audience(endpoint: str, services: Sequence[str]) -> str | None:
    """Return scheme, host and port of *endpoint*, or ``None`` if it is of none of *services*.

    Only a machine's own addresses may do without TLS and have ports of their own, and only if they are named.

    >>> _audience("https://a.push.example/x?y", ["*.push.example"])
    'https://a.push.example'
    >>> _audience("https://push.example.evil.test/", ["*.push.example", "push.example"]) is None
    True
    """
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None:
        return None
    scheme, host, port, _ = found.groups()
    if host not in LOOPBACK_HOSTS and (scheme != "https" or port):
        return None
    return f"{scheme}://{host}{port or ''}" if any(_is_of(host, service) for service in services) else None


def _is_of(host: str, service: str) -> bool:
    return host.endswith(service[1:]) if service.startswith("*.") else host == service


def _encrypted(subscription: Subscription, message: bytes) -> bytes:
    # Only where something is sent: it brings an asynchronous HTTP client along, 13 MiB in each process.
    from pywebpush import WebPusher  # noqa: PLC0415

    keys = {"p256dh": _text(subscription.message_key), "auth": _text(subscription.message_secret)}
    pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
    body: bytes = pusher.encode(message)["body"]
    return body


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _require_taken(answer: Response) -> None:
    status = answer.status_code
    if status in _GONE:
        raise _GoneError
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise SendError(f"refused with {status}", is_passing=status >= HTTPStatus.INTERNAL_SERVER_ERROR)
