"""Settings: from the environment or one TOML file; what is unknown or bad stops the start with one line."""

import json
import os
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Commands
from validate_service.config import PREFIX, Settings, SettingsError, read_settings

GOOD: list[tuple[str, str, Any]] = [
    ("data_dir", "/srv/mfa", Path("/srv/mfa")),
    ("database_url", "", ""),
    ("database_url", "sqlite:////srv/mfa.sqlite3", "sqlite:////srv/mfa.sqlite3"),
    ("database_url", "postgresql+psycopg://mfa@db/mfa", "postgresql+psycopg://mfa@db/mfa"),
    ("public_url", "https://mfa.example.org/", "https://mfa.example.org"),
    ("public_url", "http://mfa.example.org:8080/path", "http://mfa.example.org:8080/path"),
    ("public_url", "https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ("public_url", "", ""),
    ("trusted_proxies", "10.0.0.0/8, 192.0.2.1 2001:db8::/32", ("10.0.0.0/8", "192.0.2.1", "2001:db8::/32")),
    ("trusted_proxies", "", ()),
    ("form_post", "off", "off"),
    ("form_post", "everywhere", "everywhere"),
    ("form_get", "loopback", "loopback"),
    ("threads", "2", 2),
    ("threads", "512", 512),
    ("log_level", "debug", "debug"),
    ("log_level", "error", "error"),
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
    ("color", "red"),
]


def expected(name: str, value: Any) -> Any:
    return tuple(ip_network(text) for text in value) if name == "trusted_proxies" else value


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
    spelled = value if name == "threads" else list(value) if name == "trusted_proxies" else text
    for written in (spelled, text):
        environment = toml_file(tmp_path, f"{name} = {json.dumps(written)}\n")
        assert getattr(read_settings(environment), name) == expected(name, value)


def test_every_setting_is_tried_here() -> None:
    """A new one needs its good and bad values."""
    names = set(Settings.__slots__)
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
