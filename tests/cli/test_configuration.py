"""Settings: from the environment or one TOML file; what is unknown or bad stops the start with one line."""

import json
import os
import re
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Commands
from tests.delivery.servers import make_certificate
from validate_service.config import PREFIX, Security, Settings, SettingsError, read_settings

NETWORKS = ("trusted_proxies", "administration_networks")
NUMBERS = ("threads", "delivery_timeout_s", "waiting_pushes")
TABLES = ("smtp", "sms", "voice")
GOOD: list[tuple[str, str, Any]] = [
    ("data_dir", "/srv/mfa", Path("/srv/mfa")),
    ("database_url", "", ""),
    ("database_url", "sqlite:////srv/mfa.sqlite3", "sqlite:////srv/mfa.sqlite3"),
    ("database_url", "postgresql+psycopg://mfa@db/mfa", "postgresql+psycopg://mfa@db/mfa"),
    ("database_url", "mariadb+pymysql://mfa@db/mfa", "mariadb+pymysql://mfa@db/mfa"),
    ("public_url", "https://mfa.example.org/", "https://mfa.example.org"),
    ("public_url", "http://mfa.example.org:8080/path", "http://mfa.example.org:8080/path"),
    ("public_url", "https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ("public_url", "", ""),
    ("trusted_proxies", "10.0.0.0/8, 192.0.2.1 2001:db8::/32", ("10.0.0.0/8", "192.0.2.1", "2001:db8::/32")),
    ("trusted_proxies", "", ()),
    ("administration_networks", "10.1.0.0/16", ("10.1.0.0/16",)),
    ("administration_networks", "", ()),
    ("form_post", "off", "off"),
    ("form_post", "everywhere", "everywhere"),
    ("form_get", "loopback", "loopback"),
    ("threads", "2", 2),
    ("threads", "512", 512),
    ("log_level", "debug", "debug"),
    ("log_level", "error", "error"),
    ("delivery_timeout_s", "1", 1),
    ("delivery_timeout_s", "60", 60),
    ("waiting_pushes", "1", 1),
    ("waiting_pushes", "1000000", 1_000_000),
]
BAD: list[tuple[str, str]] = [
    ("data_dir", ""),
    ("database_url", "nonsense"),
    ("database_url", "mysql://db/mfa"),
    ("database_url", "sqlite://"),
    ("database_url", "postgresql://[db/mfa"),
    ("public_url", "mfa.example.org"),
    ("public_url", "ftp://mfa.example.org"),
    ("public_url", "https://"),
    ("public_url", "https://mfa.example.org?x"),
    ("public_url", "https://mfa.example.org#x"),
    ("public_url", "https://[mfa"),
    ("public_url", "https://user@mfa.example.org"),
    ("public_url", "https://mfa example.org"),
    ("public_url", "https://mfa.example.org:http"),
    ("public_url", 'https://mfa.example.org/"><x'),
    ("trusted_proxies", "everything"),
    ("trusted_proxies", "10.0.0.1/8"),
    ("trusted_proxies", "10.0.0.0/33"),
    ("form_post", "on"),
    ("form_get", "Loopback"),
    ("threads", "1"),
    ("threads", "513"),
    ("threads", "many"),
    ("threads", "2.5"),
    ("threads", ""),
    ("log_level", "INFO"),
    ("log_level", "trace"),
    ("administration_networks", "localhost"),
    ("delivery_timeout_s", "0"),
    ("delivery_timeout_s", "61"),
    ("delivery_timeout_s", "10s"),
    ("waiting_pushes", "0"),
    ("waiting_pushes", "many"),
    ("color", "red"),
]


def expected(name: str, value: Any) -> Any:
    return tuple(ip_network(text) for text in value) if name in NETWORKS else value


def toml_file(folder: Path, text: str) -> dict[str, str]:
    path = folder / "settings.toml"
    path.write_text(text)
    return {PREFIX + "CONFIG": str(path)}


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_a_setting_is_read_from_the_environment(name: str, text: str, value: Any) -> None:
    """Under its name in capitals, and nothing else changes."""
    settings = read_settings({PREFIX + name.upper(): text, "PATH": "/bin", "HOME": "/root"})
    assert getattr(settings, name) == expected(name, value)
    others = {field: getattr(settings, field) for field in Settings.__slots__ if field != name}
    assert others == {field: getattr(Settings(), field) for field in others}


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_a_setting_is_read_from_the_file(tmp_path: Path, name: str, text: str, value: Any) -> None:
    """With numbers as numbers and networks as lists, or as the environment spells them."""
    spelled = value if name in NUMBERS else list(value) if name in NETWORKS else text
    for written in (spelled, text):
        environment = toml_file(tmp_path, f"{name} = {json.dumps(written)}\n")
        assert getattr(read_settings(environment), name) == expected(name, value)


def test_every_setting_is_tried_here() -> None:
    """A new one needs its good and bad values."""
    names = set(Settings.__slots__) - {*TABLES, "push"}
    assert {name for name, _, _ in GOOD} == names
    assert {name for name, _ in BAD} == names | {"color"}


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """The file is the installation's, the environment the moment's."""
    environment = toml_file(tmp_path, 'threads = 8\nlog_level = "error"\n') | {PREFIX + "THREADS": "9"}
    settings = read_settings(environment)
    assert (settings.threads, settings.log_level) == (9, "error")


def test_a_path_may_begin_at_home() -> None:
    """As a shell would spell it."""
    assert read_settings({PREFIX + "DATA_DIR": "~/mfa"}).data_dir == Path("~/mfa").expanduser()


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_bad_setting_is_named_in_one_line(tmp_path: Path, name: str, text: str) -> None:
    """From the environment and from the file."""
    for environment in ({PREFIX + name.upper(): text}, toml_file(tmp_path, f"{name} = {json.dumps(text)}\n")):
        with pytest.raises(SettingsError) as caught:
            read_settings(environment)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "threads = [",
            "threads = true",
            "log_level = 7",
            "data_dir = 7",
            "trusted_proxies = [7]",
            "[threads]\nx = 1",
        ),
        *("\x00", "threads = 1\nthreads = 2"),
    ],
)
def test_a_bad_file_is_named_in_one_line(tmp_path: Path, text: str) -> None:
    """What is no TOML, or has a value of another type."""
    with pytest.raises(SettingsError) as caught:
        read_settings(toml_file(tmp_path, text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["", "/nowhere/settings.toml", "/"])
def test_a_file_that_cannot_be_read_is_named(path: str) -> None:
    """It was asked for, so it must be there."""
    with pytest.raises(SettingsError, match="cannot read"):
        read_settings({PREFIX + "CONFIG": path})


@pytest.mark.parametrize("command", [("serve",), ("init",), ("demo",), ("user", "list"), ("db", "upgrade")])
@pytest.mark.parametrize(("name", "text"), [("threads", "many"), ("color", "red"), ("database_url", "nonsense")])
def test_a_bad_setting_stops_every_command(tmp_path: Path, command: tuple[str, ...], name: str, text: str) -> None:
    """Exit code 6, one line, and nothing is made."""
    commands = Commands(tmp_path / "data", {PREFIX + name.upper(): text})
    assert name in commands.fails(6, *command)
    assert not (tmp_path / "data").exists()


def test_a_bad_setting_stops_the_process() -> None:
    """The same from outside, where a service manager looks."""
    environment = dict(os.environ) | {PREFIX + "FORM_GET": "always"}
    command = [sys.executable, "-m", "validate_service", "serve"]
    stopped = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (stopped.returncode, stopped.stdout) == (6, "")
    assert stopped.stderr == "Error: bad setting form_get: must be one of off, loopback, everywhere\n"


REQUIRED = {
    "smtp": {"host": "mail.example.org", "sender": "mfa@example.org"},
    "sms": {"url": "https://sms.example.org/send"},
    "voice": {"url": "https://voice.example.org/call"},
}
GOOD_KEYS: list[tuple[str, dict[str, str], Any]] = [
    ("smtp.host", {"host": "192.0.2.25"}, "192.0.2.25"),
    ("smtp.host", {"host": "2001:db8::25"}, "2001:db8::25"),
    ("smtp.sender", {"sender": "MFA Büro <mfa@example.org>"}, "MFA Büro <mfa@example.org>"),
    ("smtp.port", {}, None),
    ("smtp.port", {"port": "2525"}, 2525),
    ("smtp.address", {}, ("mail.example.org", 587)),
    ("smtp.address", {"security": "tls"}, ("mail.example.org", 465)),
    ("smtp.address", {"security": "none"}, ("mail.example.org", 25)),
    ("smtp.address", {"security": "none", "port": "2525"}, ("mail.example.org", 2525)),
    ("smtp.security", {}, Security.STARTTLS),
    ("smtp.security", {"security": "tls"}, Security.TLS),
    ("smtp.user", {"user": "mfa", "password": "pa55word"}, "mfa"),
    ("smtp.password", {"user": "mfa", "password": "pa55word"}, "pa55word"),
    ("smtp.password", {}, ""),
    ("smtp.ca_file", {}, None),
    ("sms.url", {"url": "http://127.0.0.1:9/send?to=$phone"}, "http://127.0.0.1:9/send?to=$phone"),
    ("sms.url", {"url": "http://localhost/"}, "http://localhost/"),
    ("voice.url", {"url": "http://[::1]:9/"}, "http://[::1]:9/"),
    ("voice.url", {"url": "https://u:p@sms.example/${text}"}, "https://u:p@sms.example/${text}"),
    ("sms.method", {}, "POST"),
    ("sms.method", {"method": "GET"}, "GET"),
    ("voice.method", {"method": "PUT"}, "PUT"),
    ("sms.headers", {}, {}),
    ("sms.headers", {"headers": "X-Key: t0k:en$$\nX-Lang:$language"}, {"X-Key": "t0k:en$$", "X-Lang": "$language"}),
    ("sms.body", {"headers": "content-type: text/xml", "body": "<a>$text</a>"}, "<a>$text</a>"),
    ("sms.success_status", {}, frozenset(range(200, 300))),
    ("sms.success_status", {"success_status": "200"}, frozenset({200})),
    ("sms.success_status", {"success_status": "200-202, 404"}, frozenset({200, 201, 202, 404})),
    ("sms.success_text", {"success_text": "<ok/> ü"}, "<ok/> ü"),
    ("sms.success_text", {}, ""),
    ("sms.ca_file", {}, None),
]
BAD_KEYS: list[tuple[str, dict[str, str]]] = [
    *(("smtp.host", {"host": text}) for text in ("", "mail example", "a..b", "mail.example.org:25", "x" * 64)),
    *(("smtp.sender", {"sender": text}) for text in ("", "mfa", "a@b.c, d@e.f", "a@b.c\nBcc: d@e.f", "<>", "mfä@b.c")),
    *(("smtp.port", {"port": text}) for text in ("0", "65536", "smtp", "-25", "")),
    *(("smtp.security", {"security": text}) for text in ("", "ssl", "STARTTLS")),
    ("smtp.user", {"user": "mfä", "password": "pa55word"}),
    ("smtp.password", {"user": "mfa", "password": "pa55wörd"}),
    ("smtp", {"user": "mfa"}),
    ("smtp", {"password": "pa55word"}),
    ("smtp", {"user": "mfa", "password": "pa55word", "security": "none"}),
    *(("smtp.ca_file", {"ca_file": text}) for text in ("", "/nowhere", "/", __file__)),
    ("smtp.pasword", {"pasword": "pa55word"}),
    *(
        ("sms.url", {"url": text})
        for text in ("", "sms.example.org", "ftp://sms.example.org/", "https://", "https:///x")
    ),
    *(
        ("sms.url", {"url": text})
        for text in ("http://sms.example.org/", "http://192.0.2.1/", "http://localhost.example/")
    ),
    *(
        ("sms.url", {"url": text})
        for text in ("https://$phone.example/", "https://a.example:pa55word/", "https://[pa55word/")
    ),
    *(("sms.url", {"url": text}) for text in ("https://a.example/ü", "https://a.example/a b", "https://a.example/\n")),
    *(("voice.url", {"url": f"https://a.example/{text}"}) for text in ("$t0ken", "$", "${phone", "$Phone", "${t0ken}")),
    *(("sms.method", {"method": text}) for text in ("", "post", "DELETE")),
    *(("sms.headers", {"headers": text}) for text in ("X-Key", "X Key: 1", ": 1", "X: ü", "X: t0k\x07en", "X: $t0ken")),
    ("sms.headers", {"headers": "X-Key: t0ken\nx-key: t0ken"}),
    ("sms.body", {"headers": "Content-Type: text/plain", "body": "$t0ken"}),
    ("sms", {"body": "$text"}),
    ("sms", {"method": "GET", "headers": "Content-Type: text/plain", "body": "$text"}),
    *(("sms.success_status", {"success_status": text}) for text in ("", "ok", "20", "99-200", "600", "2000")),
    ("sms.colour", {"colour": "red"}),
]


def spelled(table: str, keys: dict[str, str]) -> dict[str, str]:
    """Return the environment that sets *keys* of *table*."""
    return {f"{PREFIX}{table}_{key}".upper(): text for key, text in keys.items()}


def toml_table(table: str, keys: dict[str, str]) -> str:
    """Return the lines of a file that do the same."""
    return f"[{table}]\n" + "".join(f"{key} = {json.dumps(text)}\n" for key, text in keys.items())


@pytest.mark.parametrize(("name", "keys", "value"), GOOD_KEYS)
def test_a_key_of_a_table_is_read(tmp_path: Path, name: str, keys: dict[str, str], value: Any) -> None:
    """From the environment and from the file."""
    table, key = name.split(".")
    keys = REQUIRED[table] | keys
    for environment in (spelled(table, keys), toml_file(tmp_path, toml_table(table, keys))):
        settings = read_settings(environment)
        assert getattr(getattr(settings, table), key) == value
        assert [other for other in TABLES if getattr(settings, other) is not None] == [table]


@pytest.mark.parametrize(("name", "keys"), BAD_KEYS)
def test_a_bad_key_of_a_table_is_named_in_one_line(tmp_path: Path, name: str, keys: dict[str, str]) -> None:
    """From both; and no secret is quoted, be it whole or the half that looked like something else."""
    table = name.partition(".")[0]
    keys = REQUIRED[table] | keys
    for environment in (spelled(table, keys), toml_file(tmp_path, toml_table(table, keys))):
        with pytest.raises(SettingsError) as caught:
            read_settings(environment)
        said = str(caught.value)
        assert re.search(rf"setting ({name}|{name.replace('.', '_')})[:;]", said)
        assert not re.search("pa55w|t0k", said.replace("smtp.password", ""))
        assert "\n" not in said


@pytest.mark.parametrize(("table", "key"), [("smtp", "host"), ("smtp", "sender"), ("sms", "url"), ("voice", "url")])
def test_a_table_is_set_as_a_whole(table: str, key: str) -> None:
    """Half a mail server is none."""
    keys = {name: text for name, text in REQUIRED[table].items() if name != key}
    with pytest.raises(SettingsError, match=f"missing setting {table}.{key}"):
        read_settings(spelled(table, keys or {"method": "POST"}))


@pytest.mark.parametrize("table", TABLES)
def test_certificates_are_read_at_the_start(tmp_path: Path, table: str) -> None:
    """A file that is missing would be noticed with the first message otherwise."""
    file = make_certificate(tmp_path).file
    settings = read_settings(spelled(table, REQUIRED[table] | {"ca_file": str(file)}))
    assert getattr(settings, table).ca_file == file


def test_a_file_spells_headers_and_statuses_as_toml_does(tmp_path: Path) -> None:
    """A table of headers, a list of numbers and ranges."""
    text = toml_table("sms", REQUIRED["sms"]) + 'success_status = [200, "202-204"]\n[sms.headers]\nX-Key = "t0ken"\n'
    sms = read_settings(toml_file(tmp_path, text)).sms
    assert sms is not None
    assert sms.headers == {"X-Key": "t0ken"}
    assert sms.success_status == {200, 202, 203, 204}


@pytest.mark.parametrize(
    "line", ["headers = 7", "headers = [7]", "headers = {X = 7}", "success_status = [[200]]", "success_status = 200"]
)
def test_a_key_of_another_type_is_named(tmp_path: Path, line: str) -> None:
    """As any other bad value is."""
    with pytest.raises(SettingsError, match=f"bad setting sms.{line.partition(' ')[0]}: "):
        read_settings(toml_file(tmp_path, toml_table("sms", REQUIRED["sms"]) + line))


@pytest.mark.parametrize("text", ['smtp = "mail.example.org"', "sms = []", "[[voice]]"])
def test_a_table_is_a_table(tmp_path: Path, text: str) -> None:
    """Nothing else is taken for one."""
    with pytest.raises(SettingsError, match=r"unknown setting (smtp|sms|voice);"):
        read_settings(toml_file(tmp_path, text))


def test_the_environment_wins_key_by_key(tmp_path: Path) -> None:
    """A password can stay out of the file; a whole set of headers is one key."""
    smtp = REQUIRED["smtp"] | {"user": "mfa", "password": "of the file"}
    text = toml_table("smtp", smtp) + toml_table("sms", REQUIRED["sms"]) + '[sms.headers]\nX-Key = "old"\n'
    over = {PREFIX + "SMTP_PASSWORD": "pa55word", PREFIX + "SMS_HEADERS": "X-Token: t0ken"}
    settings = read_settings(toml_file(tmp_path, text) | over)
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.password) == ("mail.example.org", "pa55word")
    assert settings.sms is not None
    assert settings.sms.headers == {"X-Token": "t0ken"}


@pytest.mark.parametrize(
    ("keys", "contact", "services"),
    [
        ({}, "", Settings().push.services),
        ({"contact": "mailto:mfa@example.org"}, "mailto:mfa@example.org", Settings().push.services),
        ({"contact": "https://example.org/mfa"}, "https://example.org/mfa", Settings().push.services),
        ({"services": "none"}, "", ()),
        (
            {"services": "push.example.org, *.Push.example 127.0.0.1"},
            "",
            ("push.example.org", "*.push.example", "127.0.0.1"),
        ),
        ({"services": "localhost"}, "", ("localhost",)),
    ],
)
def test_push_services_are_those_of_the_vendors_unless_set(
    tmp_path: Path, keys: dict[str, str], contact: str, services: tuple[str, ...]
) -> None:
    """From the environment and from the file; each key by itself."""
    for environment in (spelled("push", keys), toml_file(tmp_path, toml_table("push", keys))):
        settings = read_settings(environment)
        assert (settings.push.contact, settings.push.services) == (contact, services)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *(("contact", text) for text in ("", "mfa@example.org", "mailto:mfa", "http://example.org", "https://")),
        ("contact", "mailto:mfa@example.org\r\nX-Eve: 1"),
        *(
            ("services", text)
            for text in ("", "*", "*.", "example", "https://push.example", "a.example/x", "a.example:1")
        ),
        *(("services", text) for text in ("*.*.example", "a..example", "none a.example", "[::1]")),
        ("ca_file", "/nowhere"),
        ("topic", "x"),
    ],
)
def test_a_bad_push_setting_is_named(key: str, text: str) -> None:
    """A pattern that takes in everything is none."""
    with pytest.raises(SettingsError, match=rf"setting push[._]{key}[:;]"):
        read_settings(spelled("push", {key: text}))


def test_certificates_of_push_services_are_read_at_the_start(tmp_path: Path) -> None:
    """As those of the other services are."""
    file = make_certificate(tmp_path).file
    assert read_settings(spelled("push", {"ca_file": str(file)})).push.ca_file == file


def test_secrets_are_not_shown() -> None:
    """Settings may be printed."""
    sms = {"url": "https://a.example/?key=t0ken", "headers": "Content-Type: text/plain\nX: t0ken", "body": "t0ken"}
    environment = spelled("smtp", REQUIRED["smtp"] | {"user": "mfa", "password": "pa55word"}) | spelled("sms", sms)
    settings = read_settings(environment | {PREFIX + "DATABASE_URL": "postgresql://mfa:pa55word@db/mfa"})
    assert "mail.example.org" in repr(settings)
    assert not re.search("pa55w|t0k", repr(settings))
