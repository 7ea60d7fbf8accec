"""Settings: one frozen object, read once at the start from the environment or one TOML file.

``VALIDATE_SERVICE_DATA_DIR`` sets ``data_dir``, and so on; ``VALIDATE_SERVICE_CONFIG`` names the TOML file, whose keys
are the fields' names.  The environment wins.  What is unknown or bad stops the start with one line.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

PREFIX = "VALIDATE_SERVICE_"
FILE_VARIABLE = PREFIX + "CONFIG"
DEFAULT_BIND = "127.0.0.1:8080"
FORM_ACCESS = ("off", "loopback", "everywhere")
_SQLITE_FILE = "sqlite:///"
_PUBLIC_URL = re.compile(
    r"https?://([A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?"
)
LOG_LEVELS = ("debug", "info", "warning", "error")

Network: TypeAlias = IPv4Network | IPv6Network


class SettingsError(Exception):
    """A setting is unknown or bad; the text is one line that says which and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may set for the whole installation.

    Attributes:
        data_dir: Folder of the key ring, the audit lanes, and the SQLite database.
        database_url: SQLAlchemy URL; empty for SQLite in the data folder.
        public_url: What clients call us, e.g. ``https://mfa.example.org``; empty to take it from each request.
        trusted_proxies: Networks whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.
        form_post: Who may use the HttpPost form protocol.
        form_get: Who may use the HttpGet form protocol.
        threads: Requests that one worker process serves at once.
        log_level: The least severe messages that are logged.
    """

    data_dir: Path = Path("data")
    database_url: str = ""
    public_url: str = ""
    trusted_proxies: tuple[Network, ...] = ()
    form_post: str = "loopback"
    form_get: str = "off"
    threads: int = 32
    log_level: str = "info"

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'validate_service.sqlite3'}"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that *environment*, and the file it may name, spell.

    Raises:
        SettingsError: one of them is unknown or bad.
    """
    raw: dict[str, object] = {}
    if FILE_VARIABLE in environment:
        raw |= _read_file(Path(environment[FILE_VARIABLE]))
    for variable, text in environment.items():
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE:
            raw[variable.removeprefix(PREFIX).lower()] = text
    known = {field.name for field in fields(Settings)}
    for name in raw:
        if name not in known:
            raise SettingsError(f"unknown setting {name}; known are {', '.join(sorted(known))}")
    return Settings(**{name: _parsed(name, value) for name, value in raw.items()})


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error


def _parsed(name: str, value: object) -> Any:  # the field's own type
    try:
        return _PARSERS[name](value)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"bad setting {name}: {error}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("must be text")
    return value


def _path(value: object) -> Path:
    if not _text(value):
        raise ValueError("must not be empty")
    return Path(_text(value)).expanduser()


def _database_url(value: object) -> str:
    text = _text(value)
    backend = urlsplit(text).scheme.partition("+")[0]
    if text and not text.startswith(_SQLITE_FILE) and backend != "postgresql":
        raise ValueError("must begin with sqlite:/// or postgresql")
    return text


def _public_url(value: object) -> str:
    text = _text(value).rstrip("/")
    if text and not _PUBLIC_URL.fullmatch(text):
        raise ValueError("must look like https://host or https://host/path")
    return text


def _networks(value: object) -> tuple[Network, ...]:
    items = value if isinstance(value, list) else _text(value).replace(",", " ").split()
    return tuple(ip_network(_text(item)) for item in items)


def _choice(*choices: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return _text(value)

    return parse


def _threads(value: object) -> int:
    number = int(value) if isinstance(value, str | int) else 0
    if not 2 <= number <= 512:
        raise ValueError("must be a number from 2 to 512")
    return number


_PARSERS: dict[str, Callable[[object], Any]] = {
    "data_dir": _path,
    "database_url": _database_url,
    "public_url": _public_url,
    "trusted_proxies": _networks,
    "form_post": _choice(*FORM_ACCESS),
    "form_get": _choice(*FORM_ACCESS),
    "threads": _threads,
    "log_level": _choice(*LOG_LEVELS),
}
