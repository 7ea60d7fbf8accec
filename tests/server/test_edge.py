"""What the edge of the application adds to a request, and whom it believes."""

import json
import subprocess
import sys
from collections.abc import Iterable
from http.client import HTTPConnection
from ipaddress import ip_network
from typing import Any

import pytest

from tests.facades.soap.wire import TEXT_XML, envelope, operation
from tests.product import Product
from tests.server.service import Service, served
from validate_service.facades.http.requests import ADDRESS, RELAYED, REQUEST_ID
from validate_service.server.edge import Edge

PROXIES = tuple(ip_network(text) for text in ("10.0.0.0/8", "192.0.2.10", "2001:db8::/32"))


def seen_through(*proxies: Any, **environ: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the environment that the application sees, and the headers of the answer."""
    seen: dict[str, Any] = {}
    answered: dict[str, str] = {}

    def application(inner: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.update(inner)
        start("200 OK", [])
        return [b""]

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answered.update(headers)
        return lambda data: None

    outer = {"REMOTE_ADDR": "192.0.2.10", "wsgi.url_scheme": "http", "HTTP_HOST": "inner", "PATH_INFO": "/"}
    list(Edge(application, proxies)(outer | environ, start_response))
    return seen, answered


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.7", "203.0.113.5", "198.51.100.7"),
        ("10.1.2.3", "203.0.113.5", "203.0.113.5"),
        ("10.1.2.3", "127.0.0.1, 203.0.113.5", "203.0.113.5"),
        ("10.1.2.3", "127.0.0.1, 203.0.113.5, 10.9.9.9", "203.0.113.5"),
        ("10.1.2.3", "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "10.4.4.4, 10.5.5.5", "10.4.4.4"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("10.1.2.3", " , ,", "10.1.2.3"),
        ("10.1.2.3", "unknown", "unknown"),
        ("::ffff:10.1.2.3", "203.0.113.5", "203.0.113.5"),
        ("::ffff:198.51.100.7", "203.0.113.5", "::ffff:198.51.100.7"),
        ("10.1.2.3", "::ffff:203.0.113.5", "::ffff:203.0.113.5"),
        ("10.1.2.3", "203.0.113.5, ::ffff:10.8.8.8", "203.0.113.5"),
        ("2001:db8::1%eth0", "203.0.113.5", "203.0.113.5"),
        ("2001:db9::1", "203.0.113.5", "2001:db9::1"),
        ("", "203.0.113.5", ""),
    ],
)
def test_a_forwarded_address_is_believed_as_far_as_the_proxies_are_ours(
    peer: str, forwarded: str, address: str
) -> None:
    """From the peer backwards: the first address that is no proxy of ours is the caller's."""
    seen, _ = seen_through(*PROXIES, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert seen[ADDRESS] == address


@pytest.mark.parametrize(
    ("peer", "headers", "relayed"),
    [
        ("198.51.100.7", {}, False),
        ("198.51.100.7", {"HTTP_X_FORWARDED_FOR": "203.0.113.5"}, True),
        ("198.51.100.7", {"HTTP_X_FORWARDED_PROTO": "https"}, True),
        ("198.51.100.7", {"HTTP_FORWARDED": "for=203.0.113.5"}, True),
        ("198.51.100.7", {"HTTP_X_REAL_IP": "203.0.113.5"}, True),
        ("10.1.2.3", {"HTTP_X_FORWARDED_FOR": "203.0.113.5"}, False),
        ("10.1.2.3", {"HTTP_X_FORWARDED_FOR": "203.0.113.5", "HTTP_X_REAL_IP": "203.0.113.5"}, False),
        ("10.1.2.3", {}, True),
        ("10.1.2.3", {"HTTP_FORWARDED": "for=203.0.113.5"}, True),
        ("10.1.2.3", {"HTTP_X_FORWARDED_FOR": "10.4.4.4"}, True),
        ("10.1.2.3", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, True),
        ("10.1.2.3", {"HTTP_X_FORWARDED_FOR": "::ffff:127.0.0.1"}, True),
    ],
)
def test_an_address_that_says_nothing_about_the_caller_is_marked(
    peer: str, headers: dict[str, str], relayed: bool
) -> None:
    """A stranger's proxy, a proxy of ours that names nobody, or one that names its own machine."""
    seen, _ = seen_through(*PROXIES, REMOTE_ADDR=peer, **headers)
    assert seen[RELAYED] is relayed


def test_without_configured_proxies_nothing_is_believed() -> None:
    """Loopback is no proxy unless the operator says so."""
    headers = {"HTTP_X_FORWARDED_FOR": "1.1.1.1", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "evil"}
    seen, _ = seen_through(REMOTE_ADDR="127.0.0.1", **headers)
    assert (seen[ADDRESS], seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == ("127.0.0.1", "http", "inner")


@pytest.mark.parametrize(
    ("peer", "scheme", "host"), [("10.1.2.3", "https", "mfa.example"), ("198.51.100.7", "http", "inner")]
)
def test_scheme_and_host_are_taken_from_our_proxies_only(peer: str, scheme: str, host: str) -> None:
    """Anybody else would choose the addresses in the WSDL."""
    headers = {"HTTP_X_FORWARDED_PROTO": "HTTPS", "HTTP_X_FORWARDED_HOST": "mfa.example"}
    seen, _ = seen_through(*PROXIES, REMOTE_ADDR=peer, **headers)
    assert (seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == (scheme, host)


def test_a_scheme_that_is_none_is_not_believed() -> None:
    """Only http and https exist."""
    seen, _ = seen_through(*PROXIES, REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_PROTO="gopher")
    assert seen["wsgi.url_scheme"] == "http"


def test_every_request_has_an_id_of_its_own_that_no_caller_chooses() -> None:
    """The answer carries the id that the application records."""
    ids = []
    for _ in range(50):
        seen, answered = seen_through(HTTP_X_REQUEST_ID="chosen")
        assert answered["X-Request-Id"] == seen[REQUEST_ID]
        ids.append(seen[REQUEST_ID])
    assert len(set(ids)) == 50
    assert "chosen" not in ids


def test_a_defect_is_answered_500_with_an_id_and_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever an exception says may have come from a caller."""

    def broken(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        raise ValueError("123456 secret")

    answered: list[Any] = []
    body = Edge(broken, ())(
        {"REMOTE_ADDR": "", "PATH_INFO": "/"},
        lambda status, headers, exc_info=None: answered.append((status, dict(headers))),  # type: ignore[arg-type]
    )
    ((status, headers),) = answered
    assert (status, list(body)) == ("500 Internal Server Error", [b""])
    assert len(headers["X-Request-Id"]) == 32
    captured = capsys.readouterr()
    assert "secret" not in captured.out + captured.err


def search(product: Product, request_id: str) -> list[dict[str, Any]]:
    """Ask the operator's command for the event of a request."""
    command = [sys.executable, "-m", "validate_service", "audit", "search", "--json", "--request-id", request_id]
    environment = {"VALIDATE_SERVICE_DATA_DIR": str(product.settings.data_dir)}
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    found: list[dict[str, Any]] = json.loads(output)
    return found


def test_the_id_of_an_answer_finds_exactly_its_event(service: Service) -> None:
    """Of an accepted call, a refused one, and one with a fault."""
    user, caller = service.owner("searched", "SEARCHED"), service.caller()
    code = service.product.next_code("SEARCHED")
    right, wrong = caller.otp(user, code), caller.otp(user, code)
    body = envelope(operation("ValidateOTP", username=user, OTP="1", apiKey="no such key"))
    fault = caller.send("POST", "/ValidateService.asmx", body, Content_Type=TEXT_XML)
    reasons = []
    for reply in (right, wrong, fault):
        (event,) = search(service.product, reply.request_id)
        assert event["request_id"] == reply.request_id
        reasons.append(event["reason"])
    assert reasons == ["accepted", "replayed", "caller_not_authorized"]


@pytest.mark.parametrize(
    ("method", "path", "length", "status"),
    [
        ("GET", "/", 0, 200),
        ("GET", "/nowhere", 0, 404),
        ("GET", "/ValidateService.asmx", 0, 200),
        ("GET", "/ValidateService.asmx/ValidateOTP?OTP=1", 0, 500),
        ("HEAD", "/ValidateService.asmx?wsdl", 0, 200),
        ("PUT", "/ValidateService.asmx", 3, 405),
        ("POST", "/ValidateService.asmx", 3, 500),
        ("POST", "/ValidateService.asmx", 65_537, 413),
        ("POST", "/nowhere", 65_537, 404),
        ("POST", "/restservices/restservice.svc/UserExists", 3, 400),
        ("POST", "/restservices/restservice.svc/UserExists", 65_537, 413),
        ("GET", "/restservices/restservice.svc/UserExists", 0, 405),
        ("GET", "/restservices/restservice.svc/nowhere", 0, 404),
        ("GET", "/openapi.json", 0, 200),
        ("GET", "/healthz", 0, 200),
    ],
)
def test_every_answer_carries_an_id(service: Service, method: str, path: str, length: int, status: int) -> None:
    """Whatever was asked, and however it was refused."""
    reply = Service(service.product, service.url, service.master).caller()
    answer = reply.send(method, path, b"x" * length, Content_Type=TEXT_XML)
    reply.close()
    assert answer.status == status
    assert len(answer.request_id) == 32


def test_a_service_behind_a_proxy_records_whom_the_proxy_names(own_product: Product) -> None:
    """Over the wire: forged headers of strangers, underscores for hyphens, and several headers of one name."""
    body = envelope(operation("ValidateOTP", username="nobody", OTP="1", apiKey=own_product.api_key))
    with served(own_product, VALIDATE_SERVICE_TRUSTED_PROXIES="127.0.0.1") as service:

        def address_recorded(source: str, *headers: tuple[str, str]) -> str:
            connection = HTTPConnection("127.0.0.1", service.port, source_address=(source, 0))
            connection.putrequest("POST", "/ValidateService.asmx")
            for name, value in (*headers, ("Content-Type", TEXT_XML), ("Content-Length", str(len(body)))):
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            (event,) = own_product.audit(request_id=answer.headers["X-Request-Id"])
            return str(event["address"])

        forwarded = ("X-Forwarded-For", "203.0.113.5")
        assert address_recorded("127.0.0.1", forwarded) == "203.0.113.5"
        assert address_recorded("127.0.0.2", forwarded) == "127.0.0.2"
        assert address_recorded("127.0.0.1", ("X_Forwarded_For", "6.6.6.6")) == "127.0.0.1"
        assert address_recorded("127.0.0.1", ("X-Forwarded-For", "6.6.6.6"), forwarded) == "203.0.113.5"
        assert address_recorded("127.0.0.1", ("Forwarded", "for=6.6.6.6")) == "127.0.0.1"
        assert address_recorded("127.0.0.1", ("X-Real-IP", "6.6.6.6")) == "127.0.0.1"
        wsdl = service.caller().send("GET", "/ValidateService.asmx?wsdl", X_Forwarded_Proto="https", Host="mfa.example")
        assert "https://mfa.example/ValidateService.asmx" in wsdl.text


def test_an_allow_list_looks_at_the_true_address(own_product: Product) -> None:
    """A stranger who names an allowed address is still a stranger."""
    own_product.core.tenant_register.allow_networks(own_product.operator(), own_product.tenant, ["203.0.113.0/24"])
    with served(own_product, VALIDATE_SERVICE_TRUSTED_PROXIES="127.0.0.9") as service:
        body = envelope(operation("ValidateOTP", username="nobody", OTP="1", apiKey=own_product.api_key))
        forged = service.caller().send(
            "POST", "/ValidateService.asmx", body, Content_Type=TEXT_XML, X_Forwarded_For="203.0.113.5"
        )
    assert "The calling address is not allowed." in forged.text


@pytest.mark.parametrize(
    ("proxies", "source", "forwarded", "status"),
    [
        ("192.0.2.10", "127.0.0.1", None, 200),
        ("192.0.2.10", "127.0.0.1", "127.0.0.1", 403),
        ("127.0.0.1", "127.0.0.1", None, 403),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", 403),
        ("127.0.0.1", "127.0.0.1", "203.0.113.5", 403),
        ("127.0.0.1", "127.0.0.1", "192.0.2.77", 200),
        ("127.0.0.1", "127.0.0.2", "192.0.2.77", 403),
    ],
)
def test_an_administration_network_is_not_reached_through_a_proxy(
    own_product: Product, proxies: str, source: str, forwarded: str | None, status: int
) -> None:
    """Without a key only who truly is in the network registers one: a proxy's own address is nobody's."""
    networks = {"VALIDATE_SERVICE_ADMINISTRATION_NETWORKS": "127.0.0.0/8, 192.0.2.77"}
    with served(own_product, workers=1, VALIDATE_SERVICE_TRUSTED_PROXIES=proxies, **networks) as service:
        connection = HTTPConnection("127.0.0.1", service.port, source_address=(source, 0))
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        body = b'{"fqdn": "portal", "apiKey": "12345678"}'
        connection.request("POST", "/restservices/restservice.svc/CreateAPIkey", body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
    assert answer.status == status
