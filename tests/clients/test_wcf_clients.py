"""Programs in Python and .NET use the whole WCF service, through clients made of its published WSDL.

Over each of the bindings, from the WSDL whose schemas stand in documents of their own and from the one in one piece:
zeep and Mono's wsdl read both.  Mono's svcutil reads the latter only: of the former it makes an empty client.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
from requests import Session
from zeep import Client
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.transports import Transport

from tests.clients.service import program, run_well
from tests.delivery.servers import MailBox, mail_server
from tests.facades.connector.security_keys import APP_ID, ORIGIN, unwebsafe, websafe
from tests.facades.wcf.samples import SAMPLES
from tests.primitives.software_key import REGISTRATION_TYP, SIGNATURE_TYP, Answer, SoftwareKey, client_data
from tests.product import Product, create_product, running
from validate_service.core.model import DeviceKind
from validate_service.facades.connector.return_codes import APIReturnCode as Code
from validate_service.facades.wcf.contract import OPERATIONS
from validate_service.primitives.hotp import code_at

PATH = "/AuthServerWCFService/SurePassAuthServerWCFService.svc"
NAME = "SurePassAuthServerWCFService"
SOURCES = Path(__file__).parent / "dotnet" / "wcf"
LIBRARIES = ("System.ServiceModel", "System.Runtime.Serialization", "System.Web.Services", "System.Web.Extensions")
ACCOUNT = "Portal-Account"
PASSWORD = "correct horse battery staple"
CLIENTS = ("zeep basic", "zeep ws", "mono basic", "mono ws", "mono reference")
USER_NUMBERS = count(1)


@dataclass(frozen=True)
class Service:
    """A running server that can send mail.

    Attributes:
        product: The installation below it.
        url: Where the WCF service is.
        account_key: The key of the account that calls.
        mail_box: What its users get.
    """

    product: Product
    url: str
    account_key: str
    mail_box: MailBox


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """``validate-service serve`` with a mail server beside it."""
    product = create_product(tmp_path_factory.mktemp("installation"))
    key = product.core.api_key_register.issue_account(product.operator(), product.tenant.id, ACCOUNT)
    with mail_server() as mail_box:
        host, port = mail_box.settings.address
        with running(
            product,
            VALIDATE_SERVICE_SMTP_HOST=host,
            VALIDATE_SERVICE_SMTP_PORT=str(port),
            VALIDATE_SERVICE_SMTP_SENDER=mail_box.settings.sender,
            VALIDATE_SERVICE_SMTP_SECURITY="none",
        ) as url:
            yield Service(product, url + PATH, key, mail_box)
    product.installation.database.close()


class Caller(Protocol):
    """A client of the service in whatever language."""

    def call(self, operation: str, arguments: dict[str, object]) -> dict[str, Any]:
        """Return the members of what an operation answers; an array is a list of their members."""


class FaultedError(Exception):
    """A call was answered with a fault."""


@dataclass(frozen=True)
class ZeepCaller:
    """Calls through zeep."""

    proxy: Any

    def call(self, operation: str, arguments: dict[str, object]) -> dict[str, Any]:
        try:
            answer = serialize_object(getattr(self.proxy, operation)(**arguments), dict)  # type: ignore[no-untyped-call]
        except Fault as fault:
            raise FaultedError(fault.message) from fault
        return {name: _list(value) for name, value in answer.items()}


def _list(value: Any) -> Any:
    """Return the items of an array, which zeep holds under the name of their class."""
    return next(iter(value.values())) if isinstance(value, dict) else value


@dataclass(frozen=True)
class MonoCaller:
    """Calls through a .NET program that does what it is told line by line."""

    process: subprocess.Popen[str]

    def call(self, operation: str, arguments: dict[str, object]) -> dict[str, Any]:
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the program was started without pipes")
        self.process.stdin.write(json.dumps({"operation": operation, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "fault" in answer:
            raise FaultedError(answer["fault"])
        members: dict[str, Any] = answer["members"]
        return members


@pytest.fixture(scope="module")
def executable(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .NET program, compiled against the proxies that svcutil and wsdl made of what is served."""
    folder = tmp_path_factory.mktemp("dotnet")
    run_well(program("svcutil"), "--noConfig", "-out:Proxy.cs", f"{service.url}?wsdl", folder=folder)
    run_well(program("wsdl"), "-namespace:WebReference", "-out:Reference.cs", f"{service.url}?wsdl", folder=folder)
    libraries = [f"-r:{library}" for library in LIBRARIES]
    sources = [*sorted(SOURCES.glob("*.cs")), *sorted(folder.glob("*.cs"))]
    run_well(program("mcs"), "-out:Caller.exe", *libraries, *sources, folder=folder)
    return folder / "Caller.exe"


@contextmanager
def zeep_caller(service: Service, name: str) -> Iterator[Caller]:
    """Yield a zeep client, which addresses its messages because the WSDL tells their actions."""
    binding = "WSHttpBinding" if "ws" in name else "BasicHttpBinding"
    with Session() as session:
        transport = Transport(session=session)  # type: ignore[no-untyped-call]
        client = Client(f"{service.url}?wsdl", transport=transport)  # type: ignore[no-untyped-call]
        yield ZeepCaller(client.bind(NAME, f"{binding}_I{NAME}"))


@contextmanager
def mono_caller(service: Service, executable: Path, name: str) -> Iterator[Caller]:
    command = [program("mono"), str(executable), name.split()[1], service.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            yield MonoCaller(process)
        finally:
            process.kill()


@pytest.fixture(scope="module", params=CLIENTS)
def caller(request: pytest.FixtureRequest, service: Service) -> Iterator[Caller]:
    """Each of the clients."""
    if request.param.startswith("zeep"):
        opened = zeep_caller(service, request.param)
    else:
        opened = mono_caller(service, request.getfixturevalue("executable"), request.param)
    with opened as caller:
        yield caller


@dataclass(frozen=True)
class Person:
    """A user who is called about.

    Attributes:
        service: Where.
        caller: By which client.
        name: The user's name.
    """

    service: Service
    caller: Caller
    name: str

    @property
    def serial(self) -> str:
        """The serial of the user's token."""
        return f"H-{self.name}"

    def ask(self, operation: str, /, **arguments: object) -> dict[str, Any]:
        """Return the members of what an operation answers about this user."""
        names = {
            "authServerPartnerLoginName": ACCOUNT,
            "authServerPartnerLoginPassword": self.service.account_key,
            "loginName" if operation == "EnrollUser" else "authServerPartnerUserLoginName": self.name,
        }
        return self.caller.call(operation, {**names, **arguments})

    def code(self, operation: str, /, **arguments: object) -> Code:
        """Return what became of a call."""
        return Code(self.ask(operation, **arguments)["ErrorCode"])

    def done(self, operation: str, /, **arguments: object) -> dict[str, Any]:
        """Return the members besides code and text of a call that must succeed."""
        members = self.ask(operation, **arguments)
        assert (members.pop("ErrorCode"), members.pop("ErrorMsg")) == (0, "OK")
        return members

    def quiet(self, operation: str, /, **arguments: object) -> dict[str, Any]:
        """Return the same of an operation on security keys, whose successes have no text."""
        members = self.ask(operation, **arguments)
        assert (members.pop("ErrorCode"), members.pop("ErrorMsg") or "") == (0, ""), members
        return members

    def give_token(self) -> bytes:
        """Enrol a token behind the service's back; return its seed."""
        return self.service.product.add_device(self.name, self.serial)

    def next_code(self) -> str:
        """Return the token's next one-time password."""
        return self.service.product.next_code(self.serial)


@pytest.fixture
def person(service: Service, caller: Caller) -> Person:
    """A new user without any factor."""
    name = f"person-{next(USER_NUMBERS)}"
    service.product.add_user(name)
    return Person(service, caller, name)


@pytest.mark.parametrize("name", [operation.name for operation in OPERATIONS])
def test_every_operation_is_called_and_refuses_who_is_not_known(caller: Caller, name: str) -> None:
    """All parameters arrive as what they are: none but the key is wrong."""
    (operation,) = (one for one in OPERATIONS if one.name == name)
    arguments = {one.name: SAMPLES[one.name] for one in operation.parameters}
    answer = caller.call(name, {**arguments, "authServerPartnerLoginPassword": "not a key"})
    assert Code(answer["ErrorCode"]) is Code.PartnerLoginFailed
    assert set(answer) == {member.name for member in operation.answer.members}


def test_a_fault_arrives_as_a_fault(person: Person) -> None:
    """Here because of a serial that no XML can carry."""
    person.service.product.add_device(person.name, f"{person.name}-\x01")
    with pytest.raises(FaultedError, match="due to an internal error"):
        person.ask("FindUser")


def test_a_password_is_accepted_once(person: Person) -> None:
    """And not over another one's serial."""
    person.give_token()
    code = person.next_code()
    assert person.done("ValidateOTP", authOtp=code, printedSerialNumber=person.serial) == {}
    assert person.code("ValidateOTP", authOtp=code, printedSerialNumber="") is Code.OTPAlreadyUsed


def test_a_device_that_ran_away_is_found(person: Person) -> None:
    """By two consecutive passwords."""
    seed = person.give_token()
    pair = {"otp1": code_at(seed, 60), "otp2": code_at(seed, 61), "psn": person.serial}
    assert person.done("SynchronizeDevice", **pair) == {}
    assert person.code("SynchronizeDevice", **pair) is Code.OTPInvalid


def test_a_code_is_sent_and_verified(person: Person) -> None:
    """By mail; over a channel that is not there it cannot be."""
    address = f"{person.name}@corp.example"
    person.done("UpdateUser", email=address, userStatus=0)
    assert person.done("SendOTP", psn="", deliveryMethod=1) == {}
    (mail,) = [mail for mail in person.service.mail_box.arrived if address in mail.recipients]
    (code,) = re.findall(r"\b[0-9]{9}\b", mail.message.get_content())
    assert person.done("ValidateOTP", authOtp=code) == {}
    assert person.code("SendOTP", deliveryMethod=0) is Code.SMSSendError


def test_a_user_is_added_found_changed_and_deleted(service: Service, caller: Caller) -> None:
    """With the devices that an enrolment gave, whose seed was told once."""
    person = Person(service, caller, f"person-{next(USER_NUMBERS)}")
    assert person.done("AddUser", mobile="+12125550100", userStatus=0) == {}
    new = {"deviceType": 2, "otpType": 0, "deviceId": f"NEW-{person.name}", "addDeviceOnly": True}
    enrolled = person.done("EnrollUser", **new)
    assert enrolled["DeviceId"] == new["deviceId"]
    assert person.done("ValidateOTP", authOtp=code_at(bytes.fromhex(enrolled["SecretKeyHex"]), 0)) == {}
    found = person.done("FindUser")
    assert (found["Mobile"], found["UserStatus"]) == ("+12125550100", 0)
    assert found["Devices"] == [{"Psn": new["deviceId"], "DeviceType": 2, "OtpType": 0, "DeviceStatus": 0}]
    assert person.done("UpdateUser", mobile="", userStatus=1) == {}
    assert person.done("FindUser")["UserStatus"] == 1
    assert person.done("DeleteUser", removeRelated=True) == {}
    assert person.code("FindUser") is Code.InvalidPartnerUserLogin


def test_a_password_verifies_a_user_who_can_be_found(person: Person) -> None:
    """By name and by what the name holds."""
    person.done("UpdateUser", firstName="Zoë", lastName="<Ω & Ω>", pw=PASSWORD, userStatus=0)
    shown = person.done("ValidateUser", pw=PASSWORD, noAuth=False)
    assert (shown["FirstName"], shown["LastName"]) == ("Zoë", "<Ω & Ω>")
    assert person.code("ValidateUser", pw="another", noAuth=False) is Code.PartnerUserLoginFailed
    found = person.done("FindUsers", search=person.name, firstRow=0, maxRows=5)
    assert person.name in [user["Username"] for user in found["Users"]]
    assert found["TotalRows"] >= 1
    assert person.code("FindUsers", firstRow=-1) is Code.CreateTransactionFailed


def test_a_device_changes_hands(service: Service, person: Person) -> None:
    """Into stock, and to another user."""
    person.give_token()
    other = Person(service, person.caller, f"person-{next(USER_NUMBERS)}")
    service.product.add_user(other.name)
    assert other.code("AssginDevice", psn=person.serial, force=False) is Code.DeviceInUse
    assert person.done("UnassignDevice", psn=person.serial) == {}
    assert person.code("UnassignDevice", psn=person.serial) is Code.DeviceNotFound
    assert other.done("AssginDevice", psn=person.serial, force=False) == {}
    assert other.done("ValidateOTP", authOtp=person.next_code()) == {}


def test_a_device_is_activated(person: Person) -> None:
    """By two consecutive passwords; two others do not do it."""
    person.give_token()
    first, second = person.next_code(), person.next_code()
    assert person.code("ActiveDevice", otp1=second, otp2=first, psn=person.serial) is Code.OTPInvalid
    assert person.done("ActiveDevice", otp1=first, otp2=second, psn=person.serial) == {}


def test_a_device_is_shown_and_handed_out(person: Person) -> None:
    """As a QR code to an app, and with its seed to one phone."""
    seed = person.give_token()
    shown = person.done("ProvisionQRCode", deviceID=person.serial, accountName="me")
    assert (shown["QRCodeURL"][:22], shown["OtpauthURL"][:15]) == ("data:image/png;base64,", "otpauth://hotp/")
    told = person.done("ProvisionDevice", deviceID=person.serial, physicalDeviceId="phone")
    assert (told["SecretKeyHex"], told["OtpLength"], told["WindowSize"]) == (seed.hex().upper(), 6, 10)
    for operation, extra in (("ProvisionQRCode", {}), ("ProvisionDevice", {"physicalDeviceId": "another"})):
        assert person.code(operation, deviceID=person.serial, **extra) is Code.DeviceAlreadyProvisioned


def test_a_key_is_enrolled_signs_and_is_deleted(person: Person) -> None:
    """A key in software stands behind the program."""
    page = KeyPage(key=SoftwareKey())
    (asked,) = person.quiet("EnrollAppU2FInit", appId=APP_ID)["RegisterRequest"]
    enrolled = person.quiet("EnrollAppU2F", **page.registered(asked), securityKeyName="blue", version="U2F_V2")
    assert person.code("EnrollAppU2F", **page.registered(asked)) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    (asked,) = person.quiet("SignAppU2FInit", appId=APP_ID)["SignRequest"]
    assert asked["KeyHandle"] == enrolled["KeyHandle"]
    signed = page.signed(asked)
    assert person.quiet("SignAppU2F", **signed) == {"DeviceId": enrolled["DeviceId"]}
    assert person.code("SignAppU2F", **signed) is Code.PartnerUserFIDOU2FInvalidSessionIdData
    chosen = {"appId": APP_ID, "keyIdentifier": enrolled["KeyHandle"], "keyIdentifierType": 0}
    assert person.quiet("DeleteSecurityKey", **chosen) == {}
    assert person.code("DeleteSecurityKey", **chosen) is Code.PartnerUserFIDOU2FDeleteSecurityKeyFailed
    assert person.quiet("DeleteAllSecurityKeys", appId=APP_ID) == {}
    assert person.code("SignAppU2FInit", appId=APP_ID) is Code.PartnerUserFIDOU2FNoEnrolledDevices


@dataclass(frozen=True)
class KeyPage:
    """The page of a relying party, with its user's key: answers in the words of the WCF service."""

    key: SoftwareKey

    def registered(self, asked: dict[str, str]) -> dict[str, str]:
        """Return the parameters with which a new key answers."""
        said = client_data(REGISTRATION_TYP, unwebsafe(asked["Challenge"]), ORIGIN)
        answer = self.key.register(asked["AppId"], said)
        return {"b64RegistrationData": websafe(answer.message), **self._session(asked, answer)}

    def signed(self, asked: dict[str, str]) -> dict[str, str]:
        """Return the parameters with which the key answers."""
        said = client_data(SIGNATURE_TYP, unwebsafe(asked["Challenge"]), ORIGIN)
        answer = self.key.sign(asked["AppId"], said, key_handle=unwebsafe(asked["KeyHandle"]))
        return {"b64SignData": websafe(answer.message), **self._session(asked, answer)}

    def _session(self, asked: dict[str, str], answer: Answer) -> dict[str, str]:
        return {"b64SessionId": asked["SessionId"], "b64ClientData": websafe(answer.client_data)}


def test_a_device_is_found_disabled_enabled_and_deleted(person: Person) -> None:
    """By its serial."""
    person.give_token()
    shown = {"DeviceType": 2, "OtpType": 0, "DeviceStatus": 0, "Assigned": 1}
    assert person.done("FindDevice", printedSerialNumber=person.serial) == shown
    assert person.done("DisableDevice", psn=person.serial) == {}
    assert person.done("FindDevice", printedSerialNumber=person.serial) == {**shown, "DeviceStatus": 1}
    assert person.done("EnableDevice", psn=person.serial) == {}
    assert person.done("DeleteDevice", psn=person.serial) == {}
    assert person.code("FindDevice", printedSerialNumber=person.serial) is Code.DeviceNotFound


@pytest.mark.parametrize("answering", ["ReceivePushResponse", "TapAuthResponse"])
def test_a_push_is_sent_answered_and_looked_for(person: Person, answering: str) -> None:
    """Only an approval is a success."""
    person.service.product.add_device(person.name, f"P-{person.name}", DeviceKind.AUTHENTICATOR)
    sent = person.done("SendPushMessage", deliveryMethod=1, appName="Portal", accountName="", reason="Sign in")
    push = {"authnUserReqId": sent["AuthnUserReqId"]}
    assert person.ask("PushStatus", **push)["PushStatus"] == "pending"
    assert person.done(answering, mobile="", response="Yes", **push) == {}
    assert person.done("PushStatus", **push) == {"PushStatus": "approved"}


def test_a_session_token_is_made_verified_and_expired(person: Person) -> None:
    """For five minutes."""
    token = {"sessionTokenId": person.done("CreateSessionToken", durationMinutes=5, tokenType=1)["SessionTokenId"]}
    assert person.done("IsSessionTokenValid", **token) == {}
    assert person.done("ExpireSessionToken", **token) == {}
    assert person.code("IsSessionTokenValid", **token) is Code.SessionTokenInvalid
