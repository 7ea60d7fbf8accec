"""A service that is stopped or reloaded: whoever waits gets an answer, and nobody is refused."""

import os
import signal
import socket
import time
from pathlib import Path
from threading import Thread

import pytest

from tests.product import Product
from tests.server.service import PATIENCE_S, Caller, Reply, Service, children_of, served, until
from validate_service.core.model import DeviceKind, Scope

CODES = 60


class Waiters:
    """Portals that wait for one user's approval.

    Attributes:
        answers: What they were answered.
    """

    def __init__(self, service: Service, user: str, count: int) -> None:
        """Let so many portals ask, and return when the user sees all their questions."""
        self.answers: list[Reply] = []
        self._threads = []
        for number in range(count):
            portal = service.caller()
            portal.api_key = _key_of(service.product, f"portal {number}")
            self._threads.append(Thread(target=self._ask, args=(portal, user)))
        for thread in self._threads:
            thread.start()
        product = service.product
        until(lambda: len(product.core.approval_desk.pending(product.tenant)) == count)

    def _ask(self, portal: Caller, user: str) -> None:
        self.answers.append(portal.call("ValidatePush", username=user, loginTo="Portal"))

    def join(self) -> None:
        """Return when all are answered."""
        for thread in self._threads:
            thread.join(PATIENCE_S)


def _key_of(product: Product, name: str) -> str:
    """Return a key of its own: of one caller a newer question would replace the older one."""
    register, scopes = product.core.api_key_register, frozenset({Scope.VALIDATE})
    return register.issue(product.operator(), product.tenant.id, name, scopes)[1]


@pytest.fixture
def user(own_product: Product) -> str:
    """A user with a phone and a token."""
    own_product.add_user("approver")
    own_product.add_device("approver", "PHONE", DeviceKind.AUTHENTICATOR)
    own_product.add_device("approver", "TOKEN")
    return "approver"


def test_calls_in_flight_are_answered_when_the_service_is_stopped(own_product: Product, user: str) -> None:
    """TERM: calls that wait for their user are told no at once; one whose body is half sent gets its answer."""
    with served(own_product, workers=1) as service:
        waiters = Waiters(service, user, 3)
        with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE_S) as half:
            half.sendall(b"POST /ValidateService.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
            time.sleep(0.3)
            os.kill(service.master, signal.SIGTERM)
            waiters.join()
            half.sendall(b"cd")
            assert half.recv(100).startswith(b"HTTP/1.1 ")
    assert [answer.is_false for answer in waiters.answers] == [True] * 3
    assert children_of(service.master) == [] if Path(f"/proc/{service.master}").exists() else True
    assert [event["reason"] for event in own_product.audit(event="push:verify")] == ["service_stopped"] * 3


def test_a_reload_answers_who_waits_and_refuses_nobody(own_product: Product, user: str) -> None:
    """HUP: the old workers tell those who wait no, while the new ones serve."""
    codes = [own_product.next_code("TOKEN") for _ in range(CODES)]
    with served(own_product, workers=2) as service:
        waiters, before = Waiters(service, user, 4), set(service.workers)
        os.kill(service.master, signal.SIGHUP)
        said = [service.caller().otp(user, code) for code in codes]
        waiters.join()
        until(lambda: len(service.workers) == 2 and before.isdisjoint(service.workers))
    assert [answer.is_false for answer in waiters.answers] == [True] * 4
    assert [reply.is_true for reply in said] == [True] * CODES
