"""Reads the settings: from a TOML file, and over it from the environment."""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

from validate_service.config import values
from validate_service.config.settings import (
    FORM_ACCESS,
    HTTP_METHODS,
    LOG_LEVELS,
    GatewaySettings,
    PushSettings,
    Settings,
    SmtpSettings,
)

PREFIX = "VALIDATE_SERVICE_"
FILE_VARIABLE = PREFIX + "CONFIG"

Parser = Callable[[object], Any]
Table = TypeVar("Table", SmtpSettings, GatewaySettings, PushSettings)

_GATEWAY: dict[str, Parser] = {
    "url": values.gateway_url,
    "method": values.choice(*HTTP_METHODS),
    "headers": values.headers,
    "body": values.template,
    "success_status": values.statuses,
    "success_text": values.text,
    "ca_file": values.ca_file,
}
_TABLES: dict[str, dict[str, Parser]] = {
    "smtp": {
        "host": values.host,
        "sender": values.sender,
        "port": values.number(1, 65535),
        "security": values.security,
        "user": values.login,
        "password": values.login,
        "ca_file": values.ca_file,
    },
    "sms": _GATEWAY,
    "voice": _GATEWAY,
    "push": {"contact": values.contact, "services": values.push_services, "ca_file": values.ca_file},
}
_PARSERS: dict[str, Parser] = {
    "data_dir": values.path,
    "database_url": values.database_url,
    "public_url": values.public_url,
    "trusted_proxies": values.networks,
    "administration_networks": values.networks,
    "form_post": values.choice(*FORM_ACCESS),
    "form_get": values.choice(*FORM_ACCESS),
    "threads": values.number(2, 512),
    "waiting_pushes": values.number(1, 1_000_000),
    "log_level": values.choice(*LOG_LEVELS),
    "delivery_timeout_s": values.number(1, 60),
} | {f"{table}.{key}": parse for table, parsers in _TABLES.items() for key, parse in parsers.items()}
"""What reads each setting, by its name; ``smtp.host`` is the key ``host`` of the table ``smtp``."""

_NAMES = {name.replace(".", "_"): name for name in _PARSERS}


class SettingsError(Exception):
    """A setting is unknown or bad; the text is one line that says which and why, and quotes no secret."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that *environment*, and the file it may name, spell.

    Raises:
        SettingsError: one of them is unknown, bad or missing.
    """
    raw: dict[str, object] = {}
    if FILE_VARIABLE in environment:
        raw |= _read_file(Path(environment[FILE_VARIABLE]))
    for variable, text in environment.items():
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE:
            name = variable.removeprefix(PREFIX).lower()
            raw[_NAMES.get(name, name)] = text
    for name in raw:
        if name not in _PARSERS:
            raise SettingsError(f"unknown setting {name}; known are {', '.join(sorted(_PARSERS))}")
    parsed = {name: _parsed(name, value) for name, value in raw.items()}
    return Settings(
        **{name: value for name, value in parsed.items() if "." not in name},
        smtp=_table(SmtpSettings, "smtp", parsed),
        sms=_table(GatewaySettings, "sms", parsed),
        voice=_table(GatewaySettings, "voice", parsed),
        push=_table(PushSettings, "push", parsed) or PushSettings(),
    )


def _read_file(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error
    flat: dict[str, object] = {}
    for name, value in document.items():
        if name in _TABLES and isinstance(value, dict):
            flat |= {f"{name}.{key}": content for key, content in value.items()}
        else:
            flat[name] = value
    return flat


def _parsed(name: str, value: object) -> Any:  # the field's own type
    try:
        return _PARSERS[name](value)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"bad setting {name}: {error}") from error


def _table(table: type[Table], name: str, parsed: Mapping[str, Any]) -> Table | None:
    found = {key.partition(".")[2]: value for key, value in parsed.items() if key.startswith(f"{name}.")}
    if not found:
        return None
    for field in fields(table):
        if field.name not in found and field.default is field.default_factory is MISSING:
            raise SettingsError(f"missing setting {name}.{field.name}")
    try:
        return table(**found)
    except ValueError as error:
        raise SettingsError(f"bad setting {name}: {error}") from error
