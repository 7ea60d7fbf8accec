"""227 exchanges with a real ASMX service, byte for byte, against the stub: in process and over real HTTP.

``tests/data/asmx/exchanges.jsonl`` holds the request's bytes as Latin-1 text, and what the recorded service
answered, or ``instead`` what we answer differently on purpose.  ``{0}`` in a recorded text stands for anything: the
recording host left such places unformatted.  Bodies compare as canonical XML.
"""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.asmx_stub import application
from tests.facades.soap.wire import DATA, Answer, raw

ROOT = Path(__file__).parents[3]
EXCHANGES = [json.loads(line) for line in (DATA / "exchanges.jsonl").read_text().splitlines()]
BY_NAME = pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange["name"])


def canonical(body: str) -> str:
    try:
        tree = etree.fromstring(body.strip().encode(), etree.XMLParser(remove_blank_text=True))
    except etree.XMLSyntaxError:
        return body.strip()
    return str(etree.tostring(tree, method="c14n"), "utf-8")


def squeezed(content_type: str) -> str:
    return re.sub(r"\s", "", content_type).lower()


def check(exchange: dict[str, Any], answer: Answer) -> None:
    text = answer.body.decode("utf-8", "replace")
    if "instead" in exchange:
        assert answer.status == exchange["instead"].get("status", answer.status)
        assert all(part in text for part in exchange["instead"].get("contains", []))
        return
    assert answer.status == exchange["status"]
    recorded, answered = canonical(exchange["body"]), canonical(text)
    if recorded or answered:
        assert squeezed(answer.content_type) == squeezed(exchange["content_type"])
    assert re.fullmatch(re.sub(r"\\\{\d\\\}", ".*", re.escape(recorded)), answered, re.DOTALL)


def test_every_recorded_case_is_here() -> None:
    assert len({exchange["name"] for exchange in EXCHANGES}) == 227


@BY_NAME
def test_in_process(exchange: dict[str, Any]) -> None:
    check(exchange, raw(application, exchange["request"].encode("latin-1")))


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run the stub under gunicorn, as ``gunicorn tests.asmx_stub:application`` does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{number}"]
    with (
        log.open("wb") as output,
        subprocess.Popen([*command, "tests.asmx_stub:application"], cwd=ROOT, stdout=output, stderr=output) as server,
    ):
        try:
            wait_for(number)
            yield number
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


def wait_for(number: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", number), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server does not listen")


def exchange_bytes(number: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", number), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def parse(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    assert int(headers.get("content-length", len(body))) >= len(body)
    return Answer(int(first.split(" ")[1]), headers, body)


@BY_NAME
def test_over_http(exchange: dict[str, Any], port: int) -> None:
    check(exchange, parse(exchange_bytes(port, exchange["request"].encode("latin-1"))))


def test_a_chunked_body_is_read_over_http(port: int) -> None:
    body = b'{"username":"bob","OTP":"123456"}'
    request = (
        b"POST /ValidateService.asmx/ValidateOTP HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    )
    assert parse(exchange_bytes(port, request)).body == b'{"d":true}'


def test_a_chunked_body_over_the_limit_is_refused_over_http(port: int) -> None:
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    request = (
        b"POST /ValidateService.asmx HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 17 + b"0\r\n\r\n"
    )
    assert parse(exchange_bytes(port, request)).status == 413
