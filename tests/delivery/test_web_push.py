"""Web Push: what a push service is told, what a phone reads, and what becomes of a push service that behaves badly."""

import json
import logging
import os
import time
from dataclasses import dataclass, replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.delivery.push_service import DAY_S, HANG, Browser, PushServer, from_base64url, push_service
from tests.delivery.servers import HOST, Certificate, bad_server, drips, free_port, hangs_up
from validate_service.config import PushSettings, Settings
from validate_service.core.key_ring import KeyRing
from validate_service.core.keys import new_ring
from validate_service.core.model import Subscription
from validate_service.core.ports import Sent
from validate_service.delivery.web_push import WebPush
from validate_service.server.logs import configure_logs

MESSAGE = json.dumps({"web_push": 8030, "notification": {"title": "Anmeldeanfrage für „Büro“"}}).encode()
TOPIC = "0123456789abcdef" * 2
PATIENCE_S = 20


@dataclass(frozen=True)
class OneRing:
    """A key ring that stays as it is."""

    ring: KeyRing

    def current(self) -> KeyRing:
        return self.ring


KEYS = OneRing(new_ring(os.urandom, 1))


def sender(settings: PushSettings, *, timeout_s: float = PATIENCE_S) -> WebPush:
    """Return what sends as *settings* say."""
    return WebPush(settings, contact=settings.contact, keys=KEYS, timeout_s=timeout_s)


def subscribed(server: PushServer, web_push: WebPush) -> Browser:
    """Return a browser that expects the messages of *web_push*."""
    key = web_push.public_key()
    assert key is not None
    return server.subscribe(key)


def send(web_push: WebPush, subscription: Subscription) -> Sent:
    """Return what becomes of the message."""
    return web_push.send(subscription, MESSAGE, life_s=47, topic=TOPIC)


def test_the_reader_of_these_tests_reads_what_the_rfc_shows() -> None:
    """RFC 8291 appendix A: the product's messages are read by a reader that is known to be right."""
    number = int.from_bytes(from_base64url("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    key, secret = ec.derive_private_key(number, ec.SECP256R1()), from_base64url("BTBZMqHH6r4Tts7J_aSIgg")
    body = from_base64url(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert Browser("", b"", key, secret).read(body) == b"When I grow up, I want to be a watermelon"


def test_a_message_is_read_by_its_phone_and_nobody_else() -> None:
    """The push service sees a token that says who sends, how long the message lives, and what it replaces."""
    with push_service() as server:
        web_push = sender(server.settings)
        browser = subscribed(server, web_push)
        assert send(web_push, browser.subscription) is Sent.TAKEN
        (pushed,) = server.arrived
    assert (pushed.browser, pushed.message) == (browser, MESSAGE)
    assert {name: pushed.headers[name] for name in ("ttl", "urgency", "topic", "content-encoding")} == {
        "ttl": "47",
        "urgency": "high",
        "topic": TOPIC,
        "content-encoding": "aes128gcm",
    }
    assert pushed.claims["aud"] == server.url
    assert pushed.claims["sub"] == "mailto:mfa@example.org"
    assert 0 < pushed.claims["exp"] - time.time() <= DAY_S


def test_every_message_has_a_key_of_its_own() -> None:
    """The same words never look the same."""
    with push_service() as server:
        web_push = sender(server.settings)
        browser, other = subscribed(server, web_push), subscribed(server, web_push)
        for one in (browser, browser, other):
            assert send(web_push, one.subscription) is Sent.TAKEN
        assert len(server.arrived) == 3
        foreign = replace(browser.subscription, endpoint=other.endpoint)
        assert send(web_push, foreign) is Sent.FAILED
    assert server.refused == ["InvalidTag: "]


def test_connections_are_kept() -> None:
    """Many messages, one connection; one that the push service has closed meanwhile is opened again."""
    with push_service() as server:
        web_push = sender(server.settings)
        browser = subscribed(server, web_push)
        assert [send(web_push, browser.subscription) for _ in range(5)] == [Sent.TAKEN] * 5
    assert (server.requests, server.connections) == (5, 1)


def test_a_certificate_is_verified(certificate: Certificate) -> None:
    """Good with its own authority; without it, refused before anything is said."""
    with push_service(certificate=certificate) as server:
        web_push = sender(server.settings)
        browser = subscribed(server, web_push)
        assert send(web_push, browser.subscription) is Sent.TAKEN
        assert send(sender(replace(server.settings, ca_file=None)), browser.subscription) is Sent.FAILED
    assert server.requests == 1


@pytest.mark.parametrize(
    ("answers", "sent", "tries"),
    [
        ([200], Sent.TAKEN, 1),
        ([202], Sent.TAKEN, 1),
        ([404], Sent.GONE, 1),
        ([410], Sent.GONE, 1),
        ([307], Sent.FAILED, 1),
        ([308], Sent.FAILED, 1),
        ([400], Sent.FAILED, 1),
        ([403], Sent.FAILED, 1),
        ([413], Sent.FAILED, 1),
        ([429], Sent.FAILED, 1),
        ([500, 201], Sent.TAKEN, 2),
        ([503, 503, 201], Sent.FAILED, 2),
        ([500, 410], Sent.GONE, 2),
    ],
)
def test_what_a_push_service_says_is_understood(answers: list[int], sent: Sent, tries: int) -> None:
    """A refusal is final, a failure may pass, a redirection is not followed; no more than two tries."""
    with push_service(answers=answers) as server:
        web_push = sender(server.settings)
        browser = subscribed(server, web_push)
        assert send(web_push, browser.subscription) is sent
        assert server.requests == tries
        assert send(web_push, browser.subscription) is Sent.TAKEN or len(answers) > tries


def test_a_push_service_that_says_nothing_costs_the_time_limit() -> None:
    """Then the message has failed, and the next one has a connection of its own."""
    with push_service(answers=[HANG]) as server:
        web_push = sender(server.settings, timeout_s=0.4)
        browser = subscribed(server, web_push)
        begun = time.monotonic()
        assert send(web_push, browser.subscription) is Sent.FAILED
        assert 0.3 < time.monotonic() - begun < PATIENCE_S
        assert send(replace_limit(web_push), browser.subscription) is Sent.TAKEN


def replace_limit(web_push: WebPush) -> WebPush:
    """Return *web_push* with all the time that there is."""
    web_push._timeout_s = PATIENCE_S
    return web_push


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 201 ", b"HTTP/1.1 201 Created\r\nContent-Length: 99999\r\n\r\n"])
def test_a_push_service_that_drips_costs_the_time_limit(first: bytes) -> None:
    """However it goes about it: a time-out of the socket alone would never come."""
    with bad_server(drips(first)) as port:
        web_push = sender(PushSettings("mailto:mfa@example.org", (HOST,)), timeout_s=0.4)
        browser = Browser(f"http://{HOST}:{port}/x", b"")
        begun = time.monotonic()
        assert send(web_push, browser.subscription) is Sent.FAILED
        assert time.monotonic() - begun < PATIENCE_S


def test_a_push_service_that_is_not_there_is_a_failure() -> None:
    """Or that hangs up."""
    settings = PushSettings("mailto:mfa@example.org", (HOST,))
    gone = Browser(f"http://{HOST}:{free_port()}/x", b"")
    assert send(sender(settings), gone.subscription) is Sent.FAILED
    with bad_server(hangs_up) as port:
        assert send(sender(settings), replace(gone, endpoint=f"http://{HOST}:{port}/x").subscription) is Sent.FAILED


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:DEF-_%20",
        "https://updates.push.services.mozilla.com/wpush/v2/x?y=z",
        "https://web.push.apple.com/Q",
        "https://db5p.notify.windows.com/w/?token=x",
    ],
)
def test_the_vendors_push_services_are_taken(endpoint: str) -> None:
    """Unless the settings say otherwise."""
    assert sender(PushSettings("mailto:mfa@example.org")).takes(endpoint)
    assert not sender(PushSettings("mailto:mfa@example.org", ("push.example.org",))).takes(endpoint)
    assert not sender(PushSettings("mailto:mfa@example.org", ())).takes(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://",
        "https://fcm.googleapis.com",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:22/x",
        "https://fcm.googleapis.com.evil.test/x",
        "https://evil.test/fcm.googleapis.com/x",
        "https://evil.test#fcm.googleapis.com/x",
        "https://evil.test?.push.services.mozilla.com/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.test/x",
        "https://fcm.googleapis.com\\@evil.test/x",
        "https://fcm.googleapis.com/x\r\nX-Eve: 1",
        "https://fcm.googleapis.com/x y",
        "https://FCM.googleapis.com/x",
        "https://push.services.mozilla.com/x",
        "https://evilpush.services.mozilla.com.test/x",
        "https://xnotify.windows.com/x",
        "https://127.0.0.1/x",
        "http://127.0.0.1:8080/x",
        "http://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "file:///etc/passwd",
        "ftp://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
    ],
)
def test_nothing_is_sent_to_anybody_else(endpoint: str) -> None:
    """Endpoints come from phones: a phone must not make the server call whomever it likes."""
    web_push = sender(PushSettings("mailto:mfa@example.org"))
    assert not web_push.takes(endpoint)
    browser = Browser(endpoint, b"")
    assert send(web_push, browser.subscription) is Sent.REFUSED


def test_this_machine_may_be_named() -> None:
    """Then it may do without TLS, and have a port; other machines may not."""
    web_push = sender(PushSettings("mailto:mfa@example.org", ("localhost", "10.0.0.1")))
    assert web_push.takes("http://localhost:8080/x")
    assert web_push.takes("https://10.0.0.1/x")
    assert not web_push.takes("http://10.0.0.1/x")
    assert not web_push.takes("https://10.0.0.1:8443/x")
    assert not web_push.takes("http://127.0.0.1:8080/x")


def test_without_anybody_to_turn_to_nothing_is_sent() -> None:
    """Push services want a contact: the one that the settings name, or the service's own address if that is https."""
    assert Settings(public_url="http://localhost:8080").push_contact == ""
    assert Settings(public_url="https://mfa.example.org/x").push_contact == "https://mfa.example.org/x"
    named = Settings(public_url="https://mfa.example.org", push=PushSettings("mailto:mfa@example.org"))
    assert named.push_contact == "mailto:mfa@example.org"
    nobody = sender(PushSettings())
    assert nobody.public_key() is None
    assert not nobody.takes("https://fcm.googleapis.com/x")
    assert sender(PushSettings("mailto:mfa@example.org", ())).public_key() is None


@pytest.mark.parametrize("contact", ["mailto:mfa@mfa", "https://mfa:8443/x", "https://mfa.example.org"])
def test_whom_to_turn_to_is_told_as_it_is(contact: str) -> None:
    """Also a host without a domain, which the library's own check would refuse."""
    with push_service(contact=contact) as server:
        web_push = sender(server.settings)
        assert send(web_push, subscribed(server, web_push).subscription) is Sent.TAKEN
    assert server.arrived[0].claims["sub"] == contact


def test_neither_proxies_nor_cookies_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment sends no message elsewhere."""
    monkeypatch.setenv("HTTP_PROXY", f"http://{HOST}:{free_port()}")
    with push_service() as server:
        web_push = sender(server.settings)
        assert send(web_push, subscribed(server, web_push).subscription) is Sent.TAKEN
    assert "cookie" not in server.arrived[0].headers


def test_the_log_says_what_failed_and_not_for_whom(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endpoint is a secret: whoever knows it may try to send."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers)
    monkeypatch.setattr(root, "level", root.level)
    configure_logs("debug")
    with push_service(answers=[413, HANG]) as server:
        web_push = sender(server.settings, timeout_s=0.4)
        browser = subscribed(server, web_push)
        assert [send(web_push, browser.subscription) for _ in range(2)] == [Sent.FAILED] * 2
    logged = capfd.readouterr().err
    assert "refused with 413" in logged
    assert "the connection was not made, or lost" in logged
    assert browser.endpoint.rpartition("/")[2] not in logged
