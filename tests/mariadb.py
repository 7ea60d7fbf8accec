"""A MariaDB server of the tests' own: in a folder of its own, on a socket in it, gone at the end."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pymysql
from sqlalchemy import make_url

START_TIMEOUT_S = 30
_NAMES = count()
_QUICK = (
    *("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF", "--innodb-file-per-table=OFF"),
    *("--innodb-flush-method=nosync", "--sync-frm=OFF", "--debug-no-sync"),
)
"""Without syncing, which tests of one process do not need."""

_FRUGAL = (
    *("--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--performance-schema=OFF"),
    # The system has so many places for it in all.
    "--innodb-use-native-aio=OFF",
)


@dataclass(frozen=True, slots=True)
class MariaServer:
    """A server that runs.

    Attributes:
        folder: Where its socket is.
    """

    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "socket"

    def new_database(self) -> str:
        """Make an empty database, of whatever collation the server thinks best; return its SQLAlchemy URL."""
        name = f"tested_{os.getpid()}_{next(_NAMES)}"
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        return f"mariadb+pymysql://root@/{name}?unix_socket={self.socket}"

    def copy_of(self, url: str) -> str:
        """Copy the database at *url*, table by table; return the copy's SQLAlchemy URL."""
        original, copy = str(make_url(url).database), self.new_database()
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SET foreign_key_checks = 0")
            cursor.execute(f"USE {make_url(copy).database}")
            cursor.execute(f"SHOW TABLES FROM {original}")
            for (table,) in cursor.fetchall():
                cursor.execute(f"SHOW CREATE TABLE {original}.{table}")
                cursor.execute(cursor.fetchall()[0][1])
                cursor.execute(f"INSERT INTO {table} SELECT * FROM {original}.{table}")
        return copy

    def connect(self) -> "pymysql.Connection[Any]":
        """Return a connection of the server's administrator."""
        return pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)


@contextmanager
def mariadb_server(*, durable: bool = False) -> Iterator[MariaServer]:
    """Run a server; unless it is to be *durable*, without syncing, which tests of one process do not need."""
    folder = Path(tempfile.mkdtemp(prefix="validate-service-my-"))
    server, who, scratch = MariaServer(folder), [], folder / "scratch"
    scratch.mkdir()
    if os.geteuid() == 0:
        # MariaDB does not like to run as root.
        subprocess.run(["chown", "mysql", folder, scratch], check=True)
        who = ["--user=mysql"]
    folder.chmod(0o755)
    # A folder for temporary tables, too: servers that begin at the same time take each other's in a common one.
    own = ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={scratch}", *who]
    options = [*own, f"--socket={server.socket}", "--skip-networking", "--max-connections=300", *_FRUGAL]
    options += [f"--pid-file={folder / 'pid'}", f"--log-error={folder / 'log'}", *(() if durable else _QUICK)]
    try:
        _install(own)
        with _running(options) as process:
            _wait(server, process)
            yield server
    finally:
        subprocess.run(["rm", "-rf", folder], check=True)


@contextmanager
def _running(options: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the server's program, and kill it in the end: nobody needs what it holds."""
    process = subprocess.Popen(["/usr/sbin/mariadbd", *options], cwd="/")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _install(own: list[str]) -> None:
    """Make the server's own tables; root may come in by the socket without a password."""
    command = ["mariadb-install-db", *own, "--auth-root-authentication-method=normal", "--skip-test-db", *_FRUGAL]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
    if done.returncode:
        raise RuntimeError(f"mariadb-install-db failed: {done.stdout}")


def _wait(server: MariaServer, process: "subprocess.Popen[bytes]") -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with {process.returncode}")
        if not server.socket.exists():
            time.sleep(0.05)
            continue
        with suppress(pymysql.err.OperationalError):
            server.connect().close()
            return
    raise RuntimeError("the server did not answer")
