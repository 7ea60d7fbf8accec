"""Calls that wait for their users: as many as come, without a thread, and each with the answer of its own user."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.bench.crowd import LOST, Answer, Crowd
from tests.bench.push import add_people, push_request
from tests.conftest import Tell
from tests.facades.soap.wire import E12, SOAP_XML, envelope, operation
from tests.postgresql import PostgresServer, postgres_server
from tests.product import Product, create_product
from tests.server.rounds import LONG
from tests.server.service import PATIENCE_S, Service, findings, served, until
from validate_service.config import Settings
from validate_service.core.model import DeviceKind, Scope
from validate_service.server.parking import MOST_AHEAD_BYTES
from validate_service.server.serving import other_descriptors

WAITING = 10_000 if LONG else 300
BATCHES, BATCH = (20, 500) if LONG else (2, 100)
RELOADED = 10_000 if LONG else 100
PER_SECOND = 300
CODES = 60
NUMBERS = count()
OTHERS = other_descriptors(Settings())
PROCESS_DIGITS = 24
"""A request's id begins with so many digits that are its process's."""

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def people(first: int, size: int) -> list[str]:
    return [f"person{number}" for number in range(first, first + size)]


@contextmanager
def crowd_at(service: Service) -> Iterator[Crowd]:
    """Callers of *service*, who hang up at the end."""
    crowd = Crowd(service.port)
    try:
        yield crowd
    finally:
        crowd.hang_up()


def ask(service: Service, crowd: Crowd, names: Sequence[str]) -> None:
    """Let a call wait for each of the users."""
    product, before = service.product, len(pending(service))
    crowd.ask([(name, push_request(name, product.api_key)) for name in names], per_second=PER_SECOND)
    crowd.look_until(lambda: len(pending(service)) - before >= len(names), patience_s=PATIENCE_S)
    assert crowd.answers == []


def pending(service: Service) -> dict[str, str]:
    """Return the ids of what waits for an answer, by user."""
    product = service.product
    return {str(one.user): one.id for one in product.core.approval_desk.pending(product.tenant)}


def answer(service: Service, ids: dict[str, str], wishes: dict[str, bool]) -> None:
    """Answer in the database, as another node would."""
    product = service.product
    for name, approve in wishes.items():
        product.core.approval_desk.answer(product.operator(), product.tenant, ids[name], approve=approve)


def verdicts(answers: Sequence[Answer]) -> dict[str, bool | None]:
    """Return what was answered for each user; ``None`` if nothing was."""
    assert [one for one in answers if not (one.is_true or one.is_false or one.text == LOST)] == []
    return {one.name: None if one.text == LOST else one.is_true for one in answers}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all who wait here."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["postgresql", "sqlite"])
def waiters(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Product]:
    """A product with as many users with phones as wait, and one with a token, on each kind of database."""
    url = request.getfixturevalue("postgresql").new_database() if request.param == "postgresql" else ""
    product = create_product(tmp_path, database_url=url)
    add_people(product, max(WAITING, BATCHES * BATCH))
    product.add_user("quick")
    product.add_device("quick", "QUICK")
    yield product
    product.installation.database.close()


def test_hundreds_wait_and_others_are_served(tell: Tell, waiters: Product) -> None:
    """Each is told what its own user answered, in whichever process; meanwhile nobody else waits."""
    names = people(0, WAITING)
    wishes = {name: number % 3 > 0 for number, name in enumerate(names)}
    with served(waiters, workers=2) as service, crowd_at(service) as crowd:
        ask(service, crowd, names)
        quick = [service.caller().otp("quick", waiters.next_code("QUICK")) for _ in range(CODES)]
        assert crowd.waiting == WAITING
        answer(service, pending(service), wishes)
        assert crowd.look_until(lambda: crowd.waiting == 0, patience_s=PATIENCE_S)
    assert [reply.is_true for reply in quick] == [True] * CODES
    assert verdicts(crowd.answers) == wishes
    reasons = Counter(event["reason"] for event in waiters.audit(event="push:verify"))
    tell(f"{WAITING} calls waited on 2 workers: {dict(reasons)}")
    assert reasons == Counter("accepted" if approve else "denied" for approve in wishes.values())
    assert findings(waiters) == []


def test_nobody_is_asked_for_whom_there_is_no_place(waiters: Product) -> None:
    """The call is answered at once that the service is unavailable; a client that hangs up frees its place."""
    named = {"VALIDATE_SERVICE_WAITING_PUSHES": "5"}
    with served(waiters, workers=1, **named) as service, crowd_at(service) as crowd:
        ask(service, crowd, people(0, 5))
        assert service.caller().call("ValidatePush", username="person5", loginTo="Portal").is_unavailable
        assert "person5" not in pending(service)
        crowd.hang_up()
        until(lambda: pending(service) == {})
        until(lambda: len(waiters.audit(event="push:verify", reason="caller_gone")) == 5)
        ask(service, crowd, people(5, 5))
        ids = pending(service)
        answer(service, ids, dict.fromkeys(ids, True))
        assert crowd.look_until(lambda: crowd.waiting == 0, patience_s=PATIENCE_S)
    assert verdicts(crowd.answers) == dict.fromkeys(people(5, 5), True)


@pytest.mark.parametrize(
    ("files", "wanted", "waiting", "raised"),
    [(10_000, 12_000, 10_000 - OTHERS, 10_000), (1_000, 12_000, 500, 1_000), (9_000, 500, 500, 500 + OTHERS)],
)
def test_no_more_wait_than_there_are_files_for(files: int, wanted: int, waiting: int, raised: int) -> None:
    """The limit of open files is raised as far as it goes; what it does not reach for is said in the log."""
    script = f"""
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from validate_service.config import Settings
from validate_service.server.logs import configure_logs
from validate_service.server.serving import within_descriptors
setrlimit(RLIMIT_NOFILE, (100, {files}))
configure_logs("info")
print(within_descriptors(Settings(waiting_pushes={wanted})).waiting_pushes, *getrlimit(RLIMIT_NOFILE))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(waiting), str(raised), str(files)]
    assert ("too few files may be open" in done.stderr) is (waiting < wanted)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of one worker that tests share: each brings its own user."""
    product = create_product(tmp_path_factory.mktemp("alone"))
    with served(product, workers=1) as service:
        yield service
    product.installation.database.close()


@pytest.fixture
def user(alone: Service) -> str:
    """A user with a phone, and no other test's."""
    name = alone.product.add_user(f"user{next(NUMBERS)}")
    alone.product.add_device(name, f"PHONE of {name}", DeviceKind.AUTHENTICATOR)
    return name


def raw(
    service: Service, user: str, *parts: bytes, approve: bool = True, before: Callable[[], object] = lambda: None
) -> bytes:
    """Send a push of the user with what belongs to it, answer, and return all that comes before the other side closes.

    What is behind the first part is sent when the call waits.
    """
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE_S) as client:
        client.sendall(parts[0])
        until(lambda: user in pending(service))
        for part in parts[1:]:
            client.sendall(part)
        before()
        answer(service, pending(service), {user: approve})
        received = b""
        while chunk := client.recv(65_536):
            received += chunk
    return received


def verified(service: Service, user: str) -> list[dict[str, Any]]:
    """Return the events of the ends of the user's pushes."""
    return service.product.audit(event="push:verify", user_name=user)


def last(request: bytes) -> bytes:
    """Return the request with the wish to close behind it."""
    return request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


def test_a_connection_goes_on_behind_a_call_that_waited(alone: Service, user: str) -> None:
    """What the client sent ahead is answered in its turn, whether it came with the call or while that waited."""
    push = push_request(user, alone.product.api_key)
    received = raw(alone, user, push + HEALTH, HEALTH[:10], HEALTH[10:] + last(HEALTH))
    first, *others = received.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert b"Result>true<" in first
    assert [b"Result>" in other for other in others] == [False] * 3
    assert b"Connection: close" in others[-1]


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
def test_a_connection_ends_as_its_client_wishes(alone: Service, user: str, version: bytes) -> None:
    """An HTTP/1.0 client wishes so unless it says otherwise."""
    push = last(push_request(user, alone.product.api_key))
    received = raw(alone, user, push.replace(b"HTTP/1.1", version, 1), approve=False)
    assert received.startswith(b"HTTP/1.")
    assert b"\r\nConnection: close\r\n" in received
    assert b"Result>false<" in received


def test_a_client_that_floods_while_it_waits_is_closed(alone: Service, user: str) -> None:
    """It is none that speaks HTTP; its question is closed."""
    with socket.create_connection(("127.0.0.1", alone.port), timeout=PATIENCE_S) as client:
        client.sendall(push_request(user, alone.product.api_key))
        until(lambda: user in pending(alone))
        try:
            client.sendall(b"x" * 4 * MOST_AHEAD_BYTES)
            assert client.recv(1) == b""
        except ConnectionError:
            pass
        until(lambda: user not in pending(alone))
    until(lambda: [event["reason"] for event in verified(alone, user)] == ["caller_gone"])


def test_who_waited_is_answered_with_the_id_of_the_call(alone: Service, user: str) -> None:
    """As every call: by it the audit trail is searched."""
    received = raw(alone, user, last(push_request(user, alone.product.api_key))).decode()
    (event,) = verified(alone, user)
    assert f"\r\nX-Request-Id: {event['request_id']}\r\n" in received


def form(user: str, api_key: str) -> bytes:
    return urlencode({"username": user, "domain": "", "loginTo": "Portal", "ipAddress": "", "apiKey": api_key}).encode()


def soap_12(user: str, api_key: str) -> bytes:
    return envelope(operation("ValidatePush", username=user, loginTo="Portal", apiKey=api_key), namespace=E12)


def json_object(user: str, api_key: str) -> bytes:
    return json.dumps({"username": user, "loginTo": "Portal", "apiKey": api_key}).encode()


@pytest.mark.parametrize(
    ("path", "media", "body", "wanted"),
    [
        ("/ValidatePush", "application/x-www-form-urlencoded", form, b'<boolean xmlns="http://cm.2fa.com/">true<'),
        ("/ValidatePush", "application/json", json_object, b'{"d":true}'),
        ("", SOAP_XML, soap_12, b"<ValidatePushResult>true<"),
    ],
    ids=["form", "JSON", "SOAP 1.2"],
)
@pytest.mark.parametrize("revoked", [False, True])
def test_all_protocols_wait(
    alone: Service, user: str, path: str, media: str, body: Callable[[str, str], bytes], wanted: bytes, revoked: bool
) -> None:
    """A late answer looks as an early one would; so does a late refusal."""
    product, register = alone.product, alone.product.core.api_key_register
    key_id, api_key = register.issue(product.operator(), product.tenant.id, user, frozenset({Scope.VALIDATE}))

    def revoke() -> None:
        if revoked:
            register.revoke(product.operator(), product.tenant.id, key_id)

    content = body(user, api_key)
    request = f"POST /ValidateService.asmx{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {media}\r\n"
    sent = f"{request}Content-Length: {len(content)}\r\n\r\n".encode() + content
    received = raw(alone, user, sent, before=revoke)
    assert (wanted in received) is not revoked
    assert (b"The API key is not valid." in received) is revoked


def test_a_time_out_is_answered_by_itself(alone: Service, user: str) -> None:
    """After the seconds that the caller chose, without anything that happens."""
    begin = time.monotonic()
    reply = alone.caller().call("ValidatePushCustom", username=user, customMessage="?", customTimeout="5")
    assert reply.is_false
    assert time.monotonic() - begin >= 5
    assert [event["reason"] for event in verified(alone, user)] == ["timed_out"]


def test_a_killed_worker_loses_only_its_own_and_nothing_else_is_true(tell: Tell, waiters: Product) -> None:
    """While users answer: a caller whose connection ends has no answer, each other one the answer of its own user."""
    chance, counted = random.Random(5), Counter[str]()
    with served(waiters, workers=2) as service, crowd_at(service) as crowd:
        for number in range(BATCHES):
            names = people(number * BATCH, BATCH)
            ask(service, crowd, names)
            wishes = {name: chance.random() < 0.5 for name in names}
            ids, victim = pending(service), chance.choice(service.workers)
            kill_after = chance.randrange(BATCH)
            for place, name in enumerate(names):
                if place == kill_after:
                    os.kill(victim, signal.SIGKILL)
                answer(service, ids, {name: wishes[name]})
                crowd.look(0)
            assert crowd.look_until(lambda: crowd.waiting == 0, patience_s=PATIENCE_S)
            told = verdicts(crowd.take_answers())
            assert set(told) == set(names)
            assert {name: told[name] for name in names if told[name] is not None}.items() <= wishes.items()
            lost = {name for name in names if told[name] is None}
            assert len(_processes(waiters, lost)) <= 1
            counted += Counter("lost" if told[name] is None else str(told[name]) for name in names)
            until(lambda victim=victim: victim not in service.workers and len(service.workers) == 2)  # type: ignore[misc]
    tell(f"{BATCHES * BATCH} pushes, {BATCHES} workers killed: {dict(counted)}")
    assert findings(waiters) == []


def _processes(product: Product, names: set[str]) -> set[str]:
    """Return which processes took the calls about these users."""
    events = product.audit(event="push:ask")
    return {event["request_id"][:PROCESS_DIGITS] for event in events if event["user_name"] in names}


def test_a_reload_under_load_answers_all_who_wait(tell: Tell, waiters: Product) -> None:
    """HUP: who waits is told no, over HTTP, and calls that come meanwhile are served."""
    names = people(0, RELOADED)
    with served(waiters, workers=2) as service, crowd_at(service) as crowd:
        ask(service, crowd, names)
        before = set(service.workers)
        os.kill(service.master, signal.SIGHUP)
        said = []
        for _ in range(CODES):
            said.append(service.caller().otp("quick", waiters.next_code("QUICK")))
            crowd.look(0)
        assert crowd.look_until(lambda: crowd.waiting == 0, patience_s=PATIENCE_S)
        until(lambda: len(service.workers) == 2 and before.isdisjoint(service.workers))
    assert [reply.is_true for reply in said] == [True] * CODES
    assert verdicts(crowd.answers) == dict.fromkeys(names, False)
    reasons = Counter(event["reason"] for event in waiters.audit(event="push:verify"))
    tell(f"{RELOADED} waited when the service was reloaded, {CODES} calls came meanwhile: {dict(reasons)}")
    assert reasons == {"service_stopped": RELOADED}
