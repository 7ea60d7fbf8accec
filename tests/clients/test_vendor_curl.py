"""The curl commands of the vendor's documentation work as they are written, mistakes and all."""

import json
import re
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from tests.clients.desk import Desk
from tests.clients.expected import BAD_KEY, CLEAR_TEXT, OPERATIONS
from tests.clients.person import PIN, QUESTIONS, Person
from tests.clients.service import Service, program, run

SAMPLES_FILE = Path(__file__).parents[1] / "data" / "vendor_curl_samples.json"
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    sample["operation"]: sample for sample in json.loads(SAMPLES_FILE.read_text("utf-8"))["samples"]
}
HOST_PLACEHOLDER = "<MFAServerHostname>"
BODY = re.compile("<soap12:Body>.*</soap12:Body>", re.DOTALL)
VALUE = r"<(%s)>[^<]*</\1>"
USER_NUMBERS = count(1)

RESULTS: Mapping[str, list[str]] = {
    "DecryptValue": [CLEAR_TEXT],
    "DecryptValueAES": [CLEAR_TEXT],
    "GetQuestions": ["success", *QUESTIONS],
}
"""What right values give where that is not just ``true``, or another value each time."""


@pytest.fixture
def person(service: Service) -> Person:
    """A new user with a token, a card, questions and an authenticator."""
    person = Person(service.product, f"curl-{next(USER_NUMBERS)}")
    person.enrol()
    person.give_token()
    person.give_card()
    person.give_questions()
    person.give_authenticator()
    return person


def values_to_fill_in(service: Service, person: Person, operation: str) -> dict[str, str]:
    """Return what a reader puts in place of the documentation's words, by element."""
    values = {"apiKey": service.product.api_key, **person.who, "name": "db", "cleartextValue": CLEAR_TEXT}
    values |= {"loginTo": "Portal", "ipAddress": "192.0.2.7", "customMessage": "Pay 5 €?", "customTimeout": "60"}
    values |= {"OTP": person.next_code(), "cardInformation": person.card, "pin": PIN}
    values |= {"authCode": person.new_auth_code(), "authToken": person.new_auth_token()}
    if operation.startswith("Decrypt"):
        call, aes = service.product.call(), operation.endswith("AES")
        values["encryptedValue"] = service.product.core.values.encrypt(call, "db", CLEAR_TEXT, aes=aes)
    return values


def filled_in(command: str, service: Service, values: Mapping[str, str]) -> str:
    """Return *command* with the host and the values in their places."""
    for element, value in values.items():
        sent = escape(value, {"'": "&apos;", "\\": "&#92;"})  # the shell and the pattern leave these alone
        command = re.sub(VALUE % element, rf"<\1>{sent}</\1>", command)
    return command.replace(HOST_PLACEHOLDER, urlsplit(service.url).netloc)


def send(command: str) -> tuple[str, str]:
    """Paste *command* into a shell; return the head and the body of the answer."""
    shown = command.replace("curl ", f"{program('curl')} --silent --show-error --include ", 1)
    finished = run("sh", "-c", shown)
    assert finished.returncode == 0, finished.stderr
    head, _, body = finished.stdout.partition("\n\n")
    return head, body


def documented(sample: Mapping[str, Any], part: str) -> str:
    """Return a part of a sample, with the typo put right that no server could accept."""
    text = "\n".join(sample[part]) if part == "command" else str(sample[part])
    typo = sample.get("typo", {"of": ""})
    return text.replace(typo["documented"], typo["meant"]) if typo["of"] == part else text


def require_documented_answer(head: str, body: str, sample: Mapping[str, Any]) -> None:
    """Require the documented status, type and elements, and the result that right values give."""
    assert head.startswith("HTTP/1.1 200 OK\n")
    assert "Content-Type: application/soap+xml; charset=utf-8" in head.splitlines()
    assert body.startswith('<?xml version="1.0" encoding="utf-8"?>')
    answer, shape = etree.fromstring(body.encode()), etree.fromstring(documented(sample, "answer").encode())
    assert [element.tag for element in answer.iter()] == [element.tag for element in shape.iter()]
    for element, described in zip(answer.iter(), shape.iter(), strict=True):
        if described.text == "boolean":
            assert element.text == "true"
        if described.text == "string":
            assert element.text
    texts = [element.text for element in answer.iter() if not len(element)]
    assert RESULTS.get(sample["operation"], texts) == texts


def test_every_operation_but_one_has_a_documented_command() -> None:
    """The documentation shows eleven operations; it names ValidateQuestions, without a sample."""
    assert set(SAMPLES) == set(OPERATIONS) - {"ValidateQuestions"}


@pytest.mark.parametrize("operation", SAMPLES)
def test_documented_command_gets_the_documented_answer(
    service: Service, desk: Desk, person: Person, operation: str
) -> None:
    """Pasted into a shell with host, key and values filled in, each command works, whatever namespace it shows."""
    sample = SAMPLES[operation]
    called = sample.get("command_calls", operation)
    command = filled_in(documented(sample, "command"), service, values_to_fill_in(service, person, called))
    require_documented_answer(*send(command), SAMPLES[called])


@pytest.mark.parametrize("operation", SAMPLES)
def test_documented_body_gets_the_documented_answer(
    service: Service, desk: Desk, person: Person, operation: str
) -> None:
    """So does each command with the body that its page shows below it."""
    sample = SAMPLES[operation]
    command = BODY.sub(lambda _: str(sample["body"]), documented(sample, "command"))
    command = filled_in(command, service, values_to_fill_in(service, person, operation))
    require_documented_answer(*send(command), sample)


@pytest.mark.parametrize("operation", SAMPLES)
def test_documented_command_without_a_right_key_gets_a_fault(service: Service, person: Person, operation: str) -> None:
    """With the word ``string`` left in the key's place, a command gets a SOAP 1.2 fault."""
    values = values_to_fill_in(service, person, operation)
    del values["apiKey"]
    command = filled_in(documented(SAMPLES[operation], "command"), service, values)
    assert fault_of(command) == ("soap:Sender", BAD_KEY)


def test_documented_command_that_is_no_xml_is_refused(service: Service, person: Person) -> None:
    """One command misses a space and is not well-formed: it gets a fault that says so."""
    values = values_to_fill_in(service, person, "DecryptValueAES")
    code, text = fault_of(filled_in("\n".join(SAMPLES["DecryptValueAES"]["command"]), service, values))
    assert code == "soap:Receiver"
    assert text.endswith("The XML is not well-formed.")


def fault_of(command: str) -> tuple[str, str]:
    """Paste *command* into a shell; return the code and the text of the SOAP 1.2 fault that it gets."""
    head, body = send(command)
    assert head.startswith("HTTP/1.1 500 ")
    assert "Content-Type: application/soap+xml; charset=utf-8" in head.splitlines()
    code, text = etree.fromstring(body.encode()).xpath("//*[local-name()='Value' or local-name()='Text']/text()")
    return str(code), str(text)
