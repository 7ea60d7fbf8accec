"""``validate-service branding``."""

from typing import BinaryIO

import click

from validate_service.cli.operator import Operator, operator_command
from validate_service.cli.times import iso
from validate_service.core.branding import BrandingChange
from validate_service.core.errors import MalformedRequestError
from validate_service.core.images import MOST_BYTES, Image
from validate_service.core.model import Branding

_IMAGE = click.File("rb")


@click.group("branding")
def branding() -> None:
    """The colours, pictures and contacts that users see."""


@branding.command("set")
@click.option("--color", help="The main colour, such as #1f5f8b.")
@click.option("--splash-color", help="The colour behind the splash picture.")
@click.option("--email", help="Where users find help; an empty text for nowhere.")
@click.option("--phone", help="Whom they call for help; an empty text for nobody.")
@click.option("--logo", type=_IMAGE, help="A PNG, JPEG or GIF of at most 512 KiB.")
@click.option("--splash", type=_IMAGE, help="The same, shown while an application starts.")
@click.option("--no-logo", is_flag=True, help="Remove the logo.")
@click.option("--no-splash", is_flag=True, help="Remove the splash picture.")
@operator_command
def replace(
    operator: Operator,
    color: str | None,
    splash_color: str | None,
    email: str | None,
    phone: str | None,
    logo: BinaryIO | None,
    splash: BinaryIO | None,
    no_logo: bool,
    no_splash: bool,
) -> None:
    """Set what the options name; the rest stays as it is."""
    change = BrandingChange(
        color=color,
        splash_color=splash_color,
        email=email,
        phone=phone,
        logo=_content("logo", logo, remove=no_logo),
        splash=_content("splash", splash, remove=no_splash),
    )
    if change == BrandingChange():
        raise MalformedRequestError("Name at least one thing to set.")
    desk = operator.installation.core.branding_desk
    operator.show([_row(desk.set(operator.call("branding set"), operator.tenant, change))])


@branding.command("show")
@operator_command
def show(operator: Operator) -> None:
    """Show what users see."""
    operator.show([_row(operator.installation.core.branding_desk.of(operator.tenant))])


def _content(name: str, file: BinaryIO | None, *, remove: bool) -> bytes | None:
    """Return what to set: a file, nothing in place of one, or ``None`` for no change."""
    if file is None:
        return b"" if remove else None
    if remove:
        raise MalformedRequestError(f"--{name} and --no-{name} exclude each other.")
    content = file.read(MOST_BYTES + 1)
    if not content:
        raise MalformedRequestError(f"The file for {name} is empty.")
    return content


def _row(branding: Branding) -> dict[str, str | None]:
    return {
        "color": branding.color,
        "splash_color": branding.splash_color,
        "email": branding.email,
        "phone": branding.phone,
        "logo": _described(branding.logo),
        "splash": _described(branding.splash),
        "changed_at": iso(branding.changed_at or None),
    }


def _described(image: Image | None) -> str | None:
    return None if image is None else f"{image.media_type}, {len(image.content)} bytes"
