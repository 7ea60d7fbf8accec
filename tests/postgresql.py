"""A PostgreSQL server of the tests' own: in a folder of its own, on a socket in it, gone at the end."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

_PROGRAMS = "/usr/lib/postgresql"
_NAMES = count()


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that runs.

    Attributes:
        folder: Where its socket is.
        options: What it is started with.
    """

    folder: Path
    options: str = ""

    def start(self) -> None:
        """Start it, as it is first, or again where it was stopped."""
        log = self.folder / "log"
        _run("pg_ctl", "start", "--wait", "--pgdata", self._data, "--log", log, "--options", self.options)

    def stop(self) -> None:
        """Stop it without a word to whoever is connected."""
        _run("pg_ctl", "stop", "--wait", "--mode=immediate", "--pgdata", self._data)

    @property
    def postmaster(self) -> int:
        """Its process; every connection has a child of it."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def new_database(self) -> str:
        """Make an empty database; return its SQLAlchemy URL."""
        return self._made_from("template1")

    def copy_of(self, url: str) -> str:
        """Copy the database at *url*, which nobody is connected to; return the copy's SQLAlchemy URL."""
        return self._made_from(str(make_url(url).database))

    def _made_from(self, original: str) -> str:
        name = f"tested_{os.getpid()}_{next(_NAMES)}"
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {original}")
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"


@contextmanager
def postgres_server(*, durable: bool = False, most_connections: int = 300) -> Iterator[PostgresServer]:
    """Run a server; unless it is to be *durable*, without syncing, which tests of one process do not need."""
    folder = Path(tempfile.mkdtemp(prefix="validate-service-pg-"))
    data = folder / "data"
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        subprocess.run(["chown", "postgres", folder], check=True)
    _run("initdb", "--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections={most_connections}"
    options += "" if durable else " -c fsync=off -c full_page_writes=off"
    server = PostgresServer(folder, options)
    server.start()
    try:
        folder.chmod(0o755)
        yield server
    finally:
        server.stop()
        subprocess.run(["rm", "-rf", folder], check=True)


def _run(program: str, *arguments: object) -> None:
    (newest, *_) = sorted(Path(_PROGRAMS).glob(f"*/bin/{program}"), reverse=True)
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*who, newest, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, cwd="/")
