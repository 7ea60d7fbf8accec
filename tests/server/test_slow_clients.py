"""Clients that are slow on purpose: they are closed in time, and nobody else waits for them."""

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest

from tests.product import Product, create_product, free_port
from tests.server.service import Service, served
from tests.server.short_fuse import REQUEST_TIMEOUT_S

HEAD = b"POST /ValidateService.asmx HTTP/1.1\r\nHost: mfa.example\r\nContent-Type: text/xml\r\n"
DRIP_S = 0.25


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that waits for slow clients only briefly."""
    product = create_product(tmp_path_factory.mktemp("hasty"))
    product.installation.database.close()
    port = free_port()
    variables = os.environ | {"VALIDATE_SERVICE_DATA_DIR": str(product.settings.data_dir)}
    command = [sys.executable, "-m", "tests.server.short_fuse", f"127.0.0.1:{port}"]
    with (product.settings.data_dir / "server.log").open("ab") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    service = Service(product, f"http://127.0.0.1:{port}", process.pid)
    try:
        deadline = time.monotonic() + 30
        while not _listens(port):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        service.owner("quick", "QUICK")
        yield service
    finally:
        for caller in service.callers:
            caller.close()
        process.terminate()
        process.wait(timeout=60)
        product.installation.database.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


@contextmanager
def crowd(service: Service, size: int, beginning: bytes, drop: bytes) -> Iterator[list[socket.socket]]:
    """Open so many connections that send *beginning*, and then *drop* again and again."""
    over = Event()
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", service.port))) for _ in range(size)]
        for client in clients:
            client.settimeout(4 * REQUEST_TIMEOUT_S)
            client.sendall(beginning)

        def drip() -> None:
            while not over.wait(DRIP_S):
                for client in clients:
                    try:
                        client.sendall(drop)
                    except OSError:
                        continue

        thread = Thread(target=drip)
        thread.start()
        try:
            yield clients
        finally:
            over.set()
            thread.join()


def assert_others_are_served(service: Service, calls: int = 30) -> None:
    replies = [service.caller().otp("quick", service.product.next_code("QUICK")) for _ in range(calls)]
    assert [reply.is_true for reply in replies] == [True] * calls


def ending(client: socket.socket) -> bytes:
    """Return what the server sends before it closes the connection."""
    data = b""
    try:
        while more := client.recv(4096):
            data += more
    except ConnectionResetError:
        pass
    return data


@pytest.mark.parametrize(
    ("size", "beginning", "drop", "answer"),
    [
        (200, b"", b"", b""),
        (200, HEAD, b"X: y\r\n", b"HTTP/1.1 408 "),
        (100, HEAD + b"Content-Length: 60000\r\n\r\n", b"<", b"HTTP/1.1 408 "),
        (100, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n<\r\n", b"HTTP/1.1 408 "),
        (100, HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n\r\n0\r\n\r\n", b"<", b"HTTP/1.1 408 "),
        (100, HEAD + b"Expect: 100-continue\r\nContent-Length: 60000\r\n\r\n", b"<", b"HTTP/1.1 100 "),
    ],
    ids=["silent", "heads", "bodies", "chunks", "chunks that look ended", "expecting"],
)
def test_slow_senders_are_closed_and_others_served(
    hasty: Service, size: int, beginning: bytes, drop: bytes, answer: bytes
) -> None:
    """Many more slow connections than threads; normal calls go on; the slow ones end after the time-out."""
    with crowd(hasty, size, beginning, drop) as clients:
        assert_others_are_served(hasty)
        endings = [ending(client) for client in clients]
    assert [end[: len(answer)] for end in endings] == [answer] * size
    assert_others_are_served(hasty, 3)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
        b"no http\r\n\r\n",
        HEAD + b"Content-Length: 10000000\r\n\r\n",
    ],
    ids=["asked to close", "HTTP/1.0", "not HTTP", "oversize"],
)
def test_clients_that_keep_a_closed_connection_open_hold_nobody_up(hasty: Service, request_bytes: bytes) -> None:
    """After its last answer a connection waits for the client to close, but nobody waits with it."""
    with crowd(hasty, 100, request_bytes, b"") as clients:
        assert_others_are_served(hasty)
        endings = [ending(client) for client in clients]
    assert [end[:7] for end in endings] == [b"HTTP/1."] * 100
    assert {b"connection: close" in end.lower() for end in endings} == {True}


def test_clients_that_do_not_take_their_answers_are_left(hasty: Service) -> None:
    """More of them than threads, each asking for documents that it does not read: others are served soon."""
    request = b"GET /ValidateService.asmx?wsdl HTTP/1.1\r\nHost: mfa.example\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(80):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", hasty.port))
            client.setblocking(False)
            client.send(request * 20)
        time.sleep(1)
        assert_others_are_served(hasty, 5)


def test_more_connections_than_file_descriptors_stop_nobody(own_product: Product) -> None:
    """The workers live on, and serve again when the crowd is gone."""
    with served(own_product, workers=2) as service:
        workers = service.workers
        for pid in workers:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (256, 256))
        with ExitStack() as stack:
            for _ in range(700):
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", service.port))
            time.sleep(2)
            assert service.workers == workers
        assert service.caller().send("GET", "/readyz").status == 200
        assert service.workers == workers
