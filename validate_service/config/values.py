"""What a setting's text must look like.

Each function returns a setting's value.  What is bad is a ``ValueError`` or ``TypeError`` whose text says what it must
be, and never quotes what may be a secret.
"""

import re
import ssl
from collections.abc import Callable, Mapping
from email.policy import default as mail_policy
from ipaddress import ip_address, ip_network
from pathlib import Path
from string import Template
from urllib.parse import SplitResult, urlsplit

from validate_service.config.settings import PLACEHOLDERS, Network, Security

_SQLITE_FILE = "sqlite:///"
_PUBLIC_URL = re.compile(
    r"https?://([A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?"
)
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
_CONTACT = re.compile(r"mailto:[!-~]+@[A-Za-z0-9.-]+|https://[A-Za-z0-9][!-~]*")
_PUSH_SERVICE = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+|localhost")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VISIBLE = re.compile(r"[!-~]+")
_VISIBLE_OR_BLANK = re.compile(r"[ -~]*")
_STATUSES = re.compile(r"([2-5]\d\d)(?:-([2-5]\d\d))?", re.ASCII)


def text(value: object) -> str:
    """Return a text as it is."""
    if not isinstance(value, str):
        raise TypeError("must be text")
    return value


def path(value: object) -> Path:
    """Return a path, which may begin with ``~``."""
    if not text(value):
        raise ValueError("must not be empty")
    return Path(text(value)).expanduser()


def ca_file(value: object) -> Path:
    """Return the path of a file of certificates that can be read now."""
    found = path(value)
    try:
        ssl.create_default_context(cafile=found)
    except OSError:
        raise ValueError("must be a readable file of certificates") from None
    return found


def database_url(value: object) -> str:
    """Return an SQLAlchemy URL of SQLite, PostgreSQL or MariaDB, or an empty text."""
    backend = urlsplit(text(value)).scheme.partition("+")[0]
    if value and not text(value).startswith(_SQLITE_FILE) and backend not in {"mariadb", "postgresql"}:
        raise ValueError("must begin with sqlite:///, postgresql or mariadb")
    return text(value)


def public_url(value: object) -> str:
    """Return the URL of this service without a slash at its end, or an empty text."""
    url = text(value).rstrip("/")
    if url and not _PUBLIC_URL.fullmatch(url):
        raise ValueError("must look like https://host or https://host/path")
    return url


def networks(value: object) -> tuple[Network, ...]:
    """Return networks and single addresses, from a list or from one text."""
    return tuple(ip_network(text(item)) for item in _items(value))


def choice(*choices: str) -> Callable[[object], str]:
    """Return what accepts one of *choices*."""

    def parse(value: object) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text(value)

    return parse


def security(value: object) -> Security:
    """Return how a connection is protected."""
    return Security(choice(*Security)(value))


def number(least: int, most: int) -> Callable[[object], int]:
    """Return what accepts a whole number from *least* to *most*."""

    def parse(value: object) -> int:
        digits = str(value)
        if not re.fullmatch("[0-9]{1,9}", digits) or not least <= int(digits) <= most:
            raise ValueError(f"must be a number from {least} to {most}")
        return int(digits)

    return parse


def host(value: object) -> str:
    """Return a host's name or address."""
    if not _HOST.fullmatch(text(value)):
        raise ValueError("must be a host's name or address")
    return text(value)


def sender(value: object) -> str:
    """Return one e-mail address, with or without a name before it."""
    if text(value).isprintable():
        header = mail_policy.header_factory("From", text(value))
        addresses = [address for address in header.addresses if address.username and address.domain]
        if not header.defects and len(addresses) == len(header.addresses) == 1 and addresses[0].addr_spec.isascii():
            return text(value)
    raise ValueError("must be one e-mail address, such as MFA <mfa@example.org>")


def contact(value: object) -> str:
    """Return the URL of somebody to turn to."""
    if not _CONTACT.fullmatch(text(value)):
        raise ValueError("must look like mailto:mfa@example.org or https://example.org")
    return text(value)


def push_services(value: object) -> tuple[str, ...]:
    """Return hosts, and domains such as ``*.example.org``; none for the one word ``none``."""
    if value == "none":
        return ()
    found = tuple(text(item).lower() for item in _items(value))
    if not found or not all(_PUSH_SERVICE.fullmatch(service) for service in found):
        raise ValueError("must be hosts such as push.example.org or *.push.example.org, or none")
    return found


def login(value: object) -> str:
    """Return a login name or password of what SMTP can carry."""
    if not _VISIBLE_OR_BLANK.fullmatch(text(value)):
        raise ValueError("must be printable ASCII")
    return text(value)


def gateway_url(value: object) -> str:
    """Return the template of a URL whose host is fixed; only a loopback host may do without TLS."""
    url = _split(template(value))
    if "$" in url.netloc:
        raise ValueError("must have no placeholder before the path")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.hostname)):
        raise ValueError("must begin with https:// unless the host is a loopback address")
    return text(value)


def template(value: object) -> str:
    """Return a template with none but the known placeholders."""
    pattern = Template(text(value))
    if not pattern.is_valid() or not PLACEHOLDERS.issuperset(pattern.get_identifiers()):
        raise ValueError("may hold $phone, $text and $language, and $$ for a dollar sign")
    return text(value)


def headers(value: object) -> dict[str, str]:
    """Return templates of HTTP headers, from a table or from lines such as ``Name: value``."""
    pairs = list(value.items()) if isinstance(value, Mapping) else [_header(line) for line in text(value).splitlines()]
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        raise ValueError("must not name a header twice")
    for name, content in pairs:
        if not _HEADER_NAME.fullmatch(name) or not _VISIBLE_OR_BLANK.fullmatch(text(content)):
            raise ValueError("must be lines such as Name: value, in printable ASCII")
    return {name: template(content).strip() for name, content in pairs}


def statuses(value: object) -> frozenset[int]:
    """Return HTTP statuses, from numbers and ranges such as ``200-299``."""
    found: set[int] = set()
    for item in _items(value):
        match = _STATUSES.fullmatch(str(item))
        if not match:
            raise ValueError("must be HTTP statuses such as 200 or 200-299")
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    if not found:
        raise ValueError("must name at least one HTTP status")
    return frozenset(found)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [*text(value).replace(",", " ").split()]


def _header(line: str) -> tuple[str, str]:
    name, colon, content = line.partition(":")
    if not colon:
        raise ValueError("must be lines such as Name: value")
    return name.strip(), content.strip()


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if _VISIBLE.fullmatch(url) and host(parts.hostname) and parts.port != 0:
            return parts
    except (ValueError, TypeError):
        pass  # its text may quote the URL, and that a password
    raise ValueError("must look like https://host/path")


def _is_loopback(name: str | None) -> bool:
    try:
        return ip_address(name or "").is_loopback
    except ValueError:
        return name == "localhost"
