"""The operator's command that deletes what is old."""

import sqlite3

from tests.cli.commands import Commands


def test_what_is_young_stays(commands: Commands) -> None:
    """It says what it deleted, and is itself an event, with who did it."""
    before = commands.json("audit", "search")
    assert commands.json("audit", "prune", "--older-than", "1")["findings"] == []
    event, *others = commands.json("audit", "search")
    assert others == before
    assert (event["event"], event["operation"], event["device"]) == ("audit:prune", "audit prune", "older than 1 days")
    assert event["caller"]
    assert "Deleted 0 events, and 0 codes" in commands.ok("audit", "prune", "--older-than", "90")


def test_how_many_days_must_be_said(commands: Commands) -> None:
    """Nobody deletes by a slip of the finger."""
    for arguments in ((), ("--older-than", "0"), ("--older-than", "-1"), ("--older-than", "x")):
        assert commands.run("audit", "prune", *arguments).exit_code == 2
    assert "audit:prune" not in commands.ok("audit", "search")


def test_what_was_changed_is_kept_and_told(commands: Commands) -> None:
    """Exit code 1, as verify has it, and one sentence."""
    with sqlite3.connect(commands.data_dir / "validate_service.sqlite3") as connection:
        connection.execute("UPDATE audit_events SET at = 1 WHERE seq = 1")
    connection.close()
    result = commands.run("audit", "prune", "--older-than", "30")
    assert result.exit_code == 1
    told, summary = result.stdout.splitlines()
    assert told.endswith("is broken at row 1: edited, inserted or deleted: kept.")
    assert summary.startswith("Deleted 0 events")
    found = commands.run("audit", "prune", "--older-than", "30", "--json")
    assert '"findings": ["lane ' in found.stdout
