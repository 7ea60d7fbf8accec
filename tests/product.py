"""A whole product for a test: an installation with enrolled users, and a server that runs on it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from validate_service.bootstrap import Installation, World, create_installation, open_installation
from validate_service.cli.credentials import first_credentials
from validate_service.config import Settings
from validate_service.core.calls import Call
from validate_service.core.devices import Enrolment
from validate_service.core.model import DeviceKind, Scope, Tenant
from validate_service.core.names import UserName
from validate_service.core.origin import Origin
from validate_service.core.services import Core
from validate_service.primitives.hotp import code_at
from validate_service.storage import audit_trail

START_TIMEOUT_S = 30


@dataclass
class Product:
    """An installation in a folder of its own, with what a test needs to know of it."""

    settings: Settings
    installation: Installation
    api_key: str
    tenant: Tenant
    next_counters: dict[str, int] = field(default_factory=dict)
    seeds: dict[str, bytes] = field(default_factory=dict)

    @property
    def core(self) -> Core:
        """The core's services."""
        return self.installation.core

    def operator(self, user: str = "") -> Call:
        """Return an operator's call about *user*."""
        return Call(Origin("cli", "test", "", "test"), caller="tester", user=UserName.parse(user, ""))

    def call(self, user: str = "", *, api_key: str | None = None, address: str = "192.0.2.1") -> Call:
        """Return a caller's call about *user*."""
        origin = Origin("soap", "test", address, "test")
        return Call(origin, self.api_key if api_key is None else api_key, UserName.parse(user, ""))

    def add_user(self, user: str) -> str:
        self.core.user_register.add(self.operator(user), self.tenant)
        return user

    def add_device(self, user: str, serial: str, kind: DeviceKind = DeviceKind.HOTP, **fields: Any) -> bytes:
        enrolment = Enrolment(serial, kind, **fields)
        seed = self.core.device_register.add(self.operator(user), self.tenant, enrolment)
        self.seeds[serial] = seed
        self.next_counters[serial] = enrolment.counter
        return seed

    def next_code(self, serial: str) -> str:
        """Return the next code of an HOTP device with default settings."""
        counter = self.next_counters[serial]
        self.next_counters[serial] = counter + 1
        return code_at(self.seeds[serial], counter)

    def of_tenant(self, name: str) -> "Product":
        """Return the same installation as a new tenant sees it."""
        tenant = self.core.tenant_register.add(self.operator(), name)
        _, api_key = self.core.api_key_register.issue(self.operator(), tenant.id, f"key of {name}", frozenset(Scope))
        return Product(self.settings, self.installation, api_key, tenant)

    def wrong_code(self, serial: str) -> str:
        """Return a code that an HOTP device with default settings is far from making."""
        near = {code_at(self.seeds[serial], counter) for counter in range(self.next_counters[serial] + 50)}
        return next(code for number in range(1000) if (code := f"{number:06}") not in near)

    def last_event(self) -> dict[str, Any]:
        """Return the newest audit event."""
        return self.audit()[-1]

    def audit(self, **equal: str) -> list[dict[str, Any]]:
        """Return the audit events with these values, oldest first."""
        with self.installation.database.read() as session:
            return list(audit_trail.search(session, equal, most=100_000))[::-1]


def create_product(folder: Path, world: World | None = None, **settings: Any) -> Product:
    """Return a new product in *folder*."""
    chosen = Settings(data_dir=folder / "data", **settings)
    installation = create_installation(chosen, world)
    api_key = first_credentials(installation)["api_key"]
    return Product(chosen, installation, api_key, installation.core.tenant_register.get("default"))


def copied_product(original: Product, folder: Path, world: World | None = None, *, database_url: str = "") -> Product:
    """Return a copy of *original*, which nobody uses meanwhile, in *folder*: cheaper than a new product.

    Its database is copied with it, or, where it has a server, was copied to *database_url*.
    """
    settings = replace(original.settings, data_dir=folder / "data", database_url=database_url)
    shutil.copytree(original.settings.data_dir, settings.data_dir)
    return Product(settings, open_installation(settings, world), original.api_key, original.tenant)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    product: Product, *, workers: int = 2, log: Path | None = None, ready: bool = True, **environment: str
) -> Iterator[str]:
    """Run ``validate-service serve`` on *product*; yield its base URL, such as ``http://127.0.0.1:40001``.

    A product that has a public URL, and a database of its own, is served there and on that.  One that is not *ready*
    need only answer that it is not.
    """
    product.installation.database.close()
    settings = product.settings
    port = urlsplit(settings.public_url).port or free_port()
    own = {"DATA_DIR": str(settings.data_dir), "PUBLIC_URL": settings.public_url, "DATABASE_URL": settings.database_url}
    variables = os.environ | {f"VALIDATE_SERVICE_{name}": text for name, text in own.items() if text} | environment
    command = [sys.executable, "-m", "validate_service", "serve"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    with (log or product.settings.data_dir / "server.log").open("ab") as output:
        process = subprocess.Popen(command, env=variables, stdout=output, stderr=output)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process, status=200 if ready else 503)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=START_TIMEOUT_S)


def wait_until_ready(url: str, process: subprocess.Popen[Any], *, status: int = 200) -> None:
    """Return once the server that *process* runs answers at *url* that it is ready, or that it is not yet."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with {process.returncode}")
        try:
            if requests.get(f"{url}/readyz", timeout=2).status_code == status:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
    raise RuntimeError("the server did not become ready")
