"""assign_device, unassign_device, active_oath_device, get_oath_device_qrcode, provision_oath_device."""

import base64
import io

import pyotp
import pytest
import segno

from tests.facades.connector.client import ConnectorClient
from tests.world import FakeClock
from validate_service.core.model import DeviceKind
from validate_service.facades.connector.return_codes import APIReturnCode as Code
from validate_service.primitives.hotp import code_at

SEED = b"12345678901234567890"
PHONE = {"deviceId": "H1", "physicalDeviceId": "phone"}


@pytest.fixture
def token(connector: ConnectorClient) -> ConnectorClient:
    """Alice has a token that was never used, and bob has none."""
    connector.product.add_user("bob")
    connector.done("add_oath_device", OtpType=0, psn="H1", secretKeyHex=SEED.hex(), windowSize=5)
    return connector


# assign_device, unassign_device


def test_a_device_goes_into_stock_and_to_another(token: ConnectorClient) -> None:
    """Nobody is verified by it in between."""
    assert token.done("unassign_device", psn="H1") == {}
    assert [token.done("find_device", user, psn="H1")["assigned"] for user in ("alice", "")] == [0, 0]
    assert token.code("validate_oath_otp", otp=code_at(SEED, 0)) is Code.NoDevicesDefined
    assert token.done("assign_device", "bob", psn="h1") == {}
    assert token.done("find_device", "bob", psn="H1")["assigned"] == 1
    assert token.code("validate_oath_otp", "bob", otp=code_at(SEED, 0)) is Code.Success


@pytest.mark.parametrize("force", [{}, {"force": 0}, {"force": "0"}, {"force": "false"}])
def test_somebody_elses_device_is_in_use(token: ConnectorClient, force: dict[str, str | int]) -> None:
    """One's own is assigned again without a change."""
    assert token.code("assign_device", "bob", psn="H1", **force) is Code.DeviceInUse
    assert token.code("assign_device", psn="H1", **force) is Code.Success
    assert [one["psn"] for one in token.done("find_user")["Devices"]] == ["H1"]


@pytest.mark.parametrize("force", [1, "1", True, "True"])
def test_a_device_is_taken_over_by_force(token: ConnectorClient, force: str | int) -> None:
    """From whoever has it."""
    assert token.done("assign_device", "bob", psn="H1", force=force) == {}
    assert token.done("find_user")["Devices"] == []


def test_user_and_device_must_be_there(token: ConnectorClient) -> None:
    """Each has a code of its own; an authenticator cannot be assigned."""
    token.product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    assert token.code("assign_device", "nobody", psn="H1") is Code.InvalidPartnerUserLogin
    assert token.code("assign_device", "", psn="H1") is Code.InvalidPartnerUserLogin
    for psn in ("none", "P1"):
        assert token.code("assign_device", psn=psn, force=1) is Code.DeviceNotFound
        assert token.code("unassign_device", psn=psn) is Code.DeviceNotFound
    assert token.code("unassign_device", "bob", psn="H1") is Code.DeviceNotFound


# active_oath_device


@pytest.mark.parametrize("name", ["active_oath_device", "activate_device"])
def test_a_device_is_activated_by_two_codes(connector: ConnectorClient, name: str) -> None:
    """Where the tenant asks for that; also as numbers.  Before, its codes are not accepted."""
    product = connector.product
    product.core.tenant_register.switch(product.operator(), product.tenant, "devices_need_activation", on=True)
    connector.done("add_oath_device", OtpType=0, psn="H1", secretKeyHex=SEED.hex())
    assert connector.code("validate_oath_otp", otp=code_at(SEED, 0)) is Code.DeviceInvalid
    assert connector.code(name, psn="H1", otp1=code_at(SEED, 0), otp2=code_at(SEED, 2)) is Code.OTPInvalid
    assert connector.done(name, psn="H1", otp1=int(code_at(SEED, 0)), otp2=int(code_at(SEED, 1))) == {}
    assert connector.code("validate_oath_otp", otp=code_at(SEED, 1)) is Code.OTPAlreadyUsed
    assert connector.code("validate_oath_otp", otp=code_at(SEED, 2)) is Code.Success
    assert connector.code(name, psn="none", otp1="1", otp2="2") is Code.DeviceNotFound


def test_an_active_device_is_synchronised(token: ConnectorClient) -> None:
    """A client that always activates comes to no harm."""
    pair = {"otp1": code_at(SEED, 60), "otp2": code_at(SEED, 61)}
    assert token.code("active_oath_device", "bob", psn="H1", **pair) is Code.DeviceNotFound
    assert token.done("active_oath_device", psn="H1", **pair) == {}
    assert token.code("validate_oath_otp", otp=code_at(SEED, 62)) is Code.Success


# get_oath_device_qrcode, provision_oath_device


def picture_of(text: str) -> str:
    """Return the URL of a picture of the QR code of *text*."""
    picture = io.BytesIO()
    segno.make_qr(text).save(picture, kind="png", scale=5)
    return f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}"


@pytest.mark.parametrize(
    ("user", "account", "shown"),
    [("alice", "Alice A.", "Alice A."), (r"alice", "", "alice"), ("", None, "H1"), ("", "a:b@c", "a:b@c")],
)
def test_a_device_is_shown_as_a_qr_code(token: ConnectorClient, user: str, account: str | None, shown: str) -> None:
    """An app that reads it makes the device's codes."""
    extras = token.done("get_oath_device_qrcode", user, deviceId="h1", accountName=account)
    assert extras == {"QRCodeURL": picture_of(extras["otpauthURL"]), "otpauthURL": extras["otpauthURL"]}
    app = pyotp.parse_uri(extras["otpauthURL"])
    assert isinstance(app, pyotp.HOTP)
    assert (app.name, app.issuer, app.at(0)) == (shown, "ValidateService", code_at(SEED, 0))


def test_a_qr_code_names_the_tenants_organisation(token: ConnectorClient) -> None:
    """Where it has a name."""
    product = token.product
    product.core.tenant_register.set_organisation(product.operator(), product.tenant, "Corp & Co")
    assert pyotp.parse_uri(token.done("get_oath_device_qrcode", deviceId="H1")["otpauthURL"]).issuer == "Corp & Co"


@pytest.mark.parametrize("user", ["alice", ""])
def test_a_phone_fetches_a_device(token: ConnectorClient, user: str) -> None:
    """Again if it must; no other phone may, nor may anybody look at it then."""
    told = {"deviceType": 2, "otpType": 0, "OtpLength": 6, "windowSize": 5, "secretKeyHex": SEED.hex()}
    assert [token.done("provision_oath_device", user, **PHONE) for _ in range(2)] == [told] * 2
    others = PHONE | {"physicalDeviceId": "another"}
    assert token.code("provision_oath_device", user, **others) is Code.DeviceAlreadyProvisioned
    assert token.code("get_oath_device_qrcode", user, deviceId="H1") is Code.DeviceAlreadyProvisioned


@pytest.mark.parametrize("period", [30, 60])
def test_the_window_of_a_totp_device_is_its_step(connector: ConnectorClient, clock: FakeClock, period: int) -> None:
    """As add_oath_device takes it."""
    connector.done("add_oath_device", psn="T1", windowSize=period, OtpLength=8)
    told = connector.done("provision_oath_device", deviceId="T1", physicalDeviceId="phone")
    assert (told["otpType"], told["OtpLength"], told["windowSize"]) == (1, 8, period)
    code = code_at(bytes.fromhex(told["secretKeyHex"]), clock.now() // 1_000_000 // period, digits=8)
    assert connector.code("validate_oath_otp", otp=code) is Code.Success


def test_a_device_in_use_is_not_told(token: ConnectorClient) -> None:
    """A hard token never."""
    token.done("add_oath_device", deviceType=3, psn="HARD")
    assert token.code("validate_oath_otp", otp=code_at(SEED, 0)) is Code.Success
    for serial in ("H1", "HARD"):
        given = PHONE | {"deviceId": serial}
        assert token.code("provision_oath_device", **given) is Code.DeviceAlreadyProvisioned
        assert token.code("get_oath_device_qrcode", deviceId=serial) is Code.DeviceAlreadyProvisioned


def test_a_device_of_another_is_not_told(token: ConnectorClient) -> None:
    """Nor one that is not there, nor an authenticator."""
    token.product.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    for user, serial in (("bob", "H1"), ("nobody", "H1"), ("alice", "none"), ("alice", "P1")):
        given = PHONE | {"deviceId": serial}
        assert token.code("provision_oath_device", user, **given) is Code.DeviceNotFound
        assert token.code("get_oath_device_qrcode", user, deviceId=serial) is Code.DeviceNotFound
