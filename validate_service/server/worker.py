"""A gunicorn worker that no slow client can occupy.

gunicorn's threaded worker reads a request in one of its threads, so a few clients that send a byte now and then hold
all of them.  This worker's main thread collects the bytes of every connection as they come, and hands a request to a
thread when it is whole.  Uses gunicorn's own classes beyond their documentation: its version is pinned.
"""

import re
import time
from functools import partial
from socket import socket
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

MOST_HEAD_BYTES = 32_768
MOST_BODY_BYTES = 65_536
"""Of larger bodies only the beginning is collected: enough for the application to refuse them."""

REQUEST_TIMEOUT_S = 10
"""How long a client may take to send one request."""

_RECEIVE_BYTES = 65_536
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_REFUSAL = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Arrival:
    """The bytes of one request, as far as they have come."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.data = bytearray()
        self.expects_continue = False
        self._head_bytes = 0
        self._body_bytes = 0
        self._chunked = False

    def add(self, chunk: bytes) -> None:
        """Add what came; a head that is whole now says how much body to wait for."""
        self.data += chunk
        if self._head_bytes:
            return
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.data[: end + 2])
        self.expects_continue = bool(_EXPECT.search(head))
        if self.expects_continue:
            # The worker says "100 Continue" itself; gunicorn must not say it again.
            head = _EXPECT.sub(b"", head)
            self.data[: end + 2] = head
        self._head_bytes = len(head) + 2
        length = _CONTENT_LENGTH.search(head)
        self._body_bytes = int(length.group(1)) if length else 0
        self._chunked = bool(_CHUNKED.search(head))

    @property
    def head_is_too_long(self) -> bool:
        """Whether the head is longer than anything that is served."""
        return not self._head_bytes and len(self.data) > MOST_HEAD_BYTES

    @property
    def is_oversize(self) -> bool:
        """Whether the body is, or says it is, longer than what is collected."""
        return max(self._body_bytes, len(self.data) - self._head_bytes) > MOST_BODY_BYTES

    @property
    def is_whole(self) -> bool:
        """Whether a thread can take the request without waiting for the client."""
        if not self._head_bytes:
            return False
        if self.is_oversize:
            return True
        if self._chunked:
            return self.data.endswith((b"\r\n0\r\n\r\n", b"\r\n\r\n0\r\n\r\n"))
        return len(self.data) >= self._head_bytes + self._body_bytes


class CollectingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, with whole requests only for its threads."""

    def accept(self, listener: socket) -> None:
        """Take a new connection and begin to collect its first request."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self._collect(TConn(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: TConn, client: socket) -> None:
        """Begin to collect the next request of a connection that was kept alive."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._collect(conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:  # gunicorn's future
        """Go on with a connection whose request was answered; what it sent ahead begins the next request."""
        ahead = conn.parser.unreader.take_buffered() if conn.parser is not None else b""
        if ahead and self.alive and not fs.cancelled() and fs.exception() is None and fs.result():
            conn.sock.setblocking(False)
            self._collect(conn, ahead)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Refuse the requests that did not become whole in time."""
        now = time.monotonic()
        while self.pending_conns and self.pending_conns[0].timeout <= now:
            conn = self.pending_conns[0]
            self._leave_poller(conn)
            self._refuse(conn, b"408 Request Timeout" if conn.arrival.data else b"")

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002
        """Answer a request that gunicorn cannot parse; log the kind of error only, for its text quotes the request."""
        self.log.warning("refused a request that is not HTTP: %s", type(exc).__name__)
        client.sendall(_REFUSAL % b"400 Bad Request")

    def _keepalive_after(self, conn: TConn, keepalive: object) -> bool:
        """Close after a body that was not collected, instead of waiting for the rest of it."""
        return not conn.arrival.is_oversize and bool(super()._keepalive_after(conn, keepalive))

    def _collect(self, conn: TConn, ahead: bytes = b"") -> None:
        conn.arrival = Arrival()
        conn.timeout = time.monotonic() + REQUEST_TIMEOUT_S
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, 1, partial(self._receive, conn))
        if ahead:
            self._take(conn, ahead)

    def _receive(self, conn: TConn, client: socket) -> None:
        try:
            chunk = client.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if chunk:
            self._take(conn, chunk)
        else:
            self._leave_poller(conn)
            self._refuse(conn, b"")

    def _take(self, conn: TConn, chunk: bytes) -> None:
        arrival = conn.arrival
        arrival.add(chunk)
        if arrival.head_is_too_long:
            self._leave_poller(conn)
            self._refuse(conn, b"431 Request Header Fields Too Large")
        elif arrival.is_whole:
            self._leave_poller(conn)
            conn.init()
            conn.parser.unreader.unread(bytes(arrival.data))
            self.enqueue_req(conn)
        elif arrival.expects_continue:
            arrival.expects_continue = False
            conn.sock.send(_CONTINUE)

    def _leave_poller(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)

    def _refuse(self, conn: TConn, status: bytes) -> None:
        if status:
            try:
                conn.sock.send(_REFUSAL % status)
            except OSError:
                # The client is gone: there is nobody to tell.
                status = b""
        self.nr_conns -= 1
        conn.close()
