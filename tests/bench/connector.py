"""The connector's validate_oath_otp beside ValidateOTP over SOAP: the same codes of the same kind, on one server."""

import json
import tempfile
from pathlib import Path

from tests.bench.load import run_round, worker_memory_mib
from tests.bench.report import Report
from tests.bench.servers import CONNECTIONS, WORKERS, product_server
from tests.bench.soap import USERS, one_time_passwords, soap_request
from tests.product import create_product

SOAP, CONNECTOR = "ValidateOTP over SOAP", "validate_oath_otp"
_ACCOUNT = "bench"


def measure(rounds: int, requests: int) -> Report:
    """Run the contestants in turn, so many rounds of so many requests each."""
    report = Report(SOAP)
    with tempfile.TemporaryDirectory() as folder:
        product = create_product(Path(folder))
        login_key = product.core.api_key_register.issue_account(product.operator(), product.tenant.id, _ACCOUNT)
        for number in range(USERS):
            product.add_user(f"user{number}")
            product.add_device(f"user{number}", f"T{number}")
        with product_server(product) as server:
            for number in range(rounds + 1):
                soap = [
                    soap_request(user, code, product.api_key) for user, code in one_time_passwords(product, requests)
                ]
                connector = [_request(user, code, login_key) for user, code in one_time_passwords(product, requests)]
                contestants = [(SOAP, soap, b">true<"), (CONNECTOR, connector, b'"errorCode":0')]
                for name, messages, expected in contestants:
                    measured = run_round(server.port, server.pid, messages, expected, CONNECTIONS)
                    if number:  # the first round warms up
                        report.add(name, measured)
            report.memory_mib = dict.fromkeys((SOAP, CONNECTOR), worker_memory_mib(server.pid))
    report.notes.append(
        f"{WORKERS} workers, {CONNECTIONS} keep-alive connections, {rounds} alternating rounds of {requests}; "
        "medians (least-most)."
    )
    return report


def _request(user: str, code: str, login_key: str) -> bytes:
    fields = {"type": "validate_oath_otp", "username": user, "spAccountLoginName": _ACCOUNT}
    body = json.dumps({**fields, "spAccountLoginKey": login_key, "otp": code}).encode()
    head = (
        "POST /AuthServer/REST/U2F/U2FServer.aspx HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
