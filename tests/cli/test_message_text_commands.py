"""``validate-service text``."""

import pytest

from tests.cli.commands import Commands

BODY = "Bonjour $user,\n\nvotre code : $code\n"


def test_a_text_is_set_listed_shown_and_deleted(commands: Commands) -> None:
    """Its body comes from standard input, lines and accents included."""
    assert commands.json("text", "list") == []
    commands.ok("text", "set", "auth_code", "email", "FR", "--subject", "Code pour l'été", read=BODY)
    place = {"kind": "auth_code", "channel": "email", "language": "fr"}
    assert commands.json("text", "list") == [place]
    shown = commands.json("text", "show", "auth_code", "email", "fr-CA")
    assert shown == {"language": "fr", "subject": "Code pour l'été", "body": BODY.rstrip("\n")}
    assert commands.ok("text", "show", "auth_code", "email", "fr") == f"Code pour l'été\n\n{BODY}"
    commands.ok("text", "delete", "auth_code", "email", "fr")
    assert commands.json("text", "list") == []
    assert "no own text" in commands.fails(3, "text", "delete", "auth_code", "email", "fr")


def test_built_in_texts_are_shown_too(commands: Commands) -> None:
    """As templates, to begin one's own with."""
    assert "$code" in commands.ok("text", "show", "auth_code", "sms", "de")
    assert commands.json("text", "show", "provision", "voice", "xx")["language"] == "en"


def test_tenants_have_texts_of_their_own(commands: Commands) -> None:
    """By the option that every command has."""
    commands.ok("tenant", "add", "other")
    commands.ok("text", "set", "auth_code", "sms", "en", "--tenant", "other", read="Own: $code")
    assert commands.json("text", "list") == []
    assert commands.ok("text", "show", "auth_code", "sms", "en", "--tenant", "other") == "Own: $code\n"


@pytest.mark.parametrize(
    ("arguments", "body", "rule"),
    [
        (["auth_code", "sms", "en"], "", "body must hold $code"),
        (["provision", "sms", "en"], "$code", "body may hold $link"),
        (["auth_code", "sms", "??"], "$code", "language must be"),
        (["auth_code", "email", "en"], "$code", "must have a subject"),
        (["auth_code", "voice", "en"], "$code" * 100_000, "body is longer than 2000 characters"),
    ],
)
def test_a_text_that_breaks_a_rule_is_refused(commands: Commands, arguments: list[str], body: str, rule: str) -> None:
    """In one line that names the rule."""
    assert rule in commands.fails(2, "text", "set", *arguments, read=body)


def test_an_unknown_message_is_refused(commands: Commands) -> None:
    """Before anything is read."""
    for arguments in (["letter", "sms", "en"], ["auth_code", "pigeon", "en"]):
        assert commands.run("text", "show", *arguments).exit_code == 2
