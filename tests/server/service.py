"""A running service, and clients that many threads use at once."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from tests.facades.soap.wire import NAMESPACE, TEXT_XML, envelope, operation
from tests.product import Product, running
from validate_service.storage import audit_trail

UNAVAILABLE = "Server was unable to process request. ---&gt; The service is temporarily unavailable."
PATIENCE_S = 30
ACCOUNT = "races"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def request_id(self) -> str:
        return self.headers.get("x-request-id", "")

    @property
    def result(self) -> tuple[str, str]:
        """Status and result of a call of restservice.svc."""
        answer = json.loads(self.text)
        return answer["status"], answer["Result"]

    @property
    def is_true(self) -> bool:
        return self.status == 200 and "Result>true<" in self.text

    @property
    def is_false(self) -> bool:
        return self.status == 200 and "Result>false<" in self.text

    @property
    def is_unavailable(self) -> bool:
        return self.status == 500 and UNAVAILABLE in self.text


class Caller:
    """One keep-alive connection."""

    def __init__(self, url: str, api_key: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
        self.api_key = api_key

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body or None, named)
        answer = self._connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, answer.read().decode())

    def call(self, name: str, /, **parameters: str) -> Reply:
        body = envelope(operation(name, **parameters, apiKey=self.api_key))
        action = f'"{NAMESPACE}{name}"'
        return self.send("POST", "/ValidateService.asmx", body, Content_Type=TEXT_XML, SOAPAction=action)

    def rest(self, name: str, /, **fields: object) -> Reply:
        """Call restservice.svc as curl does: JSON that calls itself a form."""
        body = json.dumps({"apiKey": self.api_key} | fields).encode()
        form = "application/x-www-form-urlencoded"
        return self.send("POST", f"/restservices/restservice.svc/{name}", body, Content_Type=form)

    def connector(self, type_name: str, account_key: str, /, **fields: str) -> int:
        """Return the code that U2FServer.aspx answers to the account ``races``."""
        account = {"spAccountLoginName": ACCOUNT, "spAccountLoginKey": account_key}
        body = json.dumps({"type": type_name, **account, **fields}).encode()
        reply = self.send("POST", "/AuthServer/REST/U2F/U2FServer.aspx", body, Content_Type="application/json")
        return int(json.loads(reply.text)["errorCode"])

    def otp(self, user: str, otp: str) -> Reply:
        return self.call("ValidateOTP", username=user, OTP=otp)

    def close(self) -> None:
        self._connection.close()


@dataclass
class Service:
    """A product that is being served."""

    product: Product
    url: str
    master: int
    callers: list[Caller] = field(default_factory=list)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    @property
    def log(self) -> str:
        return (self.product.settings.data_dir / "server.log").read_text("utf-8", "replace")

    @property
    def workers(self) -> list[int]:
        return children_of(self.master)

    def caller(self) -> Caller:
        caller = Caller(self.url, self.product.api_key)
        self.callers.append(caller)
        return caller

    def owner(self, user: str, serial: str) -> str:
        """Enrol a user with an HOTP token."""
        self.product.add_user(user)
        self.product.add_device(user, serial)
        return user


@contextmanager
def served(product: Product, *, workers: int = 2, **environment: str) -> Iterator[Service]:
    """Serve *product* in processes of its own."""
    before = set(children_of(os.getpid()))
    with running(product, workers=workers, log=None, ready=True, **environment) as url:
        (master,) = set(children_of(os.getpid())) - before
        service = Service(product, url, master)
        while len(service.workers) < workers:
            time.sleep(0.02)
        try:
            yield service
        finally:
            for caller in service.callers:
                caller.close()


def until(condition: Callable[[], bool]) -> None:
    """Return as soon as *condition* holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children_of(pid: int) -> list[int]:
    """Return the processes that *pid* started and that still run."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, path.read_text().split())
    return [child for child in found if not _is_dead(child)]


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def findings(product: Product) -> list[str]:
    """Return what the verification of the audit trail finds."""
    installation = product.installation
    with installation.database.read() as session:
        return audit_trail.verify(session, installation.keys.current(), installation.lanes).findings


class Together(Generic[Result]):
    """Runs one function on each of many items, all at the same moment."""

    def __init__(self, act: Callable[[Any], Result], items: Sequence[Any]) -> None:
        self._act = act
        self._barrier = Barrier(len(items))
        self.results: list[Result] = []
        self.errors: list[BaseException] = []
        threads = [Thread(target=self._run, args=(item,)) for item in items]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _run(self, item: Any) -> None:
        self._barrier.wait()
        try:
            self.results.append(self._act(item))
        except Exception as error:  # noqa: BLE001  # for the test to look at
            self.errors.append(error)


def element(text: str, name: str) -> str:
    """Return what stands in the element *name* of an answer."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", text)
    return found.group(1) if found else ""
