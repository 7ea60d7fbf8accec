"""``validate-service device``."""

import base64
import hashlib

import click
import pyotp

from validate_service.cli.operator import Operator, operator_command, read_secret
from validate_service.cli.times import iso
from validate_service.core.devices import Enrolment, parse_seed
from validate_service.core.model import DeviceKind
from validate_service.core.names import UserName
from validate_service.primitives.hotp import ALGORITHMS, Algorithm

ISSUER = "ValidateService"
WRONG = 4
"""Exit code of a verification that said no."""


@click.group("device")
def devices() -> None:
    """OATH tokens and authenticators, named by their serial."""


@devices.command("add")
@click.argument("user")
@click.argument("serial")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in DeviceKind]),
    default="totp",
    show_default=True,
    help="What it is.",
)
@click.option("--read-seed", is_flag=True, help="Read the seed (hex or Base32) instead of making one.")
@click.option("--digits", default=6, show_default=True, help="6 to 8.")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default="sha1", show_default=True, help="Hash of codes.")
@click.option("--period", default=30, show_default=True, help="TOTP: 30 or 60 seconds.")
@click.option("--window", type=int, help="HOTP: look-ahead, 10; TOTP: steps on each side, 1.")
@click.option("--counter", default=0, show_default=True, help="HOTP: the next counter.")
@operator_command
def add(
    operator: Operator,
    *,
    user: str,
    serial: str,
    kind: str,
    read_seed: bool,
    digits: int,
    algorithm: Algorithm,
    period: int,
    window: int | None,
    counter: int,
) -> None:
    """Give a device to USER.  A seed made here is printed once, as otpauth:// URI."""
    seed = parse_seed(read_secret("Seed")) if read_seed else None
    enrolment = Enrolment(serial, DeviceKind(kind), seed, digits, algorithm, period, window, counter)
    made = operator.installation.core.device_register.add(operator.call("device add", user), operator.tenant, enrolment)
    if seed is None and made:
        uri = otpauth_uri(enrolment, made, user)
        seed_base32 = base64.b32encode(made).decode()
        operator.tell(uri, user=user, serial=serial, kind=kind, seed_base32=seed_base32, uri=uri)
    else:
        operator.tell(f"Device {serial} added.", user=user, serial=serial, kind=kind)


def otpauth_uri(enrolment: Enrolment, seed: bytes, user: str) -> str:
    """Return the URI that authenticator apps read, as text or QR code."""
    secret, digest = base64.b32encode(seed).decode(), getattr(hashlib, enrolment.algorithm)
    if enrolment.kind is DeviceKind.HOTP:
        hotp = pyotp.HOTP(secret, digits=enrolment.digits, digest=digest)
        return hotp.provisioning_uri(name=user, initial_count=enrolment.counter, issuer_name=ISSUER)
    totp = pyotp.TOTP(secret, digits=enrolment.digits, digest=digest, interval=enrolment.period)
    return totp.provisioning_uri(name=user, issuer_name=ISSUER)


@devices.command("list")
@click.option("--user", help="Only this user's devices.")
@operator_command
def listing(operator: Operator, user: str | None) -> None:
    """List devices."""
    name = UserName.parse(user, "") if user else None
    operator.show(
        [
            {
                "serial": device.serial,
                "kind": device.kind.value,
                "user": str(device.user),
                "enabled": device.enabled,
                "digits": device.digits,
                "algorithm": device.algorithm,
                "period": device.period,
                "created_at": iso(device.created_at),
                "last_used_at": iso(device.last_used_at),
            }
            for device in operator.installation.core.device_register.listing(operator.tenant, name)
        ]
    )


@devices.command("enable")
@click.argument("serial")
@operator_command
def enable(operator: Operator, serial: str) -> None:
    """Enable a device."""
    register = operator.installation.core.device_register
    register.set_enabled(operator.call("device enable"), operator.tenant, serial, enabled=True)
    operator.tell(f"Device {serial} enabled.", serial=serial, enabled=True)


@devices.command("disable")
@click.argument("serial")
@operator_command
def disable(operator: Operator, serial: str) -> None:
    """Disable a device, e.g. because it was lost."""
    register = operator.installation.core.device_register
    register.set_enabled(operator.call("device disable"), operator.tenant, serial, enabled=False)
    operator.tell(f"Device {serial} disabled.", serial=serial, enabled=False)


@devices.command("delete")
@click.argument("serial")
@operator_command
def delete(operator: Operator, serial: str) -> None:
    """Delete a device and its seed."""
    operator.installation.core.device_register.delete(operator.call("device delete"), operator.tenant, serial)
    operator.tell(f"Device {serial} deleted.", serial=serial)


@devices.command("resync")
@click.argument("serial")
@operator_command
def resync(operator: Operator, serial: str) -> None:
    """Find a device that ran away, by two consecutive codes, read one a line."""
    first, second = read_secret("First code"), read_secret("Next code")
    register = operator.installation.core.device_register
    decision = register.resynchronise(operator.call("device resync"), operator.tenant, serial, first, second)
    operator.tell(f"Device {serial}: {decision.outcome}.", serial=serial, outcome=decision.outcome)
    if not decision.accepted:
        raise SystemExit(WRONG)
