"""The operator's commands for what administrators also do over REST."""

import pytest

from tests.cli.commands import Commands
from tests.delivery.servers import http_gateway

ALICE = "CORP\\alice"
URL = "https://mfa.example.org"


@pytest.fixture
def alice(commands: Commands) -> Commands:
    """An installation with one user, of whom something is known."""
    commands.ok(
        "user", "add", ALICE, "--email", "alice@corp.local", "--phone", "+49 171 1234567", "--language", "German"
    )
    return commands


def test_what_is_known_of_a_user_is_shown_and_changed(alice: Commands) -> None:
    """What is not named stays; an empty value clears."""
    (before,) = alice.json("user", "show", ALICE)
    assert before == {
        "id": before["id"],
        "user": ALICE,
        "enabled": True,
        "first_name": "",
        "last_name": "",
        "email": "alice@corp.local",
        "phone": "+491711234567",
        "carrier": "",
        "language": "de",
        "roles": "user",
        "auth_set": None,
    }
    alice.ok("auth-set", "add", "Cards", "card")
    alice.ok("user", "update", ALICE, "--email", "", "--carrier", "Verizon", "--roles", "Admin", "--auth-set", "cards")
    alice.ok("user", "update", ALICE, "--first-name", "Alice", "--last-name", "Adams")
    changed = {"email": "", "carrier": "Verizon", "roles": "admin", "auth_set": "Cards"}
    changed |= {"first_name": "Alice", "last_name": "Adams"}
    assert alice.json("user", "show", ALICE) == [before | changed]
    alice.ok("user", "update", ALICE, "--no-auth-set")
    assert alice.json("user", "show", ALICE) == [before | changed | {"auth_set": None}]
    assert "digits" in alice.fails(2, "user", "update", ALICE, "--phone", "x")
    alice.fails(3, "user", "show", "nobody")


def test_authentication_sets_are_kept(alice: Commands) -> None:
    """Added, listed, changed; deleted when no user has them."""
    alice.ok("auth-set", "add", "Cards only", "card")
    assert alice.json("auth-set", "set", "CARDS ONLY", "card", "otp")["factors"] == ["card", "otp"]
    alice.ok("user", "update", ALICE, "--auth-set", "Cards only")
    assert alice.json("auth-set", "list") == [{"name": "Cards only", "factors": "card otp", "users": 1}]
    assert "Users have" in alice.fails(5, "auth-set", "delete", "Cards only")
    alice.ok("user", "update", ALICE, "--no-auth-set")
    alice.ok("auth-set", "delete", "Cards only")
    alice.fails(3, "auth-set", "delete", "Cards only")
    assert alice.run("auth-set", "add", "X", "telepathy").exit_code == 2


def test_a_password_is_read_from_standard_input(alice: Commands) -> None:
    """Its rules are told; it is never shown."""
    assert alice.ok("user", "set-password", ALICE, read="correct horse battery\n") == f"Password of {ALICE} set.\n"
    assert "at least 15" in alice.fails(2, "user", "set-password", ALICE, read="short\n")
    assert "correct horse" not in alice.ok("audit", "search")


def test_an_enrolment_link_is_printed_or_sent(alice: Commands) -> None:
    """Once the installation knows its address."""
    assert "public_url" in alice.fails(5, "user", "provision", ALICE)
    alice.environment["VALIDATE_SERVICE_PUBLIC_URL"] = URL
    assert alice.json("user", "provision", ALICE)["link"].startswith(f"{URL}/pingme/#enrol=")
    drawn, _, link = alice.ok("user", "provision", ALICE, "--qr").strip().rpartition("\n")
    assert set(drawn) == set("█▀▄ \n")
    assert link.startswith(f"{URL}/pingme/#enrol=")
    assert "No message can reach" in alice.fails(3, "user", "provision", ALICE, "--send")
    with http_gateway() as gateway:
        alice.environment["VALIDATE_SERVICE_SMS_URL"] = f"{gateway.url}/send?to=$phone&text=$text"
        alice.environment["VALIDATE_SERVICE_SMS_METHOD"] = "GET"
        assert alice.ok("user", "provision", ALICE, "--send") == f"Link sent to {ALICE}.\n"
        code = alice.ok("user", "auth-code", ALICE, "--send").strip()
        assert [code in request.path for request in gateway.arrived] == [False, True]


def test_messages_are_set_up_for_a_tenant(commands: Commands) -> None:
    """Who they come from, which way they go, and which carriers turn mails into SMS."""
    commands.ok("tenant", "organisation", "St. Mary's")
    commands.ok("tenant", "carrier", "Verizon", "vtext.example")
    commands.ok("tenant", "carrier", "Verizon")
    assert commands.json("tenant", "channels", "auth_code", "email", "sms")["channels"] == ["email", "sms"]
    commands.ok("tenant", "channels", "auth_code")
    assert "not an e-mail address" in commands.fails(2, "tenant", "carrier", "Verizon", "no domain")
    assert len(commands.json("audit", "search", "--event", "tenant:set")) == 5


def test_a_key_is_good_for_what_its_operator_says(commands: Commands) -> None:
    """For validation only, unless more is named; the list shows scopes and the last use."""
    made = commands.json("api-key", "add", "portal")
    assert made["scopes"] == ["validate"]
    assert commands.json("api-key", "add", "script", "--scope", "encrypt", "--scope", "decrypt")["scopes"] == [
        "decrypt",
        "encrypt",
    ]
    commands.ok("api-key", "scopes", made["id"], "administer", "validate")
    listed = {row["name"]: row for row in commands.json("api-key", "list")}
    assert listed["portal"]["scopes"] == "administer validate"
    assert listed["portal"]["last_used_at"] is None
    commands.fails(3, "api-key", "scopes", "unknown", "validate")
