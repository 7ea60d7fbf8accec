"""Versions of the product that can be run: this one, and the first that was released."""

import json
import os
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.product import START_TIMEOUT_S, free_port, wait_until_ready
from tests.server.rounds import LONG_VARIABLE

FIRST_RELEASE = Path(__file__).parent.parent / "data/releases/validate_service-0.1.0-py3-none-any.whl"
_RUN = """
import json, sys
from click.testing import CliRunner
from validate_service.cli.main import main

results = []
for arguments, typed in json.load(sys.stdin):
    result = CliRunner().invoke(main, arguments, input=typed)
    if result.exit_code:
        sys.exit(f"{arguments}: {result.output}")
    results.append(result.stdout)
json.dump(results, sys.stdout)
"""
"""Many commands in one process: importing the product takes longer than any of them."""


@dataclass(frozen=True)
class Release:
    """One version, working on one installation.

    Attributes:
        sources: Where its packages are; ``None`` for this version.
        data_dir: The installation's folder.
        database_url: Its database; empty for SQLite in the folder.
    """

    sources: Path | None
    data_dir: Path
    database_url: str

    def run(self, *commands: str) -> list[str]:
        """Run commands; return what they print.

        What stands behind a ``<`` in a command is what it reads from standard input, its lines parted by spaces.
        """
        parted = [command.partition(" < ") for command in commands]
        tasks = [[shlex.split(command), typed.replace(" ", "\n") + "\n"] for command, _, typed in parted]
        done = subprocess.run(
            [sys.executable, "-c", _RUN],
            input=json.dumps(tasks),
            env=self._environment,
            cwd=self.data_dir.parent,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        results: list[str] = json.loads(done.stdout)
        return results

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve the installation with two processes; yield the base URL."""
        port = free_port()
        command = [sys.executable, "-m", "validate_service", "serve", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
        with (self.data_dir.parent / "server.log").open("ab") as log:
            process = subprocess.Popen(command, env=self._environment, cwd=self.data_dir.parent, stdout=log, stderr=log)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=START_TIMEOUT_S)

    @property
    def _environment(self) -> dict[str, str]:
        own: dict[str, Any] = {"DATA_DIR": self.data_dir, "DATABASE_URL": self.database_url}
        named = {f"VALIDATE_SERVICE_{name}": str(value) for name, value in own.items() if value}
        path = {"PYTHONPATH": str(self.sources)} if self.sources else {}
        inherited = {name: text for name, text in os.environ.items() if name != LONG_VARIABLE}
        return inherited | named | path


def unpacked(wheel: Path, folder: Path) -> Path:
    """Return a folder below *folder* from which the version in *wheel* is imported."""
    sources = folder / "sources"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(sources)
    return sources
