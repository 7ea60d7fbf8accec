"""A gunicorn worker that no slow client and no slow person can occupy.

gunicorn's threaded worker reads a request in one of its threads, so a few clients that send a byte now and then hold
all of them.  This worker's main thread collects the bytes of every connection as they come, and hands a request to a
thread when it is whole.  A call that waits for somebody gives its thread back and is parked.  Uses gunicorn's own
classes beyond their documentation: its version is pinned.
"""

import errno
import gc
import re
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from select import POLLIN, poll
from selectors import EVENT_READ
from socket import SHUT_WR, SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET, socket
from threading import BoundedSemaphore
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from validate_service.server.parking import Deferred, Parkable, Parked, ParkingLot

MOST_HEAD_BYTES = 32_768
MOST_BODY_BYTES = 65_536
"""Of larger bodies only the beginning is collected: enough for the application to refuse them."""

MOST_CHUNKED_BYTES = 2 * MOST_BODY_BYTES
"""A body in chunks that is longer than this with its framing is refused here."""

REQUEST_TIMEOUT_S = 10
"""How long a client may take to send one request, and a thread waits for a client that does not take its answer."""

BRISK_S = 0.01
"""Who sends the next request so soon after an answer is likely to do so again: a proxy, or a batch."""

FULL_COLLECTION_EVERY = 1_000
"""So many of Python's smaller collections come before one that looks through everything."""

_RECEIVE_BYTES = 65_536
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
_LONGEST_NUMBER = 18
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}(?=[ \t;\r])")
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_DESCRIPTORS_OF_A_THREAD = 4
_MOST_DRAINED_BYTES = 1 << 20
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
        self._next_chunk = 0
        self._chunk_bytes = 0
        self._last_chunk_came = False

    def add(self, chunk: bytes) -> None:
        """Add what came; a head that is whole now says how much body to wait for."""
        self.data += chunk
        if not self._head_bytes:
            self._read_head()
        if self._chunked:
            self._read_chunks()

    def _read_head(self) -> None:
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.data[: end + 2])
        self.expects_continue = bool(_EXPECT.search(head))
        if self.expects_continue:
            # The worker says "100 Continue" itself; gunicorn must not say it again.
            head = _EXPECT.sub(b"", head)
            self.data[: end + 2] = head
        self._head_bytes = self._next_chunk = len(head) + 2
        if length := _CONTENT_LENGTH.search(head):
            digits = length.group(1)
            self._body_bytes = int(digits) if len(digits) <= _LONGEST_NUMBER else sys.maxsize
        self._chunked = bool(_CHUNKED.search(head))

    def _read_chunks(self) -> None:
        """Follow the chunks that came to the last one; what is no chunk ends the body too, for gunicorn refuses it."""
        while not self._last_chunk_came:
            line_end = self.data.find(b"\r\n", self._next_chunk)
            if line_end < 0:
                return
            size = _CHUNK_SIZE.match(self.data, self._next_chunk)
            length = int(size.group(), 16) if size else 0
            if length == 0:
                # Behind the last chunk there may be trailers, up to an empty line.
                self._last_chunk_came = size is None or self.data.find(b"\r\n\r\n", line_end) >= 0
                return
            behind = line_end + 2 + length + 2
            if len(self.data) < behind:
                self._body_bytes = self._chunk_bytes + min(length, len(self.data) - line_end - 2)
                return
            self._chunk_bytes += length
            self._body_bytes = self._chunk_bytes
            self._next_chunk = behind

    @property
    def head_is_too_long(self) -> bool:
        """Whether the head is longer than anything that is served."""
        return (self._head_bytes or len(self.data)) > MOST_HEAD_BYTES

    @property
    def framing_is_too_long(self) -> bool:
        """Whether so many bytes of chunks came without an end that they are not even collected."""
        return self._chunked and not self.is_whole and len(self.data) > self._head_bytes + MOST_CHUNKED_BYTES

    @property
    def is_oversize(self) -> bool:
        """Whether the body is, or says it is, longer than what is collected."""
        return self._body_bytes > MOST_BODY_BYTES

    @property
    def is_whole(self) -> bool:
        """Whether a thread can take the request without waiting for the client."""
        if not self._head_bytes:
            return False
        if self.is_oversize:
            return True
        if self._chunked:
            return self._last_chunk_came
        return len(self.data) >= self._head_bytes + self._body_bytes


def _received_within(client: socket, seconds: float) -> bytes:
    """Return what comes in so many seconds; nothing also if the client is gone, of which the next look tells."""
    watch = poll()
    watch.register(client, POLLIN)
    if not watch.poll(seconds * 1000):
        return b""
    try:
        return client.recv(_RECEIVE_BYTES)
    except OSError:
        return b""


def _spare_full_collections() -> None:
    """Let Python look rarely through all there is for garbage, and never at what is loaded.

    Every thread waits meanwhile, the longer the more calls are parked; calls leave hardly anything that it would find.
    """
    gc.collect()
    gc.freeze()
    often, seldom, _ = gc.get_threshold()
    gc.set_threshold(often, seldom, FULL_COLLECTION_EVERY)


class CollectingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, with whole requests only for its threads, and none that waits for a person."""

    request_timeout_s = REQUEST_TIMEOUT_S
    wsgi: Any

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Begin with an empty parking lot."""
        super().__init__(*arguments, **named)
        half = max(1, self.cfg.threads // 2)
        self.lot = ParkingLot(self, most_answering=half)
        self._may_wait = BoundedSemaphore(half)

    def load_wsgi(self) -> None:
        """Let the application know when this worker is about to end: told to, or after its number of requests."""
        self.app.stopping = lambda: not self.alive
        super().load_wsgi()
        self.wsgi = Parkable(self.wsgi)
        _spare_full_collections()

    def accept(self, listener: socket) -> None:
        """Take a new connection and begin to collect its first request."""
        try:
            client, address = listener.accept()
        except OSError as error:
            # The client is gone already, or there are no file descriptors left: then serve fewer connections.
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self.worker_connections = max(self.nr_conns - _DESCRIPTORS_OF_A_THREAD * self.cfg.threads, 1)
            return
        self.nr_conns += 1
        # A thread writes its answer, and may read, with a blocking socket: not for longer than this.
        for option in (SO_RCVTIMEO, SO_SNDTIMEO):
            client.setsockopt(SOL_SOCKET, option, struct.pack("@ll", self.request_timeout_s, 0))
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.is_brisk = False
        self._collect(conn)

    def on_client_socket_readable(self, conn: TConn, client: socket) -> None:
        """Begin to collect the next request of a connection that was kept alive."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        conn.is_brisk = time.monotonic() - conn.answered_at < BRISK_S
        self._collect(conn)

    def handle_request(self, req: Any, conn: TConn) -> Any:  # gunicorn's request
        """Answer; close after a body that was not collected, instead of waiting for the rest of it."""
        if conn.arrival.is_oversize:
            req.force_close()
        return super().handle_request(req, conn)

    def handle(self, conn: TConn) -> Any:
        """Answer a request in one of the threads; return whether the connection is kept, or the call that must wait."""
        try:
            keep = super().handle(conn)
            while keep and self._has_next(conn):
                keep = super().handle(conn)
        except Deferred as deferred:
            # A page that listens for hours must not use the worker up, whose end would tell all who wait no.
            self.nr -= 1
            if not self._keepalive_after(conn, keepalive=True):
                deferred.response.force_close()
            return self.lot.watch(conn, deferred)
        return keep

    def _has_next(self, conn: TConn) -> bool:
        """Wait a moment for the next request of a brisk client; tell whether it is there.

        It saves handing the connection to the main thread and back, which costs as much as some answers.  Nobody is
        kept waiting for that: no thread does it while requests are queued, and only half of the threads at once.
        """
        unreader = conn.parser.unreader
        if not conn.is_brisk or not self.alive or unreader.buf.getvalue() or not self._may_wait.acquire(blocking=False):
            return False
        try:
            if self.tpool._work_queue.qsize():  # noqa: SLF001  # the pool has no other way to tell
                return False
            chunk = _received_within(conn.sock, BRISK_S)
        finally:
            self._may_wait.release()
        arrival = Arrival()
        arrival.add(chunk)
        conn.arrival, conn.is_brisk = arrival, bool(chunk)
        is_here = arrival.is_whole and not arrival.head_is_too_long
        # What is not whole yet, the main thread collects.
        unreader.unread(bytes(arrival.data) if is_here else chunk)
        return is_here

    def finish_request(self, conn: TConn, fs: Any) -> None:  # gunicorn's future
        """Go on with a connection whose request was answered; what it sent ahead begins the next request."""
        if fs.cancelled() or fs.exception() is not None or not fs.result():
            self._linger(conn)
            return
        if isinstance(fs.result(), Parked):
            self.lot.park(fs.result())
            return
        ahead = conn.parser.unreader.take_buffered()
        if ahead and self.alive:
            conn.sock.setblocking(False)
            self._collect(conn, ahead)
        else:
            conn.answered_at = time.monotonic()
            super().finish_request(conn, fs)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do what there is to do, and wait for it no longer than until a parked call must be answered."""
        super().wait_for_and_dispatch_events(min(timeout, max(self.lot.seconds_left(), 0)))
        self.lot.answer_late()
        if not self.alive:
            self.lot.answer_all()

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

    def _linger(self, conn: TConn) -> None:
        """Wait in the poller for the client to close (RFC 9112 section 9.6); gunicorn would wait in the main thread."""
        try:
            conn.sock.shutdown(SHUT_WR)
        except OSError:
            self.drop(conn)
            return
        conn.sock.setblocking(False)
        conn.arrival = Arrival()
        conn.drained_bytes = 0
        self._wait_for(conn, self._drain)

    def _drain(self, conn: TConn, client: socket) -> None:
        try:
            chunk = client.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        conn.drained_bytes += len(chunk)
        if not chunk or conn.drained_bytes > _MOST_DRAINED_BYTES:
            self._leave_poller(conn)
            self.drop(conn)

    def _collect(self, conn: TConn, ahead: bytes = b"") -> None:
        conn.arrival = Arrival()
        self._wait_for(conn, self._receive)
        if ahead:
            self._take(conn, ahead)

    def _wait_for(self, conn: TConn, receive: Callable[[TConn, socket], None]) -> None:
        conn.timeout = time.monotonic() + self.request_timeout_s
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(receive, conn))

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
            self.drop(conn)

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
        elif arrival.framing_is_too_long:
            self._leave_poller(conn)
            self._refuse(conn, b"413 Content Too Large")
        elif arrival.expects_continue:
            arrival.expects_continue = False
            with suppress(OSError):  # of a client that is gone the next read tells
                conn.sock.send(_CONTINUE)

    def _leave_poller(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)

    def _refuse(self, conn: TConn, status: bytes) -> None:
        if status:
            with suppress(OSError):  # the client is gone: there is nobody to tell
                conn.sock.send(_REFUSAL % status)
        self.drop(conn)

    def drop(self, conn: TConn) -> None:
        """Close a connection that waits for nothing any more."""
        self.nr_conns -= 1
        conn.close()
