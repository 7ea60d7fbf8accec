"""The curl commands of the vendor's REST documentation work as they are written."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.clients.service import program, run
from tests.delivery.servers import MailBox, mail_server
from tests.product import Product, create_product, running

SAMPLES_FILE = Path(__file__).parents[1] / "data" / "rest_curl_samples.json"
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    sample["call"]: sample for sample in json.loads(SAMPLES_FILE.read_text("utf-8"))["samples"]
}
# The test's server has no certificate: https becomes http with the host.
HOST_PLACEHOLDER = re.compile("https?://<MFAServerHostname>")
VALUE_PLACEHOLDER = re.compile(r'"(\w+)"( *: *)(<string>|<string"|string>|"seconds"|"number"|"true false")')
DATA = re.compile(r"--data '.*'")
USER_NUMBERS = count(1)
GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass(frozen=True)
class Service:
    """A running server that can send mail."""

    product: Product
    url: str
    mail_box: MailBox


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """``validate-service serve`` with a mail server beside it."""
    product = create_product(tmp_path_factory.mktemp("installation"))
    with mail_server() as mail_box:
        host, port = mail_box.settings.address
        with running(
            product,
            VALIDATE_SERVICE_PUBLIC_URL="https://mfa.example",
            VALIDATE_SERVICE_SMTP_HOST=host,
            VALIDATE_SERVICE_SMTP_PORT=str(port),
            VALIDATE_SERVICE_SMTP_SENDER=mail_box.settings.sender,
            VALIDATE_SERVICE_SMTP_SECURITY="none",
        ) as url:
            yield Service(product, url, mail_box)
    product.installation.database.close()


@pytest.fixture
def values(service: Service) -> dict[str, str]:
    """What a reader puts in place of the documentation's words, about a new user."""
    name = f"curl-{next(USER_NUMBERS)}"
    return {
        "apiKey": service.product.api_key,
        "userName": name,
        "username": name,
        "domainName": "CORP",
        "email": f"{name}@corp.example",
        "language": "English",
        "authSet": "",
        "roles": "User",
        "carrier": "",
        "phone": "+1 212 555 0100",
        "state": "Enabled",
        "pwd": "correct horse battery staple",
        "pin": "2580",
        "timeout": "300",
        "codeLength": "8",
        "send": "true",
    }


def filled_in(text: str, service: Service, values: Mapping[str, str]) -> str:
    """Return *text* with the host and the values in their places."""
    filled = VALUE_PLACEHOLDER.sub(lambda found: f'"{found[1]}"{found[2]}"{values[found[1]]}"', text)
    return HOST_PLACEHOLDER.sub(f"http://{urlsplit(service.url).netloc}", filled)


def paste(command: str) -> tuple[str, str]:
    """Paste *command* into a shell; return the head and the body of the answer."""
    shown = command.replace("curl ", f"{program('curl')} --silent --show-error --include ", 1)
    finished = run("sh", "-c", shown)
    assert finished.returncode == 0, finished.stderr
    head, _, body = finished.stdout.partition("\n\n")
    return head, body


def prepare(call: str, service: Service, values: dict[str, str]) -> None:
    """Make what the call needs: a user, unless the call adds it."""
    if call not in {"AddUser", "CreateAPIkey"}:
        add = filled_in("\n".join(SAMPLES["AddUser"]["command"]), service, values)
        assert "success" in paste(add)[1]
        exists = filled_in("\n".join(SAMPLES["UserExists"]["command"]), service, values)
        values["userID"] = json.loads(paste(exists)[1])["Result"]


def expected(call: str, values: Mapping[str, str]) -> str:
    """Return a pattern of the documented Result, with the values in it."""
    shown = {
        "AddUser": f"{values['userName']} Saved successfully",
        "DeleteUser": rf"User CORP\{values['userName']} Deleted Successfully",
        "SetUserPassword": rf"User CORP\{values['userName']} Password Updated Successfully",
        "SetUserPin": rf"User CORP\{values['userName']} Pin Updated Successfully",
        "UpdateUser": "success",
        "UserExists": values.get("userID", ""),
        "SendMobileProvision": values.get("userID", ""),
        "getbrandinginfo": "Success",
    }
    return re.escape(shown[call]) if call in shown else {"CreateAPIkey": GUID, "GenerateAuthCode": "[0-9]{8}"}[call]


def require_documented_answer(call: str, head: str, body: str, values: Mapping[str, str]) -> None:
    """Require status, names, their order, and the Result that the documentation prints."""
    assert head.startswith("HTTP/1.1 200 OK\n")
    assert "Content-Type: application/json" in head.splitlines()
    answer = json.loads(body)
    assert list(answer) == re.findall(r'"(\w+)" ?:', str(SAMPLES[call]["answer"]))
    assert answer["status"].lower() == "success"
    assert re.fullmatch(expected(call, values), answer["Result"])


def unregistered(call: str, text: str) -> str:
    """Return the sample of CreateAPIkey with another key: each can be registered once."""
    return text.replace("12345678", f"{next(USER_NUMBERS):08}") if call == "CreateAPIkey" else text


def test_every_call_has_a_documented_command() -> None:
    """The documentation shows ten."""
    assert len(SAMPLES) == 10


@pytest.mark.parametrize("call", SAMPLES)
def test_documented_command_gets_the_documented_answer(service: Service, values: dict[str, str], call: str) -> None:
    """Pasted into a shell with host and values filled in: curl says that the JSON is a form."""
    prepare(call, service, values)
    command = unregistered(call, "\n".join(SAMPLES[call]["command"]))
    require_documented_answer(call, *paste(filled_in(command, service, values)), values)


@pytest.mark.parametrize("call", SAMPLES)
def test_documented_body_at_the_documented_path(service: Service, values: dict[str, str], call: str) -> None:
    """The page's path and body differ from the command's in case, and once in name."""
    prepare(call, service, values)
    sample = SAMPLES[call]
    command = "\n".join(sample["command"]).replace(f"/restservices/restservice.svc/{call}", sample["path"])
    command = DATA.sub(lambda _: f"--data '{unregistered(call, sample['body'])}'", command)
    require_documented_answer(call, *paste(filled_in(command, service, values)), values)


def test_what_is_sent_arrives(service: Service, values: dict[str, str]) -> None:
    """The code and the link go to the user by mail."""
    prepare("GenerateAuthCode", service, values)
    answers = []
    for call in ("GenerateAuthCode", "SendMobileProvision"):
        command = filled_in("\n".join(SAMPLES[call]["command"]), service, values)
        answers.append(json.loads(paste(command)[1])["Result"])
    bodies = [
        mail.message.get_body(("plain",)) for mail in service.mail_box.arrived if mail.recipients == [values["email"]]
    ]
    texts = [body.get_content() for body in bodies if body is not None]
    assert len(texts) == 2
    assert answers[0] in texts[0]
    assert "https://mfa.example/pingme/#enrol=" in texts[1]
