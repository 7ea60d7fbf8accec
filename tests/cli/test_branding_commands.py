"""``validate-service branding``."""

from pathlib import Path

import pytest

from tests.cli.commands import Commands
from validate_service.core.images import MOST_BYTES

GIF = b"GIF89a..."


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    """A file with a logo."""
    path = tmp_path / "logo.gif"
    path.write_bytes(GIF)
    return path


def test_branding_is_set_and_shown(commands: Commands, logo: Path) -> None:
    """Option by option; the rest stays."""
    (before,) = commands.json("branding", "show")
    assert (before["email"], before["logo"], before["changed_at"]) == ("", None, None)
    commands.ok("branding", "set", "--color", "#E80000", "--splash-color", "#fffef8", "--email", "help@example.org")
    commands.ok("branding", "set", "--phone", "hello", "--logo", str(logo), "--splash", str(logo))
    (row,) = commands.json("branding", "show")
    assert row.pop("changed_at") is not None
    assert row == {
        "color": "#e80000",
        "splash_color": "#fffef8",
        "email": "help@example.org",
        "phone": "hello",
        "logo": "image/gif, 9 bytes",
        "splash": "image/gif, 9 bytes",
    }
    assert "image/gif, 9 bytes" in commands.ok("branding", "show")


def test_pictures_and_contacts_are_removed(commands: Commands, logo: Path) -> None:
    """By options of their own, or by an empty text."""
    commands.ok("branding", "set", "--phone", "hello", "--logo", str(logo), "--splash", str(logo))
    (row,) = commands.json("branding", "set", "--no-logo", "--no-splash", "--phone", "")
    assert (row["logo"], row["splash"], row["phone"]) == (None, None, "")


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ([], "at least one thing"),
        (["--color", "red"], "six hexadecimal digits"),
        (["--logo", "LOGO", "--no-logo"], "exclude each other"),
        (["--logo", "/dev/null"], "file for logo is empty"),
        (["--splash", __file__], "PNG, JPEG or GIF"),
        (["--logo", "/dev/zero"], "at most 512 KiB"),
    ],
)
def test_what_cannot_be_set_is_refused(commands: Commands, logo: Path, options: list[str], rule: str) -> None:
    """In one line; of an endless file no more is read than needed."""
    named = [str(logo) if option == "LOGO" else option for option in options]
    assert rule in commands.fails(2, "branding", "set", *named)
    assert commands.json("branding", "show")[0]["logo"] is None


def test_tenants_are_branded_apart(commands: Commands, logo: Path) -> None:
    """By the option that every command has."""
    commands.ok("tenant", "add", "other")
    commands.ok("branding", "set", "--tenant", "other", "--logo", str(logo))
    assert commands.json("branding", "show")[0]["logo"] is None
    assert commands.json("branding", "show", "--tenant", "other")[0]["logo"] == "image/gif, 9 bytes"


def test_the_largest_logo_is_taken(commands: Commands, logo: Path) -> None:
    """The file is read to its end."""
    logo.write_bytes(GIF.ljust(MOST_BYTES, b"\0"))
    (row,) = commands.json("branding", "set", "--logo", str(logo))
    assert row["logo"] == f"image/gif, {MOST_BYTES} bytes"
