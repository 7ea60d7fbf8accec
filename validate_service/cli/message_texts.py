"""``validate-service text``."""

import sys
from collections.abc import Callable

import click

from validate_service.cli.operator import Operator, operator_command
from validate_service.core.messages import Channel, MessageKind, Text

_MOST_READ = 100_000
"""More characters than any text may have: what is longer is refused, not read to its end."""


@click.group("text")
def message_texts() -> None:
    """What messages to users say.  English and German are built in."""


def _of_message(command: Callable[..., None]) -> Callable[..., None]:
    """Give *command* the arguments that name a text."""
    kinds, channels = (click.Choice(members, case_sensitive=False) for members in (MessageKind, Channel))
    for name, choices in (("language", None), ("channel", channels), ("kind", kinds)):
        command = click.argument(name, type=choices)(command)
    return command


@message_texts.command("set")
@_of_message
@click.option("--subject", default="", help="One line; for e-mail only.")
@operator_command
def replace(operator: Operator, kind: MessageKind, channel: Channel, language: str, subject: str) -> None:
    """Set the tenant's own text; its body is read from standard input.

    It may hold $code, $link or $serial, whichever the message is sent for, $user and $organisation, and $minutes where
    something expires.
    """
    body = sys.stdin.read(_MOST_READ).rstrip("\n")
    register = operator.installation.core.message_text_register
    register.set(operator.call("text set"), operator.tenant, kind, channel, Text(language, subject, body))
    _tell(operator, "set", kind, channel, language)


@message_texts.command("list")
@operator_command
def listing(operator: Operator) -> None:
    """List the tenant's own texts; all others are built in."""
    found = operator.installation.core.message_text_register.listing(operator.tenant)
    operator.show(
        [{"kind": kind.value, "channel": channel.value, "language": language} for kind, channel, language in found]
    )


@message_texts.command("show")
@_of_message
@operator_command
def show(operator: Operator, kind: MessageKind, channel: Channel, language: str) -> None:
    """Show what a user with LANGUAGE is sent: the tenant's own text or a built-in one."""
    text = operator.installation.core.message_text_register.find(operator.tenant, kind, channel, language)
    shown = f"{text.subject}\n\n{text.body}" if text.subject else text.body
    operator.tell(shown, language=text.language, subject=text.subject, body=text.body)


@message_texts.command("delete")
@_of_message
@operator_command
def delete(operator: Operator, kind: MessageKind, channel: Channel, language: str) -> None:
    """Delete the tenant's own text; the built-in one is sent from then on."""
    register = operator.installation.core.message_text_register
    register.delete(operator.call("text delete"), operator.tenant, kind, channel, language)
    _tell(operator, "deleted", kind, channel, language)


def _tell(operator: Operator, done: str, kind: MessageKind, channel: Channel, language: str) -> None:
    operator.tell(
        f"Text {kind} {channel} {language} {done}.", kind=kind.value, channel=channel.value, language=language
    )
