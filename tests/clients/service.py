"""What the tests of foreign clients stand on: the running server, the programs, and what a client printed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from requests import Session
from zeep import Client
from zeep.transports import Transport

from tests.product import Product

LONGEST_RUN_S = 120


@dataclass(frozen=True)
class Service:
    """A running server and the installation below it."""

    product: Product
    url: str

    @property
    def wsdl(self) -> str:
        """Where the server publishes its WSDL."""
        return f"{self.url}?wsdl"

    def command(self, *arguments: str) -> str:
        """Return what an operator's ``validate-service`` command prints, run as a process of its own."""
        data_dir = {"VALIDATE_SERVICE_DATA_DIR": str(self.product.settings.data_dir)}
        finished = run(sys.executable, "-m", "validate_service", *arguments, environment=data_dir)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout


@contextmanager
def zeep_proxy(service: Service, port: str = "ValidateServiceSoap") -> Iterator[Any]:
    """Yield a zeep client of the served WSDL: its methods are the operations."""
    with Session() as session:
        client = Client(service.wsdl, transport=Transport(session=session))  # type: ignore[no-untyped-call]
        yield client.bind("ValidateService", port)


def program(name: str) -> str:
    """Return the path of a program, or end the test with the one line that says how to get it."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is not installed: run deploy/peers", pytrace=False)
    return path


def run(
    *command: str | Path,
    stdin: str = "",
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run *command* to its end; its exit status is the caller's to judge.  Ends of lines become plain ones."""
    return subprocess.run(
        [str(part) for part in command],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env=os.environ | dict(environment or {}),
        timeout=LONGEST_RUN_S,
        check=False,
    )


def run_well(*command: str | Path, folder: Path | None = None) -> str:
    """Run *command*, which must succeed, and return what it printed."""
    finished = run(*command, folder=folder)
    assert finished.returncode == 0, f"{command}\n{finished.stdout}\n{finished.stderr}"
    return finished.stdout
