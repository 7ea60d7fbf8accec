"""Every noun and verb through the real command."""

import base64
import json
from typing import Any

import click
import pyotp
import pytest

from tests.cli.commands import Commands
from validate_service.cli.main import main
from validate_service.cli.operator import EXIT_CODES
from validate_service.core.errors import concrete_errors
from validate_service.storage.tables import SCHEMA_REVISION

ALICE = "CORP\\alice"


@pytest.fixture
def alice(commands: Commands) -> Commands:
    """An installation with one user."""
    commands.ok("user", "add", ALICE)
    return commands


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found += leaves(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", leaves(main), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    """With a sentence, and with every option."""
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert (command.help or "").strip().split("\n")[0].endswith(".")
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Arguments are read by everybody on the machine, and kept in histories."""
    words = {"pin", "seed", "secret", "answer", "answers", "password", "card_information", "otp", "code", "first"}
    for path in leaves(main):
        command: click.Command = main
        for name in path:
            assert isinstance(command, click.Group)
            command = command.commands[name]
        assert {parameter.name for parameter in command.params} & words == set(), path


def test_every_error_has_an_exit_code() -> None:
    """And none of them is that of success."""
    assert set(EXIT_CODES) == concrete_errors()
    assert 0 not in EXIT_CODES.values()


def test_users_are_added_listed_and_deleted(commands: Commands) -> None:
    """Under any spelling of the same name."""
    added = commands.json("user", "add", ALICE)
    assert added["user"] == ALICE
    (row,) = commands.json("user", "list")
    assert row == {"id": added["id"], "user": ALICE, "enabled": True, "failures": 0, "pin": "none", "pin_failures": 0}
    assert "CORP\\alice" in commands.ok("user", "list")
    assert commands.fails(5, "user", "add", "alice@corp") == "Error: There is a user corp\\alice already."
    commands.ok("user", "delete", "ALICE@corp")
    assert commands.json("user", "list") == []
    assert commands.ok("user", "list") == ""


def test_users_are_disabled_and_enabled(alice: Commands) -> None:
    """The list tells."""
    assert alice.json("user", "disable", ALICE) == {"user": ALICE, "enabled": False}
    assert alice.json("user", "list")[0]["enabled"] is False
    alice.ok("user", "enable", ALICE)
    assert alice.json("user", "list")[0]["enabled"] is True
    alice.ok("user", "unlock", ALICE)


def test_a_pin_is_read_from_standard_input(alice: Commands) -> None:
    """Its rules are told; it is never shown."""
    assert alice.ok("user", "set-pin", ALICE, "--must-change", read="2580\n") == f"PIN of {ALICE} set.\n"
    assert alice.json("user", "list")[0]["pin"] == "must change"
    alice.ok("user", "set-pin", ALICE, read="8520\n")
    assert alice.json("user", "list")[0]["pin"] == "set"
    assert "at most 3 consecutive" in alice.fails(2, "user", "set-pin", ALICE, read="1234\n")
    assert "at least 4 characters" in alice.fails(2, "user", "set-pin", ALICE, read="")
    alice.ok("user", "unblock-pin", ALICE)
    assert {"2580", "8520"} & set(alice.ok("audit", "search").split()) == set()


def test_codes_and_tokens_are_issued(alice: Commands) -> None:
    """Printed once; of the wanted length and life."""
    code = alice.json("user", "auth-code", ALICE, "--seconds", "60", "--digits", "8")
    assert code == {"user": ALICE, "auth_code": code["auth_code"], "seconds": 60}
    assert len(code["auth_code"]) == 8
    assert len(alice.json("user", "session-token", ALICE)["auth_token"]) == 43
    alice.fails(2, "user", "auth-code", ALICE, "--digits", "5")
    alice.fails(2, "user", "auth-code", ALICE, "--seconds", "9" * 30)
    alice.fails(2, "user", "session-token", ALICE, "--seconds", "0")


def test_devices_are_enrolled_with_a_seed_that_is_made(alice: Commands) -> None:
    """The URI is what authenticator apps read."""
    made = alice.json("device", "add", ALICE, "T1", "--digits", "8", "--algorithm", "sha256", "--period", "60")
    parsed = pyotp.parse_uri(made["uri"])
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.secret, parsed.digits, parsed.interval) == (made["seed_base32"], 8, 60)
    hotp = pyotp.parse_uri(alice.json("device", "add", ALICE, "H1", "--kind", "hotp", "--counter", "7")["uri"])
    assert isinstance(hotp, pyotp.HOTP)
    assert hotp.initial_count == 7
    assert alice.json("device", "add", ALICE, "P1", "--kind", "authenticator").keys() == {"user", "serial", "kind"}
    assert [row["serial"] for row in alice.json("device", "list", "--user", "corp\\ALICE")] == ["H1", "P1", "T1"]
    assert alice.json("device", "list", "--user", "nobody") == []


def test_a_seed_is_read_from_standard_input_and_not_shown(alice: Commands) -> None:
    """Hex or Base32."""
    seed = "3132333435363738393031323334353637383930"
    output = alice.ok("device", "add", ALICE, "H1", "--kind", "hotp", "--read-seed", read=f"{seed}\n")
    assert output == "Device H1 added.\n"
    base32 = base64.b32encode(bytes.fromhex(seed)).decode()
    assert base32 not in alice.ok("device", "add", ALICE, "H2", "--read-seed", "--json", read=base32)
    alice.fails(2, "device", "add", ALICE, "H3", "--read-seed", read="neither!\n")
    alice.fails(2, "device", "add", ALICE, "H3", "--read-seed", read="00" * 15)


def test_devices_are_disabled_enabled_and_deleted(alice: Commands) -> None:
    """By serial, without case."""
    alice.ok("device", "add", ALICE, "H1", "--kind", "hotp")
    alice.ok("device", "disable", "h1")
    assert alice.json("device", "list")[0]["enabled"] is False
    alice.ok("device", "enable", "h1")
    alice.ok("device", "delete", "h1")
    assert alice.fails(3, "device", "delete", "h1") == "Error: There is no such device: h1."
    alice.fails(2, "device", "add", ALICE, "H2", "--digits", "9")


def test_tokens_are_stocked_assigned_and_put_back(alice: Commands) -> None:
    """``-`` is nobody, when a token is added and when it is listed."""
    made = alice.json("device", "add", "-", "H1", "--kind", "hotp", "--hardware")
    assert pyotp.parse_uri(made["uri"]).name == "H1"
    (listed,) = alice.json("device", "list")
    assert (listed["user"], listed["hardware"], listed["activated"]) == ("-", True, True)
    alice.ok("device", "assign", "h1", ALICE)
    alice.ok("user", "add", "bob")
    assert "somebody else's" in alice.fails(5, "device", "assign", "h1", "bob")
    alice.ok("device", "assign", "h1", "bob", "--force")
    assert [row["user"] for row in alice.json("device", "list")] == ["bob"]
    assert alice.json("device", "unassign", "h1") == {"serial": "h1", "user": "-"}
    assert "nobody's" in alice.fails(2, "device", "add", "-", "P1", "--kind", "authenticator")


def test_tokens_may_outlive_their_user(alice: Commands) -> None:
    """In stock, if the operator says so."""
    alice.ok("device", "add", ALICE, "H1")
    alice.ok("user", "delete", ALICE, "--keep-tokens")
    assert [row["user"] for row in alice.json("device", "list")] == ["-"]


def test_a_token_is_activated_by_two_codes(alice: Commands) -> None:
    """Where the tenant asks for it; exit code 4 when they are wrong."""
    alice.ok("tenant", "switch", "devices_need_activation", "on")
    hotp = pyotp.HOTP(alice.json("device", "add", ALICE, "H1", "--kind", "hotp")["seed_base32"])
    assert alice.json("device", "list")[0]["activated"] is False
    assert alice.run("device", "activate", "H1", read=f"{hotp.at(0)}\n{hotp.at(2)}\n").exit_code == 4
    assert alice.json("device", "activate", "H1", read=f"{hotp.at(0)}\n{hotp.at(1)}\n")["outcome"] == "accepted"
    assert alice.json("device", "list")[0]["activated"] is True
    assert alice.json("tenant", "switch", "devices_need_activation", "off")["on"] is False
    alice.ok("device", "add", ALICE, "H2")
    assert alice.json("device", "list")[1]["activated"] is True


def test_the_uri_names_the_tenants_organisation(alice: Commands) -> None:
    """As the QR code of the connector does."""
    alice.ok("tenant", "organisation", "St. Mary's")
    assert pyotp.parse_uri(alice.json("device", "add", ALICE, "H1")["uri"]).issuer == "St. Mary's"


def test_a_device_is_resynchronised_by_two_codes(alice: Commands) -> None:
    """Exit code 4 when they are wrong."""
    made = alice.json("device", "add", ALICE, "H1", "--kind", "hotp")
    hotp = pyotp.HOTP(made["seed_base32"])
    codes = f"{hotp.at(50)}\n{hotp.at(51)}\n"
    wrong = alice.run("device", "resync", "H1", "--json", read=f"{hotp.at(50)}\n{hotp.at(52)}\n")
    assert (wrong.exit_code, json.loads(wrong.stdout)["outcome"]) == (4, "wrong_code")
    assert alice.json("device", "resync", "H1", read=codes)["outcome"] == "accepted"
    assert alice.run("device", "resync", "H1", read=codes).exit_code == 4


def test_cards_are_enrolled_by_what_standard_input_says(alice: Commands) -> None:
    """And named by number afterwards."""
    alice.ok("card", "add", ALICE, "--label", "badge", read="04:A2:2F\n")
    assert "enrolled already" in alice.fails(5, "card", "add", ALICE, read="04-a2-2f\n")
    (card,) = alice.json("card", "list")
    assert (card["label"], card["user"], card["enabled"], card["last_used_at"]) == ("badge", ALICE, True, None)
    number = str(card["card"])
    alice.ok("card", "disable", number)
    assert alice.json("card", "list")[0]["enabled"] is False
    alice.ok("card", "enable", number)
    alice.ok("card", "delete", number)
    alice.fails(3, "card", "delete", number)
    assert "04" not in alice.ok("card", "list")
    alice.fails(2, "card", "add", ALICE, read="\n")


def test_questions_are_set_with_answers_from_standard_input(alice: Commands) -> None:
    """One a line, in the order of the questions; without any all are removed."""
    assert alice.ok("question", "set", ALICE, "Pet?", "Town?", read="Rex\nUlm\n") == f"2 questions of {ALICE} set.\n"
    assert alice.json("question", "list", ALICE) == [
        {"position": 1, "question": "Pet?"},
        {"position": 2, "question": "Town?"},
    ]
    alice.fails(2, "question", "set", ALICE, "Pet?", "Town?", read="Rex\n")
    assert len(alice.json("question", "list", ALICE)) == 2
    assert alice.json("question", "set", ALICE)["questions"] == 0
    assert alice.json("question", "list", ALICE) == []


def test_api_keys_are_made_listed_and_revoked(commands: Commands) -> None:
    """The key is shown once; the list never shows it."""
    made = commands.json("api-key", "add", "portal")
    assert made.keys() == {"id", "name", "api_key", "scopes"}
    listed = commands.json("api-key", "list")
    assert made["api_key"] not in json.dumps(listed)
    assert {row["name"]: row["revoked_at"] for row in listed} == {
        "first key": None,
        "default-account": None,
        "portal": None,
    }
    commands.ok("api-key", "revoke", made["id"])
    commands.fails(3, "api-key", "revoke", made["id"])
    assert [row["name"] for row in commands.json("api-key", "list") if row["revoked_at"]] == ["portal"]


def test_tenants_have_their_own_users_and_policies(commands: Commands) -> None:
    """Chosen by --tenant."""
    assert commands.json("tenant", "add", "other")["tenant"] == "other"
    commands.ok("user", "add", "bob", "--tenant", "other")
    assert commands.json("user", "list") == []
    assert [row["user"] for row in commands.json("user", "list", "--tenant", "other")] == ["bob"]
    commands.ok("tenant", "set", "lockout.threshold", "3", "--tenant", "other")
    commands.ok("tenant", "allow", "10.0.0.0/8", "2001:db8::1", "--tenant", "other")
    commands.ok("tenant", "allow", "--tenant", "other")
    commands.fails(5, "tenant", "add", "other")
    commands.fails(3, "user", "list", "--tenant", "nobody's")
    commands.fails(2, "tenant", "set", "lockout.treshold", "3")
    commands.fails(2, "tenant", "set", "lockout.threshold", "0")
    commands.fails(2, "tenant", "allow", "everywhere")


def test_keys_are_rotated_resealed_retired_and_exported(alice: Commands) -> None:
    """In this order; a key in use cannot be retired."""
    alice.ok("device", "add", ALICE, "H1", "--kind", "hotp")
    assert alice.json("key", "rotate") == {"key": 2}
    alice.fails(5, "key", "retire", "1")
    assert alice.json("key", "reseal") == {"resealed": 1}
    alice.ok("key", "retire", "1")
    assert [(row["key"], row["state"]) for row in alice.json("key", "list")] == [(1, "retired"), (2, "active")]
    exported = alice.json("key", "export-aes-secret")
    assert (exported["key"], len(exported["secret"])) == (2, 64)
    alice.fails(3, "key", "export-aes-secret", "--key", "1")
    alice.fails(3, "key", "retire", "9")
    ring = (alice.data_dir / "keyring.json").read_text()
    assert not any(key["key"] in alice.ok("key", "list", "--json") for key in json.loads(ring)["keys"].values())


def test_pushes_are_listed_approved_and_denied(commands: Commands) -> None:
    """Without any there is nothing to answer."""
    assert commands.json("push", "list") == []
    commands.fails(3, "push", "approve", "0" * 32)
    commands.fails(3, "push", "deny", "0" * 32, "--json")


def test_the_audit_trail_names_the_operator_and_is_searched(alice: Commands) -> None:
    """By event, user, device, reason and time; newest first."""
    alice.ok("device", "add", ALICE, "H1", "--kind", "hotp")
    events = alice.json("audit", "search")
    assert [event["event"] for event in events[:2]] == ["device:add", "user:add"]
    assert {event["surface"] for event in events} == {"cli"}
    assert all(event["caller"] for event in events)
    assert len(alice.json("audit", "search", "--event", "user:add", "--user", ALICE)) == 1
    assert alice.json("audit", "search", "--device", "H1")[0]["operation"] == "device add"
    assert alice.json("audit", "search", "--since", "2999-01-01") == []
    assert len(alice.json("audit", "search", "--limit", "2")) == 2
    assert alice.json("audit", "search", "--request-id", events[0]["request_id"]) == events[:1]
    verified = alice.json("audit", "verify")
    assert (verified["rows"], verified["findings"]) == (len(events), [])


def test_the_database_is_checked_and_upgraded(commands: Commands) -> None:
    """Both tell the schema."""
    assert commands.json("db", "check") == commands.json("db", "upgrade") == {"schema": SCHEMA_REVISION}


LONG = "9" * 30
OUT_OF_RANGE: list[tuple[str, ...]] = [
    ("card", "enable", LONG),
    ("card", "delete", "-" + LONG),
    ("audit", "search", "--limit", LONG),
    ("audit", "search", "--limit", "-1"),
    ("audit", "search", "--limit", "0"),
    ("key", "retire", "abc"),
    ("device", "add", ALICE, "X", "--counter", LONG),
    ("device", "add", ALICE, "X", "--kind", "fido"),
    ("user", "add", "x" * 257),
    ("user", "add", ""),
    ("user", "add", "\\"),
    ("serve", "--workers", "0"),
    ("serve", "--workers", "-1"),
    ("serve", "--bind", "nonsense"),
    ("serve", "--bind", "127.0.0.1:99999"),
]


@pytest.mark.parametrize("arguments", OUT_OF_RANGE, ids=" ".join)
def test_arguments_out_of_range_are_refused(alice: Commands, arguments: tuple[str, ...]) -> None:
    """Exit code 2 or 3 and a message, never a traceback."""
    result = alice.run(*arguments)
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in {2, 3}
    assert "Error: " in result.stderr


def test_a_name_cannot_forge_lines_in_a_table(commands: Commands) -> None:
    """Control characters are spelled out."""
    commands.ok("user", "add", "eve\nroot\x1b[2J")
    shown = commands.ok("user", "list")
    assert len(shown.splitlines()) == 2
    assert "\x1b" not in shown


NOUNS: list[tuple[str, ...]] = [
    *(("user", verb, "nobody") for verb in ("delete", "enable", "disable", "unlock", "unblock-pin")),
    *(("user", verb, "nobody") for verb in ("auth-code", "session-token")),
    *(("device", verb, "NONE") for verb in ("enable", "disable", "delete", "resync", "activate", "unassign")),
    ("device", "assign", "NONE", "nobody"),
    *(("card", verb, "4711") for verb in ("enable", "disable", "delete")),
    ("device", "add", "nobody", "X"),
    ("question", "list", "nobody"),
    ("question", "set", "nobody"),
    ("api-key", "revoke", "none"),
]


@pytest.mark.parametrize("arguments", NOUNS, ids=" ".join)
def test_what_does_not_exist_is_not_found(commands: Commands, arguments: tuple[str, ...]) -> None:
    """Exit code 3, one line that says what is missing."""
    assert "There is no" in commands.fails(3, *arguments, read="1\n2\n")


READERS: list[tuple[str, ...]] = [
    (*path, "--json") for path in leaves(main) if path[-1] in {"list", "search", "verify"}
]


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_json_parses(alice: Commands, arguments: tuple[str, ...]) -> None:
    """Of every command that shows something."""
    names = [ALICE] if arguments[0] == "question" else []
    found: Any = json.loads(alice.ok(*arguments[:-1], *names, "--json"))
    assert isinstance(found, list | dict)


def test_without_an_installation_every_command_says_so(tmp_path: Any) -> None:
    """Exit code 69, and nothing is made."""
    commands = Commands(tmp_path / "data")
    paths: list[tuple[str, ...]] = [
        ("user", "list"),
        ("audit", "verify"),
        ("db", "check"),
        ("db", "upgrade"),
        ("serve",),
    ]
    for path in (*paths, ("serve",)):
        assert "temporarily unavailable" in commands.fails(69, *path)
    assert not commands.data_dir.exists()
