"""Secrets are sent through every door; then everything that the service wrote is searched for them."""

import json
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.delivery.servers import Answer, Gateway, http_gateway
from tests.facades.soap.wire import E12, NAMESPACE, SOAP_XML, TEXT_XML, envelope, operation
from tests.product import Product, create_product
from tests.server.service import Caller, Service, element, served
from validate_service.core.model import DeviceKind
from validate_service.primitives.hotp import code_at

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
USER = "canary-keeper"
ANSWER, PIN, CARD = "CANARYANSWER", "7C4N4RY9PIN", "CANARYCARD-77"
CLEAR = "CANARYCLEARVALUE"
WRONG = "CANARYWRONG"
PASSWORD, REGISTERED_KEY, GATEWAY_TOKEN = "CANARYPASSWORD is long enough", "CANARYKEY-4711", "CANARYGATEWAYTOKEN"
CONNECTOR_PASSWORD, PHYSICAL_DEVICE = "CANARYCONNECTOR is long enough", "CANARYPHYSICAL-0815"
EMAIL, PHONE = "canarymail@example.org", "+491700008150815"
SECRET_PARAMETERS = {"OTP", "pin", "cardInformation", "authCode", "authToken", "cleartextValue", "encryptedValue"}


@dataclass
class Sent:
    """What went through the doors.

    Attributes:
        product: The product.
        secrets: Every secret, right and wrong ones.
        private: What the database must hold, and nothing else may.
        arguments: The command lines of the service's processes while it ran.
        statuses: The answers' status codes.
    """

    product: Product
    secrets: set[bytes]
    private: set[bytes]
    arguments: bytes
    statuses: list[int]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    """A service with the most talkative log, after secrets went through every operation in every form."""
    product = create_product(tmp_path_factory.mktemp("canary"))
    rights = enrol(product)
    seeds = {seed for seed in product.seeds.values() if seed}
    secrets = {text.encode() for values in rights.values() for key, text in values.items() if key in SECRET_PARAMETERS}
    secrets |= seeds | {seed.hex().encode() for seed in seeds} | {seed.hex().upper().encode() for seed in seeds}
    secrets |= {ANSWER.encode(), product.api_key.encode(), WRONG.encode()}
    with (
        http_gateway(answers=[Answer(), Answer(400, b"no")]) as gateway,
        served(product, workers=2, **talkative(gateway)) as service,
    ):
        caller = service.caller()
        statuses = send_over_rest(caller)
        secrets |= send_over_connector(caller, product)
        (taken, refused) = gateway.arrived
        secrets |= {text.encode() for text in (PASSWORD, REGISTERED_KEY, GATEWAY_TOKEN)}
        secrets |= {code.encode() for sms in (taken, refused) for code in re.findall("[0-9]{12}", sms.body)}
        for name in ("EncryptValue", "EncryptValueAES"):
            value = element(caller.call(name, name="n", cleartextValue=CLEAR).text, f"{name}Result")
            rights[name.replace("Encrypt", "Decrypt")]["encryptedValue"] = value
            secrets.add(value.encode())
        statuses += [status for name, values in rights.items() for status in send_everywhere(caller, name, values)]
        statuses += [status for name, values in rights.items() for status in send_wrong(caller, name, values)]
        statuses += send_broken(service, sorted(secrets))
        arguments = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in [service.master, *service.workers])
    yield Sent(product, secrets - {b""}, {EMAIL.encode(), PHONE.encode()}, arguments, statuses)
    product.installation.database.close()


def talkative(gateway: Gateway) -> dict[str, str]:
    """Return settings that log everything, and send text messages."""
    return {
        "VALIDATE_SERVICE_LOG_LEVEL": "debug",
        "VALIDATE_SERVICE_FORM_GET": "loopback",
        "VALIDATE_SERVICE_SMS_URL": f"{gateway.url}/send",
        "VALIDATE_SERVICE_SMS_HEADERS": f"Content-Type: text/plain\nAuthorization: Bearer {GATEWAY_TOKEN}",
        "VALIDATE_SERVICE_SMS_BODY": "$text",
    }


def send_over_rest(caller: Caller) -> list[int]:
    """Administer a user with secrets, rightly and wrongly, and send two codes, the second in vain."""
    user = {"userName": "rest-keeper"}
    profile = {"email": EMAIL, "phone": PHONE}
    calls: list[tuple[str, Mapping[str, object]]] = [
        ("CreateAPIkey", {"fqdn": "canary", "apiKey": REGISTERED_KEY}),
        ("CreateAPIkey", {"fqdn": "canary", "apiKey": REGISTERED_KEY}),
        ("AddUser", user | profile),
        ("AddUser", user | profile | {"phone": f"{PHONE}x"}),
        ("UpdateUser", user | profile | {"email": f"{EMAIL}@"}),
        ("UpdateUser", user | {"email": [EMAIL], "phone": PHONE * 99}),
        ("SetUserPassword", user | {"pwd": PASSWORD}),
        ("SetUserPassword", user | {"pwd": "CANARYPASSWORD"}),
        ("SetUserPassword", user | {"pwd": [PASSWORD]}),
        ("SetUserPin", user | {"pin": PIN}),
        ("SetUserPin", user | {"pin": PIN * 99}),
        ("GenerateAuthCode", user | {"send": True, "codeLength": 12}),
        ("GenerateAuthCode", user | {"send": True, "codeLength": 12}),
        (f"{REGISTERED_KEY}", user),
    ]
    return [caller.rest(name, **fields).status for name, fields in calls]


def send_over_connector(caller: Caller, product: Product) -> set[bytes]:
    """Make a token and a session token over the connector, use both rightly and wrongly; return what was secret."""
    login_key = product.core.api_key_register.issue_account(product.operator(), product.tenant.id, "canary")

    def ask(**fields: object) -> dict[str, str]:
        given = {
            "spAccountLoginName": "canary",
            "spAccountLoginKey": login_key,
            "username": "connector-keeper",
        } | fields
        reply = caller.send("POST", "/AuthServer/REST/U2F/U2FServer.aspx", json.dumps(given).encode())
        answer: dict[str, str] = json.loads(reply.text)
        return answer

    made = ask(type="add_oath_account", email=EMAIL, mobile=PHONE, OtpType=0, OtpLength=8, psn="CANARY-SP")
    seed = bytes.fromhex(made["secretKeyHex"])
    code = code_at(seed, 0, digits=8)
    token = ask(type="create_session_token")["sessionTokenId"]
    for otp in (code, code, WRONG, [code]):
        ask(type="validate_oath_otp", otp=otp, psn="CANARY-SP")
    for sent in (token, WRONG, [token], token * 9):
        ask(type="is_session_token_valid", sessionTokenId=sent)
    ask(type="update_user", pw=PASSWORD, email=f"{EMAIL}@")
    ask(type="update_user", pw=CONNECTOR_PASSWORD, lastName="Keeper")
    for password in (CONNECTOR_PASSWORD, WRONG, [CONNECTOR_PASSWORD], CONNECTOR_PASSWORD * 99):
        ask(type="validate_user", pw=password)
        ask(type="create_session_token", pw=password)
    ask(type="find_users", search=EMAIL)
    ask(type=code, otp=code)
    ask(type="find_user", spAccountLoginKey=WRONG)
    secrets = {seed, seed.hex().encode(), made["secretKeyHex"].encode(), code.encode(), token.encode()}
    return secrets | {login_key.encode(), CONNECTOR_PASSWORD.encode(), PHYSICAL_DEVICE.encode()} | provisioned(ask)


def provisioned(ask: Callable[..., dict[str, str]]) -> set[bytes]:
    """Show a token as a QR code and let a phone fetch it, rightly and wrongly; return what was secret."""
    ask(type="add_oath_device", psn="CANARY-APP")
    shown = ask(type="get_oath_device_qrcode", deviceId="CANARY-APP")
    told = ask(type="provision_oath_device", deviceId="CANARY-APP", physicalDeviceId=PHYSICAL_DEVICE)
    seed = bytes.fromhex(told["secretKeyHex"])
    for physical in ("another", [PHYSICAL_DEVICE], PHYSICAL_DEVICE * 99):
        ask(type="provision_oath_device", deviceId="CANARY-APP", physicalDeviceId=physical)
    (secret,) = re.findall("secret=([A-Z2-7]+)", shown["otpauthURL"])
    return {seed, seed.hex().encode(), told["secretKeyHex"].encode(), secret.encode()}


def enrol(product: Product) -> dict[str, dict[str, str]]:
    """Enrol one user with everything; return the right parameters of each operation."""
    product.add_user(USER)
    operator, core, tenant = product.operator(USER), product.core, product.tenant
    product.add_device(USER, "CANARY-HOTP", digits=8)
    product.add_device(USER, "CANARY-PHONE", DeviceKind.AUTHENTICATOR)
    core.card_register.add(operator, tenant, CARD, "blue badge")
    core.pin_desk.set_pin(operator, tenant, PIN)
    core.question_register.replace(operator, tenant, [("Pet?", ANSWER)])
    code = core.auth_code_desk.issue(operator, tenant, life_s=600, digits=12)
    token = core.auth_token_desk.issue(operator, tenant, life_s=600)
    otp = code_at(product.seeds["CANARY-HOTP"], 0, digits=8)
    return {
        "ValidateOTP": {"username": USER, "OTP": otp},
        "ValidatePush": {"username": "nobody", "loginTo": "Portal", "ipAddress": "192.0.2.1"},
        "ValidatePushCustom": {"username": "nobody", "customMessage": "hello there", "customTimeout": "30"},
        "ValidateCard": {"username": USER, "cardInformation": CARD, "pin": PIN},
        "ValidateAuthCode": {"username": USER, "authCode": code},
        "ValidateAuthToken": {"username": USER, "authToken": token},
        "EncryptValue": {"name": "n", "cleartextValue": CLEAR},
        "EncryptValueAES": {"name": "n", "cleartextValue": CLEAR},
        "DecryptValue": {"name": "n", "encryptedValue": ""},
        "DecryptValueAES": {"name": "n", "encryptedValue": ""},
        "GetQuestions": {"username": USER},
        "ValidateQuestions": {"username": USER},
    }


def send_everywhere(caller: Caller, name: str, values: dict[str, str]) -> list[int]:
    """Call one operation over both SOAP versions, both form protocols and JSON; return the status codes."""
    full = values | {"domain": "", "apiKey": caller.api_key}
    lists = {"questions": ["Pet?"], "answers": [ANSWER]}
    inner = operation(name, **full)
    if name == "ValidateQuestions":
        listed = "".join(f"<{key}><string>{texts[0]}</string></{key}>" for key, texts in lists.items())
        inner = inner.replace(f"</{name}>", f"{listed}</{name}>")
    fields = urlencode(full | ({key: texts[0] for key, texts in lists.items()} if "Questions" in name else {}))
    path = f"/ValidateService.asmx/{name}"
    action = f'"{NAMESPACE}{name}"'
    replies = [
        caller.send("POST", "/ValidateService.asmx", envelope(inner), Content_Type=TEXT_XML, SOAPAction=action),
        caller.send("POST", "/ValidateService.asmx", envelope(inner, namespace=E12), Content_Type=SOAP_XML),
        caller.send("POST", path, fields.encode(), Content_Type=FORM),
        caller.send("GET", f"{path}?{fields}"),
        caller.send("POST", path, json.dumps(full | lists).encode(), Content_Type=JSON),
    ]
    return [reply.status for reply in replies]


def send_wrong(caller: Caller, name: str, values: dict[str, str]) -> list[int]:
    """Call with wrong secrets, with secrets of the wrong length or type, and in messages that cannot be read."""
    wrong = {key: WRONG if key in SECRET_PARAMETERS else value for key, value in values.items()}
    statuses = send_everywhere(caller, name, wrong)
    body = envelope(operation(name, **values, apiKey=caller.api_key))
    secret = next((value for key, value in values.items() if key in SECRET_PARAMETERS), ANSWER)
    malformed = [
        body[:-20],
        body.replace(b"<soap:Body>", b"<soap:Body><" + secret.encode() + b">"),
        body.replace(b"</", b"&" + secret.encode() + b";</", 1),
        b'<!DOCTYPE x [<!ENTITY e "%s">]>' % secret.encode() + body.partition(b"?>")[2],
        envelope(operation(secret if secret[0].isalpha() else f"x{secret}", x=secret)),
        envelope(operation(name, **{key: value * 400 for key, value in values.items()}, apiKey=secret)),
        body.replace(b"username>", secret.encode() + b">") if secret[0].isalpha() else b"\xff" + body,
    ]
    for text in malformed:
        statuses.append(caller.send("POST", "/ValidateService.asmx", text, Content_Type=TEXT_XML).status)
    path = f"/ValidateService.asmx/{name}"
    statuses.append(caller.send("POST", path, b'{"x": "%s' % secret.encode(), Content_Type=JSON).status)
    statuses.append(caller.send("POST", path, b'["%s"]' % secret.encode(), Content_Type=JSON).status)
    statuses.append(caller.send("POST", path, secret.encode(), Content_Type=f"text/{quote(secret)}").status)
    statuses.append(caller.send("POST", f"/ValidateService.asmx/{quote(secret)}", b"", Content_Type=FORM).status)
    statuses.append(caller.send("GET", f"/{quote(secret)}?OTP={quote(secret)}").status)
    statuses.append(caller.send("GET", f"/ValidateService.asmx?op={quote(secret)}").status)
    soap = {"Content_Type": TEXT_XML, "SOAPAction": quote(secret), "Referer": f"http://x/?OTP={quote(secret)}"}
    statuses.append(caller.send("POST", "/ValidateService.asmx", body, **soap).status)
    return statuses


def send_broken(service: Service, secrets: list[bytes]) -> list[int]:
    """Send the secrets in what is no HTTP, or only half of it."""
    statuses = []
    shapes = [
        b"%s\r\n\r\n",
        b"GET /%s HTTP/9.9\r\n\r\n",
        b"%s / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n%s\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header %s: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %s\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: %s\r\n\r\n",
        b"POST /ValidateService.asmx HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n\r\n",
        b"POST /ValidateService.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n%s",
        b"GET /ValidateService.asmx?wsdl HTTP/1.1\r\nHost: %s/\r\n\r\n",
    ]
    for secret in secrets:
        for shape in shapes:
            with socket.create_connection(("127.0.0.1", service.port), timeout=30) as client:
                client.sendall(shape % secret)
                client.shutdown(socket.SHUT_WR)
                answer = client.recv(100)
                statuses.append(int(answer.split(b" ")[1]) if answer else 0)
    return statuses


def test_the_secrets_did_go_through(sent: Sent) -> None:
    """Otherwise the searches would find nothing because nothing was there."""
    accepted = {event["event"] for event in sent.product.audit(reason="accepted")}
    assert accepted == {
        *("otp:verify", "card:verify", "auth_code:verify", "auth_token:verify", "questions:verify"),
        "password:verify",
    }
    assert len(sent.product.audit(event="value:decrypt")) >= 8
    assert [row["reason"] for row in sent.product.audit(event="message:send")] == ["done", "delivery_failed"]
    assert len(sent.product.audit(event="password:set")) == 2
    over_connector = [event["event"] for event in sent.product.audit() if event["surface"] == "connector"]
    assert {"device:add", "otp:verify", "auth_token:issue", "auth_token:verify", "call:refuse"} <= set(over_connector)
    assert {"password:verify", "user:search", "device:show", "device:provision"} <= set(over_connector)
    assert len(sent.secrets) >= 22
    assert {200, 400, 500} <= set(sent.statuses)
    assert len(sent.statuses) > 250


def found_in(content: bytes, secrets: set[bytes]) -> list[bytes]:
    folded = content.lower()
    return [secret for secret in sorted(secrets) if secret in content or secret.lower() in folded]


def test_no_secret_is_in_the_log(sent: Sent) -> None:
    """At its most talkative level, whatever was wrong with the request."""
    log = (sent.product.settings.data_dir / "server.log").read_bytes()
    assert b"Booting worker" in log
    assert found_in(log, sent.secrets | sent.private) == []


def test_no_secret_is_in_the_audit_trail(sent: Sent) -> None:
    """In none of its columns."""
    rows = sent.product.audit()
    assert len(rows) > 100
    assert found_in(json.dumps(rows).encode(), sent.secrets | sent.private) == []


def test_no_secret_is_in_any_file(sent: Sent) -> None:
    """Database, its log, lanes, locks: seeds, PINs, answers, API keys and clear values are stored nowhere in clear."""
    sent.product.installation.database.close()
    folder = sent.product.settings.data_dir
    with sqlite3.connect(folder / "validate_service.sqlite3") as connection:
        connection.execute("PRAGMA wal_checkpoint(FULL)")
    connection.close()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.parent.name == "audit-lanes" for path in files)
    assert {str(path.name): found_in(path.read_bytes(), sent.secrets) for path in files} == {
        path.name: [] for path in files
    }


def test_no_secret_is_in_the_arguments_of_a_process(sent: Sent) -> None:
    """Everybody on the machine can read those."""
    assert sent.arguments
    assert found_in(sent.arguments, sent.secrets | sent.private) == []


def test_every_line_of_the_log_is_one_json_object(sent: Sent) -> None:
    """Nothing that a caller sends begins a line of its own, and no traceback is written."""
    lines = (sent.product.settings.data_dir / "server.log").read_text().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert "Traceback" not in "".join(lines)
