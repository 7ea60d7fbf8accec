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

_PROGRAMS = "/usr/lib/postgresql"
_NAMES = count()


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that runs.

    Attributes:
        folder: Where its socket is.
    """

    folder: Path

    def new_database(self) -> str:
        """Make an empty database; return its SQLAlchemy URL."""
        name = f"tested_{os.getpid()}_{next(_NAMES)}"
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server; unless it is to be *durable*, without syncing, which tests of one process do not need."""
    folder = Path(tempfile.mkdtemp(prefix="validate-service-pg-"))
    data = folder / "data"
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        subprocess.run(["chown", "postgres", folder], check=True)
    _run("initdb", "--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=300"
    options += "" if durable else " -c fsync=off -c full_page_writes=off"
    _run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", folder / "log", "--options", options)
    try:
        folder.chmod(0o755)
        yield PostgresServer(folder)
    finally:
        _run("pg_ctl", "stop", "--wait", "--mode=immediate", "--pgdata", data)
        subprocess.run(["rm", "-rf", folder], check=True)


def _run(program: str, *arguments: object) -> None:
    (newest, *_) = sorted(Path(_PROGRAMS).glob(f"*/bin/{program}"), reverse=True)
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*who, newest, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, cwd="/")
