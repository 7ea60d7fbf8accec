"""The servers that are measured, each under the same gunicorn settings."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.product import Product, free_port

WORKERS, CONNECTIONS = 2, 8


@dataclass
class Server:
    """A running gunicorn."""

    port: int
    pid: int


@contextmanager
def constant_server() -> Iterator[Server]:
    """Run the constant application."""
    port = free_port()
    with _running([sys.executable, "-m", "tests.bench.constant", f"127.0.0.1:{port}", str(WORKERS)], port) as server:
        yield server


@contextmanager
def product_server(product: Product) -> Iterator[Server]:
    """Run ``validate-service serve`` on *product*."""
    product.installation.database.close()
    port = free_port()
    command = [sys.executable, "-m", "validate_service", "serve", "--bind", f"127.0.0.1:{port}"]
    settings = product.settings
    variables = {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url, "LOG_LEVEL": "warning"}
    named = {f"VALIDATE_SERVICE_{name}": value for name, value in variables.items() if value}
    with _running([*command, "--workers", str(WORKERS)], port, named) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[Server]:
    process = subprocess.Popen(command, env=os.environ | (environment or {}))
    try:
        _wait_for(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not listen")
