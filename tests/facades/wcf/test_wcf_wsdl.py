"""The WSDL and the page: the committed file is the generated one, and it says what is taken and answered.

``python -m tests.published`` makes the file anew.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.facades.soap.test_wsdl import HOSTILE as HOSTILE_HOSTS
from tests.facades.soap.wire import Answer, call
from tests.facades.wcf.client import INTERFACE, PATH, WcfClient, envelope, parameters, wrapped
from tests.facades.wcf.samples import SAMPLES
from tests.product import Product
from validate_service.facades.soap.requests import AsmxSettings
from validate_service.facades.wcf.application import WcfApplication
from validate_service.facades.wcf.contract import OPERATIONS

COMMITTED = Path(__file__).parents[3] / "wsdl" / "SurePassAuthServerWCFService.wsdl"
URL = f"https://localhost{PATH}"
XS = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
ACTION = "{http://www.w3.org/2006/05/addressing/wsdl}Action"

Get = Callable[..., Answer]


@pytest.fixture
def get(product: Product) -> Get:
    """Asks a service that clients know as ``https://localhost``."""
    application = WcfApplication(product.core, AsmxSettings(public_url="https://localhost/"))
    return lambda query="", **more: call(application, "GET", PATH, query=query, **more)


def committed() -> Any:
    return etree.parse(COMMITTED).getroot()


def test_the_committed_file_is_what_the_service_publishes(get: Get) -> None:
    """In one document, under either name that WCF has for it, in any case."""
    for query in ("wsdl", "WSDL", "singleWsdl", "singlewsdl"):
        answer = get(query)
        assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
        assert answer.body == COMMITTED.read_bytes()


def test_every_operation_is_described_over_both_bindings() -> None:
    """With its actions, which are made as WCF makes them."""
    root, names = committed(), [operation.name for operation in OPERATIONS]
    port_type = root.find(f"{WSDL}portType")
    assert [operation.get("name") for operation in port_type] == names
    actions = [[part.get(ACTION) for part in operation] for operation in port_type]
    assert actions == [[f"{INTERFACE}{name}", f"{INTERFACE}{name}Response"] for name in names]
    bindings = root.findall(f"{WSDL}binding")
    assert [binding.get("name") for binding in bindings] == [
        "BasicHttpBinding_ISurePassAuthServerWCFService",
        "WSHttpBinding_ISurePassAuthServerWCFService",
    ]
    for binding in bindings:
        soap_actions = [element.get("soapAction") for element in binding.iterfind(f"{WSDL}operation/{{*}}operation")]
        assert soap_actions == [f"{INTERFACE}{name}" for name in names]
    assert {element.get("location") for element in root.iter("{*}address")} == {URL}
    assert root.findtext(".//{http://www.w3.org/2005/08/addressing}Address") == URL


def wrappers() -> dict[str, list[Any]]:
    """Return the elements within each operation's elements."""
    schema = committed().find(f"{WSDL}types")[0]
    return {element.get("name"): list(element.iter(f"{XS}element"))[1:] for element in schema.iterfind(f"{XS}element")}


def test_parameters_are_described_as_they_are_read() -> None:
    """Text can be nil, all else can only be missing."""
    found = wrappers()
    for operation in OPERATIONS:
        described = [(one.get("name"), one.get("type"), one.get("nillable")) for one in found[operation.name]]
        assert described == [
            (one.name, f"xs:{one.kind.value}", "true" if one.kind.value == "string" else None)
            for one in operation.parameters
        ]
        assert {one.get("minOccurs") for one in found[operation.name]} == {"0"}


def test_some_signatures_of_the_vendor() -> None:
    """Word for word."""
    found = {name: [element.get("name") for element in elements] for name, elements in wrappers().items()}
    account = ["authServerPartnerLoginName", "authServerPartnerLoginPassword"]
    user = [*account, "authServerPartnerUserLoginName"]
    assert found["ValidateOTP"] == [*user, "authOtp", "printedSerialNumber"]
    assert found["AssginDevice"] == [*user, "psn", "force"]
    assert found["SignAppU2FInit"] == [*account, "appId", user[-1], "psn"]
    assert found["SendPushMessage"] == [*user, "deliveryMethod", "appName", "accountName", "reason", "relyingParty"]
    assert found["EnrollUser"] == [
        *(*account, "firstName", "lastName", "loginName", "loginPassword", "email", "mobilePhone", "deviceType"),
        *("otpType", "otpLength", "otpWindow", "otpPin", "deviceId", "addDeviceOnly", "notificationMethod"),
    ]
    assert found["ValidateOTPResponse"] == ["ValidateOTPResult"]


def classes() -> dict[str, list[Any]]:
    """Return the members of each class."""
    schema = committed().find(f"{WSDL}types")[2]
    return {one.get("name"): list(one.iter(f"{XS}element")) for one in schema.iterfind(f"{XS}complexType")}


def test_members_stand_in_the_order_of_their_names() -> None:
    """A DataContractSerializer skips what comes out of its order."""
    for name, members in classes().items():
        names = [member.get("name") for member in members]
        assert names == sorted(names), name
        assert all(member.get("minOccurs") == "0" for member in members)
        assert all((member.get("nillable") == "true") == (member.get("type") != "xs:int") for member in members)
    assert [member.get("name") for member in classes()["AuthServerResponse"]] == ["ErrorCode", "ErrorMsg"]


def test_answers_have_the_members_that_are_described(wcf: WcfClient) -> None:
    """All of them, in that order, also in a failure: nil, or 0."""
    described = classes()
    for operation in OPERATIONS:
        members = wcf.ask(operation.name)
        names = [member.get("name") for member in described[operation.answer.name]]
        assert list(members) == names, operation.name
        nil = {member.get("name") for member in described[operation.answer.name] if member.get("type") != "xs:int"}
        failed = members["ErrorCode"] != "0"
        assert not failed or {name for name, value in members.items() if value is None} == nil - {"ErrorMsg"}


@pytest.fixture
def schema(tmp_path: Path) -> etree.XMLSchema:
    """The published schemas as one; a validator must be told where the one is that another imports."""
    operations, serialization, data = committed().find(f"{WSDL}types")
    operations.find(f"{XS}import").set("schemaLocation", "classes.xsd")
    for name, tree in (("operations", operations), ("serialization", serialization), ("classes", data)):
        (tmp_path / f"{name}.xsd").write_bytes(etree.tostring(tree))
    etree.XMLSchema(file=str(tmp_path / "serialization.xsd"))
    return etree.XMLSchema(file=str(tmp_path / "operations.xsd"))


def test_messages_obey_the_published_schema(wcf: WcfClient, schema: etree.XMLSchema) -> None:
    """Requests as they are sent here, answers of successes and of failures."""
    wcf.connector.product.add_device("alice", "H1")
    for operation in OPERATIONS:
        given = {one.name: SAMPLES[one.name] for one in operation.parameters}
        request = wrapped(operation.name, parameters(**given | wcf.common(operation, "alice")))
        schema.assertValid(etree.fromstring(request))
        answer = wcf.post(envelope(request), operation.action)
        (response,) = etree.fromstring(answer.body).find("{*}Body")
        schema.assertValid(etree.fromstring(etree.tostring(response)))


def test_the_page_names_every_operation_and_the_description(get: Get) -> None:
    """For whoever opens the address; any query that is none gets it too."""
    answer = get()
    assert (answer.status, answer.content_type) == (200, "text/html; charset=utf-8")
    assert all(f"<dt>{operation.name}</dt>" in answer.text for operation in OPERATIONS)
    assert f'href="{URL}?wsdl"' in answer.text
    assert 'href="?css"' in answer.text
    assert get("xsd=xsd0").body == get("x=y").body == answer.body
    assert get("css").content_type == "text/css; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("query", ["", "wsdl", "singleWsdl"])
def test_without_a_public_url_the_request_tells_the_address(wcf: WcfClient, query: str) -> None:
    """The Host header, if it is one; what a proxy says is not believed."""
    answer = wcf.get(query, headers={"Host": "mfa.example:8443", "X-Forwarded-Host": "evil.example"})
    assert f"http://mfa.example:8443{PATH}" in answer.text
    assert "evil" not in answer.text
    for host in HOSTILE_HOSTS:
        assert wcf.get(query, headers={"Host": host}).status == 400


def test_head_asks_for_no_body(wcf: WcfClient) -> None:
    """But says how long it would be."""
    answer = wcf.get("wsdl", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == len(wcf.get("wsdl").body)


def test_nothing_on_the_page_comes_from_elsewhere(get: Get) -> None:
    """Neither script nor image."""
    assert not re.search(r"<script|<img|https?://(?!localhost)", get().text)


def test_a_call_by_the_described_order_is_answered(wcf: WcfClient) -> None:
    """Every parameter, as a proxy of .NET sends it: with the defaults of its types."""
    for operation in OPERATIONS:
        given = {one.name: one.kind.default for one in operation.parameters}
        assert wcf.send(operation.name, parameters(**given)).status == 200
