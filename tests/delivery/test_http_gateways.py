"""Text messages and calls: what a gateway gets, and what becomes of its answers."""

import json
import logging
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest

from tests.delivery.messages import CALL, SECRETS, SMS, courier, failure
from tests.delivery.servers import Answer, Certificate, Gateway, Request, bad_server, free_port, hangs_up, http_gateway
from validate_service.config import GatewaySettings
from validate_service.core.messages import Channel
from validate_service.server.logs import configure_logs

JSON = {"Content-Type": "application/json; charset=utf-8"}
TEMPLATE = '{"to": ["$phone"], "text": "${text}", "lang": "$language", "price": "$$1"}'


def request_of(gateway: Gateway) -> Request:
    """Return the only request that arrived."""
    [request] = gateway.arrived
    return request


@pytest.mark.parametrize("media_type", ["application/json", "Application/vnd.example+JSON ; charset=utf-8"])
def test_a_json_body_is_escaped_as_json(media_type: str) -> None:
    """Quotation marks, umlauts, line ends and dollar signs arrive as they were."""
    with http_gateway() as gateway:
        headers = {"content-type": media_type}
        courier(gateway.settings(headers=headers, body=TEMPLATE)).deliver(SMS)
    request = request_of(gateway)
    assert (request.method, request.path, request.headers["content-type"]) == ("POST", "/send", media_type)
    expected = {"to": [SMS.recipient], "text": SMS.body, "lang": "de", "price": "$1"}
    assert json.loads(request.body) == expected


def test_a_form_is_quoted_as_a_form() -> None:
    """The number keeps its plus, the text its ampersand."""
    with http_gateway() as gateway:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        courier(gateway.settings(headers=headers, body="to=$phone&text=$text")).deliver(SMS)
    assert parse_qs(request_of(gateway).body) == {"to": [SMS.recipient], "text": [SMS.body]}


@pytest.mark.parametrize("media_type", ["text/xml", "application/soap+xml"])
def test_an_xml_body_is_escaped_as_xml(media_type: str) -> None:
    """In an attribute and in a text."""
    with http_gateway() as gateway:
        body = '<sms to="$phone" text="$text"><text>$text</text></sms>'
        message = replace(SMS, body=SMS.body.replace("\n", " "))
        courier(gateway.settings(headers={"Content-Type": media_type}, body=body)).deliver(message)
    sms = ET.fromstring(request_of(gateway).body)
    assert sms.attrib == {"to": SMS.recipient, "text": message.body}
    assert sms.findtext("text") == message.body


def test_a_plain_body_is_sent_as_it_is() -> None:
    """Nothing is known that would need to be escaped."""
    with http_gateway() as gateway:
        courier(gateway.settings(headers={"Content-Type": "text/plain"}, body="$text")).deliver(SMS)
    assert request_of(gateway).body == SMS.body


def test_a_url_is_quoted() -> None:
    """In its path and in its query, and a request may be nothing but a URL."""
    with http_gateway() as gateway:
        settings = gateway.settings("/to/$phone?text=$text&lang=$language", method="GET")
        courier(settings).deliver(replace(SMS, recipient="1/2?3#4"))
    url = urlsplit(request_of(gateway).path)
    assert (request_of(gateway).method, request_of(gateway).body) == ("GET", "")
    assert url.path == "/to/1%2F2%3F3%234"
    assert parse_qs(url.query) == {"text": [SMS.body], "lang": ["de"]}


def test_a_number_can_be_had_without_its_plus() -> None:
    """Some gateways want digits only."""
    with http_gateway() as gateway:
        courier(gateway.settings("/to/$digits", method="GET")).deliver(replace(SMS, recipient="+491711234567"))
    assert request_of(gateway).path == "/to/491711234567"


def test_headers_carry_tokens_and_values() -> None:
    """A number as it is; what no header can hold is percent-encoded, so that a text begins no header of its own."""
    with http_gateway() as gateway:
        headers = JSON | {"Authorization": "Bearer t0ken$$", "X-To": "$phone", "X-Text": "$text"}
        courier(gateway.settings(headers=headers, body="{}")).deliver(replace(SMS, body="Büro\r\nX-Eve: 1 %"))
    found = request_of(gateway).headers
    assert (found["authorization"], found["x-to"]) == ("Bearer t0ken$", SMS.recipient)
    assert found["x-text"].isascii()
    assert unquote(found["x-text"]) == "Büro\r\nX-Eve: 1 %"
    assert "x-eve" not in found


def test_a_call_is_carried_by_its_own_gateway() -> None:
    """A text that is to be read out goes the same way, by PUT if the gateway wants it so."""
    with http_gateway() as gateway:
        settings = gateway.settings(method="PUT", headers=JSON, body=TEMPLATE)
        sender = courier(settings)
        sender.deliver(CALL)
    assert sender.carries(Channel.VOICE)
    assert not sender.carries(Channel.EMAIL)
    assert request_of(gateway).method == "PUT"
    assert json.loads(request_of(gateway).body)["text"] == CALL.body


def test_a_certificate_is_verified(certificate: Certificate) -> None:
    """Good with its own authority; without it, refused before anything is said."""
    with http_gateway(certificate=certificate) as gateway:
        courier(gateway.settings()).deliver(SMS)
        assert len(gateway.arrived) == 1
        said = failure(courier(replace(gateway.settings(), ca_file=None)), SMS)
    assert said == "sms: no trustworthy TLS connection"
    assert len(gateway.arrived) == 1


def test_a_certificate_of_another_address_is_refused(foreign_certificate: Certificate) -> None:
    """Although its issuer is trusted."""
    with http_gateway(certificate=foreign_certificate) as gateway:
        assert failure(courier(gateway.settings()), SMS) == "sms: no trustworthy TLS connection"
    assert gateway.arrived == []


@pytest.mark.parametrize("status", [400, 401, 404, 302, 307])
def test_a_refusal_for_good_is_not_tried_again(status: int) -> None:
    """Nor is a redirection followed: it would carry the text to where nobody meant it to go."""
    answer = Answer(status, headers={"Location": "/elsewhere"})
    with http_gateway(answers=[answer]) as gateway:
        assert failure(courier(gateway.settings("/send?to=$phone")), SMS) == f"sms: refused with {status}"
    assert len(gateway.arrived) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_refusal_is_tried_again(status: int) -> None:
    """Once: then it arrives, or the caller is told."""
    with http_gateway(answers=[Answer(status)]) as gateway:
        courier(gateway.settings()).deliver(SMS)
        assert len(gateway.arrived) == 2
    with http_gateway(answers=[Answer(500), Answer(status), Answer(500)]) as gateway:
        assert failure(courier(gateway.settings()), CALL) == f"voice: refused with {status}"
        assert len(gateway.arrived) == 2


def test_success_is_what_the_settings_say() -> None:
    """Other statuses than 2xx may mean it, and 200 may not."""
    with http_gateway(answers=[Answer(404), Answer(200)]) as gateway:
        sender = courier(gateway.settings(success_status=frozenset({404})))
        sender.deliver(SMS)
        assert failure(sender, SMS) == "sms: refused with 200"


def test_an_answer_must_hold_the_text_of_success() -> None:
    """Some gateways say 200 to everything.  What says no is not asked again."""
    with http_gateway(answers=[Answer(body="Größe: ok".encode()), Answer(body=b"error: unknown number")]) as gateway:
        sender = courier(gateway.settings(success_text="Größe: ok"))
        sender.deliver(SMS)
        assert failure(sender, SMS) == "sms: the answer does not say that it was taken"
    assert len(gateway.arrived) == 2


def test_only_the_beginning_of_an_answer_is_read() -> None:
    """64 KiB are enough for a yes."""
    early, late = Answer(body=b"yes" + bytes(10**7)), Answer(body=bytes(64 * 1024) + b"yes")
    with http_gateway(answers=[early, late]) as gateway:
        sender = courier(gateway.settings(success_text="yes"))
        sender.deliver(SMS)
        assert failure(sender, SMS) == "sms: the answer does not say that it was taken"


def test_variables_of_the_environment_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that another program needs would read the texts."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with http_gateway() as gateway:
        courier(gateway.settings()).deliver(SMS)
    assert len(gateway.arrived) == 1


def test_a_gateway_that_is_not_there_is_named() -> None:
    """After two tries."""
    settings = GatewaySettings(f"http://127.0.0.1:{free_port()}/send?to=$phone")
    assert failure(courier(settings), SMS) == "sms: the connection was not made, or lost"


def test_a_gateway_that_hangs_up_is_named() -> None:
    """After two tries."""
    with bad_server(hangs_up) as port:
        settings = GatewaySettings(f"http://127.0.0.1:{port}/send?to=$phone")
        assert failure(courier(settings), SMS) == "sms: the connection was not made, or lost"


def test_nothing_of_a_message_is_logged(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Also not by a library, when everything else is."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers)
    monkeypatch.setattr(root, "level", root.level)
    with http_gateway() as gateway:
        configure_logs("debug")
        courier(gateway.settings("/send?to=$phone&text=$text", headers={"X-Key": "t0ken"})).deliver(SMS)
        logging.getLogger("validate_service").debug("everything else")
    logged = capfd.readouterr().err
    assert "everything else" in logged
    assert [secret for secret in SECRETS if secret in logged] == []
