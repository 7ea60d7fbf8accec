"""The connector's validate_oath_otp and sign beside ValidateOTP over SOAP, on one server.

The codes are of the same kind on both surfaces.  A signature of a security key is the second of two steps: the first,
and the key's own work, are done before the round begins.
"""

import json
import tempfile
from pathlib import Path

from tests.bench.load import Round, run_round
from tests.bench.processes import worker_memory_mib
from tests.bench.report import Report
from tests.bench.servers import CONNECTIONS, WORKERS, Server, product_server
from tests.bench.soap import USERS, enrol, one_time_passwords, validations
from tests.facades.connector.security_keys import websafe
from tests.primitives.software_key import REGISTRATION_TYP, SIGNATURE_TYP, SoftwareKey, client_data
from tests.product import Product, create_product
from validate_service.core.model import FidoKey, FidoProtocol, FidoRequest, Registration

SOAP, CONNECTOR, SIGN = "ValidateOTP over SOAP", "validate_oath_otp", "sign, over U2F"
_ACCOUNT, _APP_ID = "bench", "https://portal.example.org"


def measure(rounds: int, requests: int) -> Report:
    """Run the contestants in turn, so many rounds of so many requests each."""
    report = Report("The connector beside SOAP, on SQLite", SOAP)
    with tempfile.TemporaryDirectory() as folder:
        product = create_product(Path(folder))
        login_key = product.core.api_key_register.issue_account(product.operator(), product.tenant.id, _ACCOUNT)
        enrol(product)
        keys = [SignedIn(product, f"user{number}") for number in range(USERS)]
        with product_server(product) as server:
            report.run(rounds, lambda: _turn(server, product, login_key, keys, requests))
            report.memory_mib = dict.fromkeys((SOAP, CONNECTOR, SIGN), worker_memory_mib(server.pid))
    report.notes.append(
        f"{WORKERS} workers, {CONNECTIONS} keep-alive connections, {rounds} alternating rounds of {requests}; "
        "medians (least-most)."
    )
    return report


def _turn(server: Server, product: Product, login_key: str, keys: list["SignedIn"], requests: int) -> dict[str, Round]:
    soap = validations(product, requests)
    connector = [
        _request(login_key, "validate_oath_otp", user, otp=code) for user, code in one_time_passwords(product, requests)
    ]
    signed = [keys[number % USERS] for number in range(requests)]
    sign = [_request(login_key, "sign", key.user, **key.answer()) for key in signed]
    return {
        SOAP: run_round(server, soap, b">true<", CONNECTIONS),
        CONNECTOR: run_round(server, connector, b'"errorCode":0', CONNECTIONS),
        SIGN: run_round(server, sign, b'"errorCode":0', CONNECTIONS),
    }


class SignedIn:
    """A user with an enrolled security key."""

    def __init__(self, product: Product, user: str) -> None:
        self.user = user
        self._product, self._key = product, SoftwareKey()
        desk, call = product.core.fido_enrolment_desk, product.operator(user)
        challenge = desk.ask(call, product.tenant, FidoProtocol.U2F, _APP_ID).challenge
        answer = self._key.register(_APP_ID, client_data(REGISTRATION_TYP, challenge.challenge, _APP_ID))
        registration = Registration(answer.client_data, answer.message)
        enrolled = desk.enrol(call, product.tenant, FidoProtocol.U2F, challenge.id, registration)
        if not isinstance(enrolled, FidoKey):
            raise TypeError(enrolled)
        self._handle = enrolled.handle

    def answer(self) -> dict[str, str]:
        """Return the fields of a signature over a challenge of its own."""
        asked = self._product.core.fido.ask(self._product.call(self.user), FidoProtocol.U2F, _APP_ID)
        if not isinstance(asked, FidoRequest):
            raise TypeError(asked)
        said = client_data(SIGNATURE_TYP, asked.challenge.challenge, _APP_ID)
        answer = self._key.sign(_APP_ID, said, key_handle=self._handle)
        return {
            "sessionId": asked.challenge.id,
            "clientData": websafe(answer.client_data),
            "signatureData": websafe(answer.message),
        }


def _request(login_key: str, type_name: str, user: str, **fields: str) -> bytes:
    common = {"type": type_name, "username": user, "spAccountLoginName": _ACCOUNT, "spAccountLoginKey": login_key}
    body = json.dumps({**common, **fields}).encode()
    head = (
        "POST /AuthServer/REST/U2F/U2FServer.aspx HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
