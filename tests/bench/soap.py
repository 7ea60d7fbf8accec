"""ValidateService.asmx beside a constant WSGI application under the same gunicorn settings."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.load import run_round, worker_memory_mib
from tests.bench.report import Report
from tests.bench.servers import CONNECTIONS, WORKERS, constant_server, product_server
from tests.product import Product, create_product

USERS = 13 * CONNECTIONS
"""A multiple, so that all codes of one user go over one connection, in order."""
BASELINE, ENCRYPT, OTP = "constant app", "EncryptValue", "ValidateOTP"
_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soap:Body><{name} xmlns="http://cm.2fa.com/">{inside}</{name}></soap:Body></soap:Envelope>'
)


def measure(rounds: int, requests: int) -> Report:
    """Run the contestants in turn, so many rounds of so many requests each."""
    report = Report(BASELINE)
    with tempfile.TemporaryDirectory() as folder:
        product = create_product(Path(folder))
        for number in range(USERS):
            product.add_user(f"user{number}")
            product.add_device(f"user{number}", f"T{number}")
        with constant_server() as base, product_server(product) as server:
            for number in range(rounds + 1):
                encrypt = _encryptions(product, requests)
                otp = [
                    soap_request(user, code, product.api_key) for user, code in one_time_passwords(product, requests)
                ]
                contestants = [
                    (BASELINE, base, encrypt, b"true"),
                    (ENCRYPT, server, encrypt, b"EncryptValueResult"),
                    (OTP, server, otp, b">true<"),
                ]
                for name, target, messages, expected in contestants:
                    measured = run_round(target.port, target.pid, messages, expected, CONNECTIONS)
                    if number:  # the first round warms up
                        report.add(name, measured)
            memory = worker_memory_mib(server.pid)
            report.memory_mib = {BASELINE: worker_memory_mib(base.pid), ENCRYPT: memory, OTP: memory}
            served = (rounds + 1) * requests * 2
            report.notes.append(
                f"{WORKERS} workers, {CONNECTIONS} keep-alive connections, {rounds} alternating rounds of {requests}; "
                f"memory after {served} requests; medians (least-most)."
            )
    return report


def _encryptions(product: Product, count: int) -> list[bytes]:
    inside = f"<name>db</name><cleartextValue>a secret value</cleartextValue><apiKey>{product.api_key}</apiKey>"
    return [request("EncryptValue", inside)] * count


def one_time_passwords(product: Product, count: int) -> Iterator[tuple[str, str]]:
    """Yield so many users with their next codes."""
    for number in range(count):
        yield f"user{number % USERS}", product.next_code(f"T{number % USERS}")


def soap_request(user: str, code: str, api_key: str) -> bytes:
    """Return a call of ValidateOTP."""
    who = f"<username>{user}</username><domain></domain>"
    return request("ValidateOTP", f"{who}<OTP>{code}</OTP><apiKey>{api_key}</apiKey>")


def request(name: str, inside: str) -> bytes:
    """Return a call over SOAP 1.1."""
    body = _ENVELOPE.format(name=name, inside=inside).encode()
    head = (
        "POST /ValidateService.asmx HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml; charset=utf-8\r\n"
        f'SOAPAction: "http://cm.2fa.com/{name}"\r\nContent-Length: {len(body)}\r\n\r\n'
    )
    return head.encode() + body
