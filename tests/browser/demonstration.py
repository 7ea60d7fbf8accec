"""A running ``validate-service demo``, and its connector."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.product import START_TIMEOUT_S, free_port, wait_until_ready
from validate_service.facades.connector.contract import SERVICE_PATH

_NUMBERS = count(1)


@dataclass(frozen=True)
class Demonstration:
    """A demonstration that runs.

    Attributes:
        page: Where it says that security keys can be tried, with the account behind the ``#``.
        link: What it says makes a browser bob's phone.
        push: The call that it says bob can approve with it.
    """

    page: str
    link: str
    push: str

    @property
    def origin(self) -> str:
        """Where it is, under the name of this machine."""
        return self.page.partition("/fido-demo")[0]

    @property
    def account(self) -> dict[str, str]:
        """The account that it prints."""
        told = parse_qs(urlsplit(self.page).fragment)
        return {"spAccountLoginName": told["account"][0], "spAccountLoginKey": told["key"][0]}

    def ask(self, type_name: str, user: str, **fields: Any) -> dict[str, Any]:
        """Return the answer to a request to the connector, which must be a success."""
        request = {"type": type_name, "username": user, **self.account, **fields}
        answer: dict[str, Any] = requests.post(f"{self.origin}{SERVICE_PATH}", json=request, timeout=30).json()
        assert answer["errorCode"] == 0, answer
        return answer

    def new_user(self) -> str:
        """Add a user; return the name."""
        user = f"CORP\\user{next(_NUMBERS)}"
        self.ask("add_user", user)
        return user


@contextmanager
def demonstrating() -> Iterator[Demonstration]:
    """Run ``validate-service demo``."""
    port = free_port()
    variables = {name: value for name, value in os.environ.items() if not name.startswith("VALIDATE_SERVICE_")}
    command = [sys.executable, "-m", "validate_service", "demo", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    with subprocess.Popen(
        command,
        env=variables | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            printed = _printed(process)
            wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield printed
        finally:
            process.terminate()
            process.wait(timeout=START_TIMEOUT_S)


def _printed(process: subprocess.Popen[str]) -> Demonstration:
    """Return what the demonstration prints."""
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line.rstrip("\n"))
        if line.startswith("To try a security key, open "):
            (link,) = [line for line in lines if "/pingme/#enrol=" in line]
            (push,) = [line for line in lines if line.startswith("curl ") and "<ValidatePush " in line]
            return Demonstration(lines[-1].split()[-1], link, push)
    raise RuntimeError(f"the demonstration stopped with {process.wait()}")
