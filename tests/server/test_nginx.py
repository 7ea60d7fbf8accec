"""nginx in front of the service, as the example for operators sets it up: no call is lost, and none is made twice."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from threading import Thread

import pytest

from tests.nginx import EXAMPLE, PROGRAM, nginx
from tests.product import Product, create_product, free_port
from tests.server.service import Caller, Reply, Service, served, until
from validate_service.core.model import DeviceKind

CALLS = 4


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that believes what nginx on this machine says of its callers."""
    product = create_product(tmp_path_factory.mktemp("behind"))
    with served(product, VALIDATE_SERVICE_TRUSTED_PROXIES="127.0.0.1") as service:
        yield service
    product.installation.database.close()


@contextmanager
def dying_node() -> Iterator[tuple[int, list[bytes]]]:
    """Run a node that hangs up on every call that it has taken; yield its port, and what it took."""
    taken: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def take() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                taken.append(client.recv(65_536))

    thread = Thread(target=take)
    thread.start()
    try:
        yield listener.getsockname()[1], taken
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_nginx_accepts_the_example_as_it_stands(tmp_path: Path) -> None:
    """With TLS: only the certificate is another one."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    named = ["-subj", "/CN=mfa.example.org", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*new, *named], check=True, capture_output=True)
    written = EXAMPLE.read_text()
    for name, path in (("ssl_certificate ", certificate), ("ssl_certificate_key ", key)):
        line = next(line for line in written.splitlines() if line.strip().startswith(name))
        written = written.replace(line, f"{name}{path};")
    (tmp_path / "example.conf").write_text(written)
    main = f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ include {tmp_path}/example.conf; }}"
    (tmp_path / "nginx.conf").write_text(main)
    tried = subprocess.run(
        [PROGRAM, "-t", "-e", tmp_path / "log", "-c", tmp_path / "nginx.conf"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (tried.returncode, tried.stderr) == (0, tried.stderr)
    assert "[warn]" not in tried.stderr


def test_a_push_waits_through_nginx_and_the_caller_is_named(service: Service) -> None:
    """The answer comes when the person answers; the address in the trail is the one that nginx saw."""
    product = service.product
    user = product.add_user("pushed")
    product.add_device(user, "PHONE", DeviceKind.AUTHENTICATOR)
    with nginx(service.port) as front, closing(Caller(front.url, product.api_key)) as caller:
        answers: list[Reply] = []
        waiting = Thread(target=lambda: answers.append(caller.call("ValidatePush", username=user, loginTo="Portal")))
        waiting.start()
        until(lambda: len(pending(product)) == 1)
        assert answers == []
        product.core.approval_desk.answer(product.operator(), product.tenant, pending(product)[0], approve=True)
        waiting.join()
    assert [reply.is_true for reply in answers] == [True]


def pending(product: Product) -> list[str]:
    return [one.id for one in product.core.approval_desk.pending(product.tenant)]


def test_what_a_client_says_of_its_address_is_not_believed(service: Service) -> None:
    """nginx names the address that it sees, in place of what came with the request."""
    user = service.owner("forger", "FORGED")
    with nginx(service.port) as front, closing(Caller(front.url, service.product.api_key)) as caller:
        body = b'{"apiKey": "%s", "userName": "%s"}' % (service.product.api_key.encode(), user.encode())
        path, forged = "/restservices/restservice.svc/UserExists", {"X_Forwarded_For": "10.1.2.3"}
        assert caller.send("POST", path, body, Content_Type="application/json", **forged).status == HTTPStatus.OK
    addresses = {event["address"] for event in service.product.audit(user_name=user) if event["surface"] == "rest"}
    assert addresses == {"127.0.0.1"}


def test_a_node_that_is_gone_costs_no_call(service: Service) -> None:
    """What could not be sent goes to the other node."""
    user = service.owner("rerouted", "REROUTED")
    codes = [service.product.next_code("REROUTED") for _ in range(CALLS)]
    with nginx(free_port(), service.port) as front, closing(Caller(front.url, service.product.api_key)) as caller:
        assert [caller.otp(user, code).is_true for code in codes] == [True] * CALLS


def test_a_call_that_was_sent_is_not_made_again(service: Service) -> None:
    """Nobody knows what a node has spent that dies in the middle: the caller is told, the other node is not asked."""
    user = service.owner("unrepeated", "UNREPEATED")
    codes = [service.product.next_code("UNREPEATED") for _ in range(CALLS)]
    with dying_node() as (port, taken), nginx(port, service.port) as front:
        replies = []
        for code in codes:
            with closing(Caller(front.url, service.product.api_key)) as caller:
                replies.append(caller.otp(user, code))
    lost = [reply for reply in replies if reply.status == HTTPStatus.BAD_GATEWAY]
    assert len(lost) == len(taken) > 0
    assert sum(reply.is_true for reply in replies) == CALLS - len(lost)
    assert len(service.product.audit(event="otp:verify", user_name=user)) == CALLS - len(lost)
