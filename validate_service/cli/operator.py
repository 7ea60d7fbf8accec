"""Who is at the keyboard: opens the installation, names the operator in the audit trail, turns errors into exits."""

import getpass
import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, ParamSpec

import click

from validate_service.bootstrap import Installation, open_installation
from validate_service.config import Settings, SettingsError, read_settings
from validate_service.core.calls import Call
from validate_service.core.errors import (
    AddressNotAllowedError,
    CallerNotAuthorizedError,
    ConflictError,
    DecryptionError,
    DeliveryError,
    DeviceNotFoundError,
    MalformedRequestError,
    NotFoundError,
    PolicyError,
    RateLimitedError,
    ScopeMissingError,
    UnavailableError,
    ValidateError,
)
from validate_service.core.model import Tenant
from validate_service.core.names import UserName
from validate_service.core.origin import Origin

Arguments = ParamSpec("Arguments")

EXIT_CODES: Mapping[type[ValidateError], int] = {
    MalformedRequestError: 2,
    PolicyError: 2,
    NotFoundError: 3,
    DeviceNotFoundError: 3,
    ConflictError: 5,
    CallerNotAuthorizedError: 1,
    AddressNotAllowedError: 1,
    ScopeMissingError: 1,
    DecryptionError: 1,
    DeliveryError: 1,
    RateLimitedError: 1,
    UnavailableError: 69,
}
"""What the shell is told: 2 bad input, 3 not found, 5 conflict, 6 bad settings, 69 unavailable."""

BAD_SETTINGS = 6

ROW_NUMBER = click.IntRange(1, 2**63 - 1)
"""The type of an argument that numbers a row, and of anything else that a database must be able to hold."""


@dataclass
class Operator:
    """One command at work.

    Attributes:
        tenant_name: The tenant that the command is about.
        as_json: Whether to print JSON.
    """

    tenant_name: str = "default"
    as_json: bool = False
    _settings: Settings | None = field(default=None, repr=False)

    @property
    def settings(self) -> Settings:
        """The settings."""
        if self._settings is None:
            self._settings = read_settings()
        return self._settings

    @cached_property
    def installation(self) -> Installation:
        """The installation, opened when a command first needs it."""
        return open_installation(self.settings)

    @cached_property
    def tenant(self) -> Tenant:
        """The tenant."""
        return self.installation.core.tenant_register.get(self.tenant_name)

    def call(self, command: str, user: str = "") -> Call:
        """Return the call of *command*, about *user* if one is named."""
        origin = Origin("cli", command, "", uuid.uuid4().hex)
        return Call(origin, caller=getpass.getuser(), user=UserName.parse(user, ""))

    def show(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Print *rows*: as a JSON array, or as a table."""
        if self.as_json:
            click.echo(json.dumps(rows, indent=1, default=str))
        elif rows:
            click.echo(_table(rows))

    def tell(self, text: str, **result: Any) -> None:  # any JSON value
        """Print what was done: *text*, or *result* as a JSON object."""
        click.echo(json.dumps(result, default=str) if self.as_json else text)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return *rows* in columns; control characters are spelled out, so that a name cannot forge a line."""
    header = list(rows[0])
    cells = [[_cell(row[name]) for name in header] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in [header, *cells]
    ]
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def require_bind(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Return *value* if it is HOST:PORT; for click."""
    host, _, port = value.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65_536):
        raise click.BadParameter("must be HOST:PORT, such as 127.0.0.1:8080")
    return value


def read_secret(prompt: str) -> str:
    """Return a secret from the terminal, unseen, or one line of standard input: never from the arguments."""
    if sys.stdin.isatty():
        return str(click.prompt(prompt, hide_input=True))
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def errors_as_exits() -> Iterator[None]:
    """Turn an error into one line on standard error and an exit code."""
    try:
        yield
    except ValidateError as error:
        detail = str(error) if isinstance(error, UnavailableError) else ""
        click.echo(f"Error: {error.public}{f' ({detail})' if detail else ''}", err=True)
        raise SystemExit(EXIT_CODES[type(error)]) from error
    except SettingsError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(BAD_SETTINGS) from error


def operator_command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command its :class:`Operator`, and the options that every command has."""

    @click.option("--tenant", "tenant_name", default="default", show_default=True, help="The tenant.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @wraps(function)
    def command(tenant_name: str, as_json: bool, **arguments: Any) -> None:  # click's own
        with errors_as_exits():
            function(Operator(tenant_name, as_json), **arguments)

    return command
