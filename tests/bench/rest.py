"""restservice.svc beside a constant WSGI application, and how AddUser fares while users become many."""

import json
import tempfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from statistics import median

from tests.bench.load import Round, run_round
from tests.bench.processes import worker_memory_mib
from tests.bench.report import Report
from tests.bench.servers import CONNECTIONS, WORKERS, Server, constant_server, product_server
from tests.product import create_product

BASELINE, EXISTS, ADD = "constant app", "UserExists", "AddUser"
BLOCK = 1_000
FIRST, LAST = "the first 1,000 users", "the last 1,000 users"
_KNOWN_USERS = 100
_SUCCESS = b'"status":"success"'


def measure(rounds: int, requests: int) -> Report:
    """Run the contestants in turn, so many rounds of so many requests each."""
    report = Report("restservice.svc on SQLite", BASELINE)
    with tempfile.TemporaryDirectory() as folder:
        product = create_product(Path(folder))
        for number in range(_KNOWN_USERS):
            product.add_user(f"CORP\\known{number}")
        exist = [_request(EXISTS, product.api_key, f"known{number % _KNOWN_USERS}") for number in range(requests)]
        additions = _additions(product.api_key)
        with constant_server() as base, product_server(product) as server:
            report.run(
                rounds,
                lambda: {
                    BASELINE: _run(base, exist, b"true"),
                    EXISTS: _run(server, exist),
                    ADD: _run(server, list(islice(additions, requests))),
                },
            )
            memory = worker_memory_mib(server.pid)
            report.memory_mib = {BASELINE: worker_memory_mib(base.pid), EXISTS: memory, ADD: memory}
    report.notes.append(
        f"{WORKERS} workers, {CONNECTIONS} keep-alive connections, {rounds} alternating rounds of {requests}; "
        f"memory after {(rounds + 1) * requests * 2} requests; medians (least-most)."
    )
    return report


def measure_growth(users: int) -> Report:
    """Add so many users; compare the last thousand with the first, after a thousand that warm up."""
    report = Report("AddUser while users become many, on SQLite", FIRST)
    with tempfile.TemporaryDirectory() as folder:
        product = create_product(Path(folder))
        additions = _additions(product.api_key)
        with product_server(product) as server:
            _run(server, [_request(EXISTS, product.api_key, "nobody")] * BLOCK, b'"status":"failure"')
            blocks = [_run(server, list(islice(additions, BLOCK))) for _ in range(users // BLOCK)]
            memory = worker_memory_mib(server.pid)
    report.add(FIRST, blocks[0])
    report.add(LAST, blocks[-1])
    report.memory_mib = dict.fromkeys((FIRST, LAST), memory)
    report.notes.append(f"{users} users, {WORKERS} workers, {CONNECTIONS} keep-alive connections; {_tenths(blocks)}")
    return report


def _tenths(blocks: list[Round]) -> str:
    size = max(len(blocks) // 10, 1)
    medians = [median(one.cpu_us for one in blocks[start : start + size]) for start in range(0, len(blocks), size)]
    return f"CPU µs/request, median of each tenth: {', '.join(f'{one:.0f}' for one in medians)}."


def _run(server: Server, messages: list[bytes], expected: bytes = _SUCCESS) -> Round:
    return run_round(server, messages, expected, CONNECTIONS)


def _additions(api_key: str) -> Iterator[bytes]:
    """Yield requests that each add another user, with a whole profile."""
    for number in count():
        name = f"user{number}"
        profile = {"email": f"{name}@corp.example", "language": "de", "roles": "User", "phone": "+1 212 555 0100"}
        yield _request(ADD, api_key, name, **profile)


def _request(call: str, api_key: str, name: str, **fields: str) -> bytes:
    body = json.dumps({"userName": name, "domainName": "CORP", **fields, "apiKey": api_key}).encode()
    head = (
        f"POST /restservices/restservice.svc/{call} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
