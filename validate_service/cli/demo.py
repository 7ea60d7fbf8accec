"""``validate-service demo``: a throwaway installation with sample users, and calls to paste."""

import base64
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import click
import pyotp

from validate_service.bootstrap import create_installation
from validate_service.cli.credentials import first_credentials
from validate_service.cli.operator import Operator, errors_as_exits, require_bind
from validate_service.config import DEFAULT_BIND, LOOPBACK_HOSTS, Settings, read_settings
from validate_service.core.devices import Enrolment
from validate_service.core.model import DEFAULT_TENANT, DeviceKind, Tenant
from validate_service.core.services import Core
from validate_service.facades.connector.contract import SERVICE_PATH as CONNECTOR_PATH
from validate_service.facades.rest.contract import SERVICE_PATH as REST_PATH
from validate_service.facades.site.fido_demo import PATH as FIDO_DEMO_PATH
from validate_service.facades.soap.application import SERVICE_PATH as ASMX_PATH
from validate_service.server.serving import serve

CARD, PIN = "04:A2:2F:91:C3:52:80", "2580"
QUESTIONS = (("What was the name of your first pet?", "Rex"), ("In which town were you born?", "Ulm"))
DAY_S = 86_400
ALICE, BOB = {"username": "alice", "domain": "CORP"}, {"username": "bob", "domain": "CORP"}

Value = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One call to paste.

    Attributes:
        shows: What it shows, and what comes back.
        operation: The operation.
        parameters: Its parameters without the API key, in wire order.
    """

    shows: str
    operation: str
    parameters: Mapping[str, Value]

    def curl(self, url: str, api_key: str) -> str:
        """Return the call as one line for a POSIX shell, in the manner of the vendor's documentation."""
        inside = "".join(_element(name, value) for name, value in self.parameters.items())
        body = (
            '<soap12:Envelope xmlns:soap12="http://www.w3.org/2003/05/soap-envelope"><soap12:Body>'
            f'<{self.operation} xmlns="http://cm.2fa.com/">{inside}{_element("apiKey", api_key)}</{self.operation}>'
            "</soap12:Body></soap12:Envelope>"
        )
        return f"curl -s -H 'content-type: text/xml' --data '{body}' {url}"


@dataclass(frozen=True, slots=True)
class JsonSample:
    """One call in JSON to paste.

    Attributes:
        shows: What it shows, and what comes back.
        path: Where it goes.
        fields: Its fields without the caller's credentials.
    """

    shows: str
    path: str
    fields: Mapping[str, str]

    def curl(self, server: str, credentials: Mapping[str, str]) -> str:
        """Return the call as one line for a POSIX shell, in the manner of the vendor's documentation."""
        return f"curl -s --data '{json.dumps({**self.fields, **credentials})}' {server}{self.path}"


def _rest(shows: str, call: str, **fields: str) -> JsonSample:
    return JsonSample(shows, f"{REST_PATH}/{call}", CAROL | fields)


def _connector(shows: str, request_type: str, **fields: str) -> JsonSample:
    return JsonSample(shows, CONNECTOR_PATH, {"type": request_type, "username": "CORP\\alice", **fields})


CAROL = {"userName": "carol", "domainName": "CORP"}
REST_SAMPLES = (
    _rest(
        "add carol: saved successfully",
        "AddUser",
        email="carol@corp.example",
        language="German",
        phone="+49 30 1234567",
    ),
    _rest("her number", "UserExists"),
    _rest("a PIN that breaks the policy: failure, and why", "SetUserPin", pin="1234"),
    _rest("a PIN for her: updated successfully", "SetUserPin", pin="2580", forceChange="true"),
    _rest("a code for her, for ValidateAuthCode", "GenerateAuthCode", timeout="600", codeLength="8"),
    _rest("delete carol: deleted successfully", "DeleteUser"),
)
CONNECTOR_SAMPLES = (
    _connector("alice as SurePassID's clients see her: errorCode 0, and her token", "find_user"),
    _connector("a code that no token of hers makes: errorCode 9003", "validate_oath_otp", otp="00000000"),
)


def _element(name: str, value: Value) -> str:
    if isinstance(value, str):
        return f"<{name}>{escape(value, {chr(39): '&#39;'})}</{name}>"
    return f"<{name}>{''.join(_element('string', item) for item in value)}</{name}>"


def enrol_samples(core: Core, tenant: Tenant) -> list[Sample]:
    """Enrol alice and bob with one of everything; return the calls that show it, the first one answered ``true``."""

    def about(user: Mapping[str, str]) -> str:
        return f"{user['domain']}\\{user['username']}"

    call = Operator().call
    for user in (ALICE, BOB):
        core.user_register.add(call("demo", about(user)), tenant)
    hotp = core.device_register.add(call("demo", about(ALICE)), tenant, Enrolment("HOTP-1", DeviceKind.HOTP))
    totp = core.device_register.add(call("demo", about(BOB)), tenant, Enrolment("TOTP-1", DeviceKind.TOTP))
    core.device_register.add(call("demo", about(BOB)), tenant, Enrolment("PHONE-1", DeviceKind.AUTHENTICATOR))
    core.card_register.add(call("demo", about(ALICE)), tenant, CARD, "blue badge")
    core.pin_desk.set_pin(call("demo", about(ALICE)), tenant, PIN)
    core.question_register.replace(call("demo", about(ALICE)), tenant, QUESTIONS)
    auth_code = core.auth_code_desk.issue(call("demo", about(ALICE)), tenant, life_s=DAY_S)
    auth_token = core.auth_token_desk.issue(call("demo", about(ALICE)), tenant, life_s=DAY_S)
    first_code = pyotp.HOTP(base64.b32encode(hotp).decode()).at(0)
    present_code = pyotp.TOTP(base64.b32encode(totp).decode()).now()
    texts, answers = zip(*QUESTIONS, strict=True)
    return [
        Sample("alice's first one-time password: true", "ValidateOTP", ALICE | {"OTP": first_code}),
        Sample("the same again: false, every code counts once", "ValidateOTP", ALICE | {"OTP": first_code}),
        Sample("bob's TOTP, if you are quick: true", "ValidateOTP", BOB | {"OTP": present_code}),
        Sample("alice's badge and PIN: true", "ValidateCard", ALICE | {"cardInformation": CARD, "pin": PIN}),
        Sample("alice's questions: success, and two questions", "GetQuestions", ALICE),
        Sample("and her answers: true", "ValidateQuestions", ALICE | {"questions": texts, "answers": answers}),
        Sample("a code that was sent to alice: true, once", "ValidateAuthCode", ALICE | {"authCode": auth_code}),
        Sample("alice's session token: true", "ValidateAuthToken", ALICE | {"authToken": auth_token}),
        Sample("a value encrypted: hex digits", "EncryptValue", {"name": "db", "cleartextValue": "secret"}),
        Sample("the same for .NET code: hex digits", "EncryptValueAES", {"name": "db", "cleartextValue": "secret"}),
    ]


PUSH = Sample(
    "a push to bob: waits until the page is tapped, or for 50 s",
    "ValidatePush",
    BOB | {"loginTo": "Portal", "ipAddress": "192.0.2.7"},
)


def enrolment_link(core: Core, tenant: Tenant) -> str:
    """Return the link that makes the browser in which it is opened bob's phone."""
    return core.enrolment_desk.issue(Operator().call("demo", f"{BOB['domain']}\\{BOB['username']}"), tenant)


def demo_url(bind: str) -> str:
    """Return what browsers on this machine call the demonstration.

    By the machine's name for itself, not its address: passkeys and secure cookies belong to names.
    """
    host, _, port = bind.rpartition(":")
    return f"http://localhost:{port}" if host in LOOPBACK_HOSTS else f"http://{bind}"


def fido_demo_url(bind: str, credentials: Mapping[str, str]) -> str:
    """Return where the page for security keys is, with the account behind the ``#``, which no log sees.

    Under the name of this machine, not its address: browsers ask security keys for names only.
    """
    account = urlencode({"account": credentials["account_login_name"], "key": credentials["account_login_key"]})
    return f"http://localhost:{bind.rpartition(':')[2]}{FIDO_DEMO_PATH}#{account}"


@click.command("demo")
@click.option("--bind", default=DEFAULT_BIND, show_default=True, callback=require_bind, help="HOST:PORT.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes.")
def demo(bind: str, workers: int) -> None:
    """Serve a throwaway installation with sample users, and print calls to paste."""
    folder = Path(tempfile.mkdtemp(prefix="validate-service-demo-"))
    try:
        with errors_as_exits():
            settings = read_settings()
            public_url = settings.public_url or demo_url(bind)
            settings = replace(settings, data_dir=folder, database_url="", public_url=public_url)
            _introduce(settings, bind)
            serve(settings, bind, workers, demonstrating=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _introduce(settings: Settings, bind: str) -> None:
    installation = create_installation(settings)
    credentials = first_credentials(installation)
    api_key, server = credentials["api_key"], f"http://{bind}"
    account = {
        "spAccountLoginName": credentials["account_login_name"],
        "spAccountLoginKey": credentials["account_login_key"],
    }
    tenant = installation.core.tenant_register.get(DEFAULT_TENANT)
    samples = enrol_samples(installation.core, tenant)
    link = enrolment_link(installation.core, tenant)
    installation.database.close()
    url = server + ASMX_PATH
    calls = [(sample.shows, sample.curl(url, api_key)) for sample in samples]
    calls += [(sample.shows, sample.curl(server, {"apiKey": api_key})) for sample in REST_SAMPLES]
    calls += [(sample.shows, sample.curl(server, account)) for sample in CONNECTOR_SAMPLES]
    click.echo("A demonstration with sample users; everything is gone when it ends.  Paste into another terminal:\n")
    for number, (shows, curl) in enumerate(calls, 1):
        click.echo(f"# {number}. {shows}\n{curl}\n")
    click.echo("To approve sign-ins in bob's place, open this link in a browser on this machine; it works once:")
    click.echo(f"{link}\n")
    click.echo(f"# {len(calls) + 1}. {PUSH.shows}\n{PUSH.curl(url, api_key)}\n")
    click.echo("# An operator may answer it too:")
    click.echo(f"export VALIDATE_SERVICE_DATA_DIR={settings.data_dir}")
    click.echo("validate-service push list\nvalidate-service push approve ID\n")
    click.echo(f"The start page is {server}/, the service page {url}, the WSDL {url}?wsdl, the API key {api_key}")
    click.echo(f"To try a security key, open {fido_demo_url(bind, credentials)}")
    click.echo("Stop with Ctrl-C.\n")
