"""Time limits and places: a caller is answered in time, whatever the other side does."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Semaphore, Thread

import pytest

from tests.delivery.messages import EMAIL, PATIENCE_S, SMS, courier, failure
from tests.delivery.servers import (
    SENDER,
    Behaviour,
    Certificate,
    bad_server,
    drips,
    drips_after_starttls,
    mail_server,
    says,
)
from validate_service.config import GatewaySettings, Security, SmtpSettings
from validate_service.core.errors import DeliveryError, UnavailableError
from validate_service.core.messages import Channel, Message
from validate_service.delivery.attempt import PAUSE_S, TimeLimit
from validate_service.delivery.courier import Courier

LIMIT_S = 0.3
GREETING = b"220 mail.test\r\n250-mail.test\r\n250 STARTTLS\r\n"


def by_mail(port: int, security: Security = Security.NONE) -> tuple[Courier, Message]:
    """Return a courier with one place for the mail server at *port*, and a message for it."""
    return courier(SmtpSettings("127.0.0.1", SENDER, port, security), timeout_s=LIMIT_S, places=1), EMAIL


def by_starttls(port: int) -> tuple[Courier, Message]:
    """Return the same, for a connection that begins in clear."""
    return by_mail(port, Security.STARTTLS)


def by_tls(port: int) -> tuple[Courier, Message]:
    """Return the same, for a connection that is encrypted from the first byte on."""
    return by_mail(port, Security.TLS)


def by_gateway(port: int) -> tuple[Courier, Message]:
    """Return the same for an HTTP gateway."""
    settings = GatewaySettings(f"http://127.0.0.1:{port}/", success_text="yes")
    return courier(settings, timeout_s=LIMIT_S, places=1), SMS


def by_https(port: int) -> tuple[Courier, Message]:
    """Return the same for an HTTPS gateway."""
    return courier(GatewaySettings(f"https://127.0.0.1:{port}/"), timeout_s=LIMIT_S, places=1), SMS


def has_place(sender: Courier, message: Message) -> bool:
    """Tell whether *sender* takes another message."""
    try:
        sender.deliver(message)
    except UnavailableError:
        return False
    except DeliveryError:
        pass
    return True


def eventually(is_true: Callable[[], bool]) -> bool:
    """Ask until it is so, or patience ends."""
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at:
        if is_true():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize(
    ("way", "behaviour"),
    [
        (by_mail, says(b"")),
        (by_mail, drips(b"")),
        (by_mail, drips(b"220 mail.test\r\n250 ")),
        (by_starttls, drips(GREETING + b"220 ")),
        (by_starttls, says(GREETING + b"220 go\r\n")),
        (by_tls, says(b"")),
        (by_gateway, says(b"")),
        (by_gateway, drips(b"")),
        (by_gateway, drips(b"HTTP/1.1 200 OK\r\nX-Long: ")),
        (by_gateway, drips(b"HTTP/1.1 200 OK\r\n\r\n")),
        (by_https, says(b"")),
    ],
)
def test_a_slow_server_is_given_up_in_time(way: Callable[[int], tuple[Courier, Message]], behaviour: Behaviour) -> None:
    """Whether it says nothing or one letter after the other; and its place is free again while it still does."""
    with bad_server(behaviour) as port:
        sender, message = way(port)
        begun = time.monotonic()
        failure(sender, message)
        assert time.monotonic() - begun < PATIENCE_S
        assert eventually(lambda: has_place(sender, message))


def test_a_server_that_is_slow_after_starttls_is_given_up_in_time(certificate: Certificate) -> None:
    """The encrypted connection ends with the time as the plain one would have."""
    with bad_server(drips_after_starttls(certificate)) as port:
        settings = SmtpSettings("127.0.0.1", SENDER, port, ca_file=certificate.file)
        sender = courier(settings, timeout_s=LIMIT_S, places=1)
        failure(sender, EMAIL)
        assert eventually(lambda: has_place(sender, EMAIL))


def test_the_second_try_waits_a_little() -> None:
    """What failed a moment ago fails again at once."""
    with mail_server(answers=["451 come back"]) as box:
        begun = time.monotonic()
        courier(box.settings).deliver(EMAIL)
        assert time.monotonic() - begun >= PAUSE_S
    assert box.tries == 2


def test_there_is_no_second_try_without_time_for_it() -> None:
    """The time limit is that of both tries together."""
    with mail_server(answers=["451 come back"]) as box:
        failure(courier(box.settings, timeout_s=PAUSE_S / 2), EMAIL)
    assert box.tries <= 1
    assert box.arrived == []


def test_a_host_that_never_answers_is_given_up_in_time() -> None:
    """Its queue is full: what asks for a connection hears nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, socket.socket() as first, socket.socket() as second:
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        for way in (by_mail, by_gateway):
            sender, message = way(deaf.getsockname()[1])
            begun = time.monotonic()
            failure(sender, message)
            assert time.monotonic() - begun < PATIENCE_S


def test_a_name_that_is_not_found_in_time_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking up a name cannot be cut short: the place is free when the thread is; what was given up is not sent."""
    answered, real = Event(), socket.getaddrinfo

    def slow(*asked: object, **options: object) -> object:
        answered.wait(PATIENCE_S)
        return real(*asked, **options)  # type: ignore[arg-type]

    with mail_server() as box:
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        sender = courier(box.settings, timeout_s=LIMIT_S, places=1)
        assert failure(sender, EMAIL) == f"email: not taken within {LIMIT_S} s"
        assert not has_place(sender, EMAIL)
        answered.set()
        assert eventually(lambda: has_place(sender, EMAIL))
    assert len(box.arrived) <= 1


def test_more_messages_than_places_are_turned_away() -> None:
    """At once, and only as long as it is so."""
    connected, let_go = Semaphore(0), Event()

    def waits(connection: socket.socket, over: Event) -> None:
        connected.release()
        let_go.wait(PATIENCE_S)

    with bad_server(waits) as port, ThreadPoolExecutor(2) as callers:
        sender = courier(SmtpSettings("127.0.0.1", SENDER, port, Security.NONE), places=2)
        waiting = [callers.submit(failure, sender, EMAIL) for _ in range(2)]
        assert all(connected.acquire(timeout=PATIENCE_S) for _ in waiting)
        with pytest.raises(UnavailableError, match="as there are places: 2"):
            sender.deliver(EMAIL)
        assert not any(call.done() for call in waiting)
        let_go.set()
        assert [call.result() for call in waiting] == ["email: the connection was lost"] * 2
        assert has_place(sender, EMAIL)


def test_as_many_messages_as_places_are_carried_at_once(certificate: Certificate) -> None:
    """And many more one after the other: each place is given back."""
    with mail_server(security=Security.TLS, certificate=certificate) as box, ThreadPoolExecutor(3) as callers:
        sender = courier(box.settings, places=3)
        messages = [replace(EMAIL, subject=str(number)) for number in range(30)]
        list(callers.map(sender.deliver, messages))
    assert sorted(int(mail.message["Subject"]) for mail in box.arrived) == list(range(30))


FORKS = """
import os, sys
from tests.delivery.messages import EMAIL, courier
from tests.delivery.servers import SENDER
from validate_service.config import Security, SmtpSettings

sender = courier(SmtpSettings("127.0.0.1", SENDER, int(sys.argv[1]), Security.NONE))
children = [os.fork() or (sender.deliver(EMAIL), os._exit(0)) for _ in range(2)]
sys.exit(any([os.waitpid(child, 0)[1] for child in children]))
"""


def test_a_courier_is_made_before_the_process_forks() -> None:
    """As a server's workers are: each has threads of its own."""
    with mail_server() as box:
        command = [sys.executable, "-c", FORKS, str(box.settings.port)]
        ended = subprocess.run(command, check=False, timeout=60, env=dict(os.environ), capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(box.arrived) == 2


class TakesAnEndForAnAnswer:
    """Is content when the connection ends, as readers of HTTP are while they read headers."""

    def send(self, message: Message, limit: TimeLimit) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            limit.hold(ours)
            ours.recv(1)


def test_what_is_taken_only_when_the_time_is_over_was_not_taken() -> None:
    """The end of a connection that we ended ourselves is nobody's answer."""
    tries = 100
    late = Courier({Channel.SMS: TakesAnEndForAnAnswer()}, timeout_s=0.01, places=tries)
    for _ in range(tries):
        with pytest.raises(DeliveryError, match="not taken within"):
            late.deliver(SMS)


def test_a_connection_does_not_end_while_it_changes_hands() -> None:
    """But right after, and then it changes no more: half a handshake would leave it open."""
    limit = TimeLimit(PATIENCE_S)
    ending = Thread(target=limit.end)
    held, other = socket.socketpair()

    def encrypted() -> socket.socket:
        ending.start()
        ending.join(0.2)
        assert ending.is_alive()
        return held

    with held, other:
        limit.hold(held)
        assert limit.replace(encrypted) is held
        ending.join(PATIENCE_S)
        assert other.recv(1) == b""
        with pytest.raises(TimeoutError):
            limit.replace(lambda: held)
