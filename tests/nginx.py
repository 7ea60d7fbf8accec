"""nginx with the configuration that operators are given, on ports of this machine."""

import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.product import START_TIMEOUT_S, free_port

EXAMPLE = Path(__file__).parent.parent / "deploy/nginx.conf"
PROGRAM = "/usr/sbin/nginx"
_MAIN = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/example.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    """An nginx that runs.

    Attributes:
        port: Where it listens, without TLS.
        pid: Its process.
    """

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def nginx(*nodes: int) -> Iterator[Nginx]:
    """Run nginx in front of the *nodes* that listen on these ports, as the example says, but for TLS."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="validate-service-nginx-") as folder:
        # Its workers are another user's, if they are root's.
        Path(folder).chmod(0o755)
        (Path(folder) / "example.conf").write_text(_without_tls(example(nodes), port))
        (Path(folder) / "nginx.conf").write_text(_MAIN.format(folder=folder))
        command = [PROGRAM, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
        process = subprocess.Popen(command)
        try:
            _wait(port, process)
            yield Nginx(port, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=START_TIMEOUT_S)


def example(nodes: Sequence[int]) -> str:
    """Return the example with these *nodes* in place of its own."""
    written = EXAMPLE.read_text()
    (first, *others) = re.findall(r"^ +server .*;\n", written, re.MULTILINE)
    for line in others:
        written = written.replace(line, "")
    address = re.compile(r"server [\d.:]+")
    return written.replace(first, "".join(address.sub(f"server 127.0.0.1:{node}", first) for node in nodes))


def _without_tls(written: str, port: int) -> str:
    written = written.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    return re.sub(r"^ +ssl_.*\n", "", written, flags=re.MULTILINE)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return once it listens."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("nginx did not start")
