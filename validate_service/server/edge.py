"""The edge of the application: every request gets an id and its true address, every answer the id."""

import itertools
import os
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, TypeAlias

import structlog

from validate_service.facades.http.requests import ADDRESS, RELAYED, REQUEST_ID, has_forwarding_headers, is_loopback

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network: TypeAlias = IPv4Network | IPv6Network

log = structlog.get_logger(__name__)


class Edge:
    """WSGI middleware around everything."""

    def __init__(self, application: "WSGIApplication", trusted_proxies: Sequence[Network]) -> None:
        """Believe the forwarding headers of *trusted_proxies* only."""
        self._application = application
        self._trusted = tuple(trusted_proxies)
        # Unique, not secret: a random number for each process, and a counter.
        self._prefix = os.urandom(12).hex()
        self._numbers = itertools.count()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request; a defect is answered 500, with the id that finds it in the log."""
        request_id = environ[REQUEST_ID] = f"{self._prefix}{next(self._numbers):08x}"
        environ[ADDRESS] = peer = environ.get("REMOTE_ADDR", "")
        if self._trusted and self._is_trusted(peer):
            self._believe_proxy(environ)
        else:
            environ[RELAYED] = has_forwarding_headers(environ)

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
            headers.append(("X-Request-Id", request_id))
            return start_response(status, headers, exc_info)  # type: ignore[arg-type]

        try:
            return self._application(environ, start)  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001  # the last line: whatever failed, the client gets an answer
            # A traceback would show what the caller sent.
            log.error("request failed", request_id=request_id, error=type(error).__name__, at=_place(error))  # noqa: TRY400
            start("500 Internal Server Error", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]

    def _believe_proxy(self, environ: "WSGIEnvironment") -> None:
        """Take address, scheme and host from the nearest proxies, as far as they are trusted."""
        hops = [environ[ADDRESS]]
        hops += [hop.strip() for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")) if hop.strip()]
        address = environ[ADDRESS] = next((hop for hop in hops if not self._is_trusted(hop)), hops[-1])
        # A loopback address that a header names is one of the proxy's machine, not of ours.
        environ[RELAYED] = self._is_trusted(address) or is_loopback(address)
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        if host := environ.get("HTTP_X_FORWARDED_HOST", "").strip():
            environ["HTTP_HOST"] = host

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in self._trusted)


def _place(error: BaseException) -> str:
    """Return where *error* was raised: file and line, never its text, which may hold what a caller sent."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
