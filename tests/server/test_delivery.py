"""Messages that leave a running service: they arrive, or fail in words, and nobody else waits for them."""

import base64
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest

from tests.delivery.servers import (
    Behaviour,
    Gateway,
    MailBox,
    bad_server,
    drips,
    free_port,
    http_gateway,
    mail_server,
    says,
)
from tests.product import Product
from tests.server.service import Caller, Reply, Service, served
from validate_service.core.profiles import ProfileChange

PUBLIC_URL = "https://mfa.example.org"
UNDELIVERED = ("failure", "The message could not be delivered.")
JSON_SMS = {
    "VALIDATE_SERVICE_SMS_HEADERS": "Content-Type: application/json",
    "VALIDATE_SERVICE_SMS_BODY": '{"to": "$phone", "text": "$text"}',
}


def by_mail(box: MailBox) -> dict[str, str]:
    return {
        "VALIDATE_SERVICE_SMTP_HOST": box.settings.host,
        "VALIDATE_SERVICE_SMTP_PORT": str(box.settings.port),
        "VALIDATE_SERVICE_SMTP_SECURITY": "none",
        "VALIDATE_SERVICE_SMTP_SENDER": box.settings.sender,
    }


@contextmanager
def connected(product: Product) -> Iterator[tuple[Service, MailBox, Gateway]]:
    """Serve *product* with a mail server and an SMS gateway."""
    with mail_server() as box, http_gateway() as gateway:
        environment = by_mail(box) | JSON_SMS | {"VALIDATE_SERVICE_SMS_URL": f"{gateway.url}/send"}
        with served(product, workers=2, VALIDATE_SERVICE_PUBLIC_URL=PUBLIC_URL, **environment) as service:
            yield service, box, gateway


def test_a_mail_and_an_sms_arrive_in_two_languages(own_product: Product) -> None:
    """With the code that SOAP then accepts, and with the link that is answered by the user's number."""
    with connected(own_product) as (service, box, gateway):
        caller = service.caller()
        alice = {"userName": "alice", "domainName": "CORP"}
        assert caller.rest("AddUser", **alice, email="alice@corp.local", language="English").result[0] == "success"
        bob = {"userName": "bob", "domainName": "CORP"}
        answer = caller.rest(
            "AddUser", **bob, email="bob@corp.local", phone="+49 171 1234567", language="Deutsch [German]"
        )
        assert answer.result == ("success", "bob Saved successfully")
        codes = {}
        for name, user in (("alice", alice), ("bob", bob)):
            answer = caller.rest("GenerateAuthCode", **user, timeout="600", codeLength="8", send="true")
            status, codes[name] = answer.result
            assert (status, len(codes[name])) == ("success", 8)
            assert caller.call("ValidateAuthCode", username=name, domain="corp", authCode=codes[name]).is_true

        (mail,) = box.arrived
        assert mail.recipients == ["alice@corp.local"]
        assert mail.message["Subject"] == "Your sign-in code for ValidateService"
        assert codes["alice"] in mail.message.get_content()
        (sms,) = gateway.arrived
        assert '"to": "+491711234567"' in sms.body
        assert codes["bob"] in sms.body
        assert re.search("Anmeldecode", sms.body)

        number = caller.rest("UserExists", **bob).result
        assert caller.rest("SetMobileProvision", **bob).result == number
        provision = box.arrived[-1].message
        text = provision.get_body(("plain",))
        assert text is not None
        assert f"{PUBLIC_URL}/pingme/#enrol=" in text.get_content()
        (picture,) = [part for part in provision.walk() if part.get_content_type() == "image/png"]
        assert base64.b64decode(str(picture.get_payload())).startswith(b"\x89PNG")


@pytest.fixture(params=["dead", "refuses", "says nothing", "drips"])
def bad_gateway(request: pytest.FixtureRequest) -> Iterator[str]:
    """An SMS gateway that delivers nothing, each in its own way."""
    behaviours: dict[str, Behaviour] = {
        "refuses": says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
        "says nothing": says(b""),
        "drips": drips(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    }
    if request.param == "dead":
        yield f"http://127.0.0.1:{free_port()}"
        return
    with bad_server(behaviours[request.param]) as port:
        yield f"http://127.0.0.1:{port}"


def owner(product: Product, number: int) -> str:
    """Enrol a user with a phone."""
    name = f"user{number}"
    product.core.user_register.add(product.operator(name), product.tenant, phones(number))
    return name


def phones(number: int) -> ProfileChange:
    return ProfileChange(phone=f"+49171{number:07}")


def test_a_gateway_that_delivers_nothing_is_a_failure_in_words(own_product: Product, bad_gateway: str) -> None:
    """It never ends by itself, so an answer shows that the time limit did; the code is dead and the trail says why."""
    owner(own_product, 1)
    limits = {"VALIDATE_SERVICE_SMS_URL": bad_gateway, "VALIDATE_SERVICE_DELIVERY_TIMEOUT_S": "1"}
    with served(own_product, workers=2, **JSON_SMS, **limits) as service:
        answer = service.caller().rest("GenerateAuthCode", userName="user1", send=True)
        assert (answer.status, answer.result) == (200, UNDELIVERED)
        events = own_product.audit(request_id=answer.request_id)
        assert [(event["event"], event["reason"]) for event in events] == [
            ("auth_code:issue", "done"),
            ("message:send", "delivery_failed"),
            ("call:refuse", "delivery_failed"),
        ]


class Held:
    """Sends that hang in a gateway which answers when it is told to."""

    def __init__(self, service: Service, users: list[str]) -> None:
        self.replies: list[Reply] = []
        self._threads = [Thread(target=self._send, args=(service.caller(), user)) for user in users]
        for thread in self._threads:
            thread.start()

    def _send(self, caller: Caller, user: str) -> None:
        self.replies.append(caller.rest("GenerateAuthCode", userName=user, send=True))

    def all(self) -> list[Reply]:
        for thread in self._threads:
            thread.join()
        return self.replies


def test_nobody_else_waits_for_a_slow_gateway(own_product: Product) -> None:
    """Messages have fewer places than there are threads: while all are taken, others are served, a message is not."""
    users = [owner(own_product, number) for number in range(20)]
    reached, release = [Event() for _ in users], Event()
    waiting = iter(reached)

    def hold(connection: socket.socket, over: Event) -> None:
        next(waiting).set()
        release.wait()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with ExitStack() as stack:
        port = stack.enter_context(bad_server(hold))
        # Runs first, whatever fails: else the server would wait for its threads.
        environment = JSON_SMS | {"VALIDATE_SERVICE_SMS_URL": f"http://127.0.0.1:{port}"}
        limits = {"VALIDATE_SERVICE_DELIVERY_TIMEOUT_S": "60", "VALIDATE_SERVICE_THREADS": "16"}
        service = stack.enter_context(served(own_product, workers=1, **environment, **limits))
        stack.callback(release.set)
        held = Held(service, users[:4])
        for event in reached[:4]:
            assert event.wait(30)
        caller = service.caller()
        assert all(caller.otp("nobody", "123456").is_false for _ in range(100))
        refused = [caller.rest("GenerateAuthCode", userName=user, send=True) for user in users[4:8]]
        assert [(reply.status, reply.result[0]) for reply in refused] == [(503, "failure")] * 4
        assert held.replies == []
        release.set()
        assert [reply.result[0] for reply in held.all()] == ["success"] * 4
