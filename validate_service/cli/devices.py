"""``validate-service device``."""

import base64
from dataclasses import replace

import click

from validate_service.cli.operator import Operator, operator_command, read_secret
from validate_service.cli.times import iso
from validate_service.core.devices import Enrolment, parse_seed
from validate_service.core.messenger import SERVICE_NAME
from validate_service.core.model import DeviceKind
from validate_service.core.names import UserName
from validate_service.core.outcomes import Decision
from validate_service.facades.connector.otpauth import otpauth_url
from validate_service.primitives.hotp import ALGORITHMS, Algorithm

NOBODY = "-"
"""How a command spells the user of a device in stock."""

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
    type=click.Choice([kind.value for kind in DeviceKind if kind is not DeviceKind.FIDO]),
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
@click.option("--hardware", is_flag=True, help="A hard token: its seed is not in an app.")
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
    hardware: bool,
) -> None:
    """Give a device to USER, or put it in stock if USER is -.  A seed made here is printed once, as otpauth:// URI."""
    seed = parse_seed(read_secret("Seed")) if read_seed else None
    enrolment = Enrolment(serial, DeviceKind(kind), seed, digits, algorithm, period, window, counter, hardware)
    made = _added(operator, user, enrolment)
    if seed is None and made:
        account = serial if user == NOBODY else user
        uri = otpauth_url(replace(enrolment, seed=made), account, operator.tenant.settings.organisation or SERVICE_NAME)
        seed_base32 = base64.b32encode(made).decode()
        operator.tell(uri, user=user, serial=serial, kind=kind, seed_base32=seed_base32, uri=uri)
    else:
        operator.tell(f"Device {serial} added.", user=user, serial=serial, kind=kind)


def _added(operator: Operator, user: str, enrolment: Enrolment) -> bytes:
    register = operator.installation.core.device_register
    if user == NOBODY:
        return register.stock(operator.call("device add"), operator.tenant, enrolment)
    return register.add(operator.call("device add", user), operator.tenant, enrolment)


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
                "user": NOBODY if device.user is None else str(device.user),
                "enabled": device.enabled,
                "activated": device.activated,
                "hardware": device.hardware,
                "digits": device.digits,
                "algorithm": device.algorithm,
                "period": device.period,
                "created_at": iso(device.created_at),
                "last_used_at": iso(device.last_used_at),
            }
            for device in operator.installation.core.device_register.listing(operator.tenant, name)
        ]
    )


@devices.command("assign")
@click.argument("serial")
@click.argument("user")
@click.option("--force", is_flag=True, help="Take it from whoever has it.")
@operator_command
def assign(operator: Operator, serial: str, user: str, force: bool) -> None:
    """Give a token in stock to USER."""
    register = operator.installation.core.device_register
    register.assign(operator.call("device assign", user), operator.tenant, serial, force=force)
    operator.tell(f"Device {serial} is {user}'s.", serial=serial, user=user)


@devices.command("unassign")
@click.argument("serial")
@operator_command
def unassign(operator: Operator, serial: str) -> None:
    """Put a token in stock: it verifies nobody."""
    operator.installation.core.device_register.unassign(operator.call("device unassign"), operator.tenant, serial)
    operator.tell(f"Device {serial} is nobody's.", serial=serial, user=NOBODY)


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


@devices.command("activate")
@click.argument("serial")
@operator_command
def activate(operator: Operator, serial: str) -> None:
    """Accept a token's codes from now on, after two consecutive ones, read one a line."""
    register, call = operator.installation.core.device_register, operator.call("device activate")
    _tell(operator, serial, register.activate(call, operator.tenant, serial, *_read_pair()))


@devices.command("resync")
@click.argument("serial")
@operator_command
def resync(operator: Operator, serial: str) -> None:
    """Find a device that ran away, by two consecutive codes, read one a line."""
    register, call = operator.installation.core.device_register, operator.call("device resync")
    _tell(operator, serial, register.resynchronise(call, operator.tenant, serial, *_read_pair()))


def _read_pair() -> tuple[str, str]:
    return read_secret("First code"), read_secret("Next code")


def _tell(operator: Operator, serial: str, decision: Decision) -> None:
    operator.tell(f"Device {serial}: {decision.outcome}.", serial=serial, outcome=decision.outcome)
    if not decision.accepted:
        raise SystemExit(WRONG)
