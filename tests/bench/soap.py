"""ValidateService.asmx beside a constant WSGI application under the same gunicorn settings."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.goals import Goal
from tests.bench.load import Round, run_round
from tests.bench.processes import worker_memory_mib
from tests.bench.report import Report
from tests.bench.servers import CONNECTIONS, WORKERS, Server, constant_server, product_server
from tests.product import Product, create_product

CROWDED = 64
"""Connections of what is measured under pressure."""

USERS = 13 * CROWDED
"""A multiple of all numbers of connections: all codes of one user go over one connection, in order."""

BASELINE, ENCRYPT, OTP = "constant app", "EncryptValue", "ValidateOTP"
_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope">'
    '<soap:Body><{name} xmlns="http://cm.2fa.com/">{inside}</{name}></soap:Body></soap:Envelope>'
)


def measure(rounds: int, requests: int) -> Report:
    """Run the contestants in turn, so many rounds of so many requests each."""
    report = Report("ValidateService.asmx on SQLite", BASELINE)
    with tempfile.TemporaryDirectory() as folder:
        product = create_product(Path(folder))
        enrol(product)
        with constant_server() as base, product_server(product) as server:
            report.run(rounds, lambda: _turn(product, base, server, requests))
            memory = worker_memory_mib(server.pid)
            report.memory_mib = {BASELINE: worker_memory_mib(base.pid), ENCRYPT: memory, OTP: memory}
            report.figures[Goal.ENCRYPT_CPU] = report.ratios(ENCRYPT)
            served = (rounds + 1) * requests * 2
            report.notes.append(
                f"{WORKERS} workers, {CONNECTIONS} keep-alive connections, {rounds} alternating rounds of {requests}; "
                f"memory after {served} requests; medians (least-most)."
            )
    return report


def _turn(product: Product, base: Server, server: Server, requests: int) -> dict[str, Round]:
    encrypt, otp = encryptions(product, requests), validations(product, requests)
    return {
        BASELINE: run_round(base, encrypt, b"true", CONNECTIONS),
        ENCRYPT: run_round(server, encrypt, b"EncryptValueResult", CONNECTIONS),
        OTP: run_round(server, otp, b">true<", CONNECTIONS),
    }


def enrol(product: Product) -> None:
    """Add users with a device each."""
    for number in range(USERS):
        product.add_user(f"user{number}")
        product.add_device(f"user{number}", f"T{number}")


def encryptions(product: Product, count: int) -> list[bytes]:
    """Return so many calls of EncryptValue."""
    inside = f"<name>db</name><cleartextValue>a secret value</cleartextValue><apiKey>{product.api_key}</apiKey>"
    return [request("EncryptValue", inside)] * count


def validations(product: Product, count: int) -> list[bytes]:
    """Return so many calls of ValidateOTP, each with the next code of its user."""
    return [soap_request(user, code, product.api_key) for user, code in one_time_passwords(product, count)]


def one_time_passwords(product: Product, count: int, users: int = USERS) -> Iterator[tuple[str, str]]:
    """Yield so many users with their next codes: the first of so many *users* again behind the last."""
    for number in range(count):
        yield f"user{number % users}", product.next_code(f"T{number % users}")


def soap_request(user: str, code: str, api_key: str) -> bytes:
    """Return a call of ValidateOTP."""
    who = f"<username>{user}</username><domain></domain>"
    return request("ValidateOTP", f"{who}<OTP>{code}</OTP><apiKey>{api_key}</apiKey>")


def request(name: str, inside: str) -> bytes:
    """Return a call over SOAP 1.2."""
    body = _ENVELOPE.format(name=name, inside=inside).encode()
    head = (
        "POST /ValidateService.asmx HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f'Content-Type: application/soap+xml; charset=utf-8; action="http://cm.2fa.com/{name}"\r\n'
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
