"""The servers that are measured, each under the same gunicorn settings."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.postgresql import PostgresServer
from tests.product import Product, free_port

WORKERS, CONNECTIONS = 2, 8
START_TIMEOUT_S = 60


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: Where it listens.
        pid: Its process; what its children use is counted as its own.
        others: More processes that serve with it: a proxy, a second node.
        database_pid: The process of a database server that works for it and for nobody else meanwhile.
    """

    port: int
    pid: int
    others: tuple[int, ...] = ()
    database_pid: int | None = None


@contextmanager
def constant_server() -> Iterator[Server]:
    """Run the constant application."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.constant", f"127.0.0.1:{port}", str(WORKERS)]
    with running(command, port) as server:
        yield server


@contextmanager
def product_server(product: Product, database: PostgresServer | None = None) -> Iterator[Server]:
    """Run ``validate-service serve`` on *product*, whose database is on *database*, or on SQLite."""
    product.installation.database.close()
    port = free_port()
    command = [sys.executable, "-m", "validate_service", "serve", "--bind", f"127.0.0.1:{port}"]
    settings = product.settings
    variables = {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url, "LOG_LEVEL": "warning"}
    named = {f"VALIDATE_SERVICE_{name}": value for name, value in variables.items() if value}
    with running([*command, "--workers", str(WORKERS)], port, named, database) as server:
        yield server


@contextmanager
def running(
    command: list[str],
    port: int,
    environment: dict[str, str] | None = None,
    database: PostgresServer | None = None,
    said: str = "",
) -> Iterator[Server]:
    """Run *command*, which listens on *port* of 127.0.0.1, until the end of the block.

    Args:
        command: A program and its arguments.
        port: Where it listens.
        environment: Variables besides those of this process.
        database: The database server that works for it.
        said: What it reads from its standard input.
    """
    process = subprocess.Popen(command, env=os.environ | (environment or {}), stdin=subprocess.PIPE, text=True)
    try:
        _say(process, said)
        _wait_for(port, process)
        yield Server(port, process.pid, database_pid=None if database is None else database.postmaster)
    finally:
        process.terminate()
        process.wait(timeout=START_TIMEOUT_S)


def _say(process: subprocess.Popen[str], said: str) -> None:
    if process.stdin is not None:
        process.stdin.write(said)
        process.stdin.close()


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not listen")
