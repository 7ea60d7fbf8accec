"""The first release is upgraded while it serves: nothing is lost, no call fails, and nothing is good twice."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeAlias

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.postgresql import postgres_server
from tests.server.releases import FIRST_RELEASE, Release, unpacked
from tests.server.service import Caller, element, until
from validate_service.primitives.hotp import code_at

SEED = bytes(range(20))
PIN = "274916"
LOADED = 2
ENOUGH = 15
"""So many codes are spent before, while and after each step."""

CHANGED_BY_CALLS = {
    "auth_codes": {"used_at"},
    "devices": {"last_spent", "last_used_at", "failures", "failed_at"},
    "users": {"failed_at"},
}
"""What verifications change in the rows of the users who call meanwhile."""

Table: TypeAlias = Mapping[object, Mapping[str, object]]


@pytest.fixture(scope="module")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first release is imported from."""
    return unpacked(FIRST_RELEASE, tmp_path_factory.mktemp("first"))


@pytest.fixture(params=["postgresql", "sqlite"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database; nothing for SQLite in the data folder."""
    if request.param == "sqlite":
        yield ""
    else:
        with postgres_server() as server:
            yield server.new_database()


@dataclass
class Spender:
    """Spends one user's codes in order, at one service, until told to stop.

    Attributes:
        accepted: How many were accepted.
        refused: Every other answer, or what failed.
    """

    url: str
    api_key: str
    user: str
    accepted: int = 0
    refused: list[str] = field(default_factory=list)
    _enough: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        """Begin."""
        self._thread = Thread(target=self._spend)
        self._thread.start()

    def _spend(self) -> None:
        caller = Caller(self.url, self.api_key)
        while not self._enough.is_set():
            try:
                reply = caller.otp(self.user, code_at(SEED, self.accepted))
            except (OSError, HTTPException) as error:
                self.refused.append(repr(error))
                break
            if not reply.is_true:
                self.refused.append(reply.text)
                break
            self.accepted += 1
        caller.close()

    def stop(self) -> None:
        self._enough.set()
        self._thread.join()


def go_on(spenders: list[Spender]) -> None:
    """Return when every user has spent some more codes, or was refused one."""
    wanted = [spender.accepted + ENOUGH for spender in spenders]
    until(lambda: all(one.accepted >= goal or one.refused for one, goal in zip(spenders, wanted, strict=True)))


def enrol(release: Release) -> tuple[str, dict[str, str]]:
    """Make the installation, with whatever operators of the first release could make.

    Return the API key, and an auth code for each of two users.
    """
    users = ["alice", "bob", *(f"user{number}" for number in range(LOADED))]
    credentials, *_, for_alice, for_bob = release.run(
        "init --json",
        *("tenant add other", "api-key add spare", "key rotate"),
        *(f"user add {user}" for user in users),
        *(f"device add {user} TOKEN-{user} --kind hotp --read-seed < {SEED.hex()}" for user in users),
        *(f"user set-pin alice < {PIN}", f"user set-pin bob --must-change < {PIN}"),
        "card add alice --label badge < 0123456789",
        'question set alice "First pet?" "First car?" < rex beetle',
        *("user session-token alice", "device add bob CLOCK", "device disable CLOCK", "key reseal"),
        *(f"user auth-code {user} --json" for user in users[:2]),
    )
    codes = {user: json.loads(said)["auth_code"] for user, said in (("alice", for_alice), ("bob", for_bob))}
    return json.loads(credentials)["api_key"], codes


def tables(release: Release) -> dict[str, Table]:
    """Return every row of every table, by its primary key."""
    url = release.database_url or f"sqlite:///{release.data_dir / 'validate_service.sqlite3'}"
    engine = create_engine(url)
    found: dict[str, Table] = {}
    with engine.connect() as connection:
        for name in set(inspect(engine).get_table_names()) - {"alembic_version"}:
            key = inspect(engine).get_pk_constraint(name)["constrained_columns"]
            rows = connection.execute(text(f"SELECT * FROM {name}")).mappings().all()
            found[name] = {tuple(_plain(row[column]) for column in key): _row(name, row) for row in rows}
    engine.dispose()
    return found


def _row(table: str, row: Mapping[Any, Any]) -> dict[str, object]:
    changed = CHANGED_BY_CALLS.get(table, set())
    return {name: _plain(value) for name, value in row.items() if name not in changed}


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def lost(before: Mapping[str, Table], after: Mapping[str, Table]) -> list[str]:
    """Return what is not as it was, of what was there before."""
    return [
        f"{name} {key}: {row}"
        for name, table in before.items()
        for key, row in table.items()
        if not row.items() <= after[name].get(key, {}).items()
    ]


def second_node(old: Release) -> Release:
    """Return this version on the same database: in the same folder on SQLite, else on a node of its own."""
    if not old.database_url:
        return Release(None, old.data_dir, "")
    folder = old.data_dir.with_name("node2")
    folder.mkdir()
    shutil.copy(old.data_dir / "keyring.json", folder)
    return Release(None, folder, old.database_url)


def assert_one_ledger(old: Caller, new: Caller, auth_codes: Mapping[str, str]) -> None:
    """What one version has spent is spent for the other; *old* has spent Alice's first of each."""
    assert [new.otp("alice", code_at(SEED, counter)).is_true for counter in (0, 1)] == [False, True]
    assert [old.otp("alice", code_at(SEED, counter)).is_true for counter in (1, 2)] == [False, True]
    assert new.otp("alice", code_at(SEED, 2)).is_false
    for caller, user, is_good in ((new, "alice", False), (new, "bob", True), (old, "bob", False)):
        reply = caller.call("ValidateAuthCode", username=user, authCode=auth_codes[user])
        assert (reply.is_true, reply.is_false) == (is_good, not is_good)


def test_the_first_release_is_upgraded_while_it_serves(first_release: Path, database_url: str, tmp_path: Path) -> None:
    """No call fails while the schema changes; then both versions serve, and a code that one accepted is spent."""
    old = Release(first_release, tmp_path / "node1", database_url)
    api_key, auth_codes = enrol(old)
    before, new = tables(old), second_node(old)
    with old.serving() as old_url, closing(Caller(old_url, api_key)) as old_caller:
        sealed = element(old_caller.call("EncryptValue", name="n", cleartextValue="old").text, "EncryptValueResult")
        assert old_caller.otp("alice", code_at(SEED, 0)).is_true
        assert old_caller.call("ValidateAuthCode", username="alice", authCode=auth_codes["alice"]).is_true
        spenders = [Spender(old_url, api_key, f"user{number}") for number in range(LOADED)]
        go_on(spenders)
        new.run("db upgrade")
        go_on(spenders)
        with new.serving() as new_url, closing(Caller(new_url, api_key)) as new_caller:
            # A connection that nobody uses is closed after half a minute.
            old_caller.close()
            assert_one_ledger(old_caller, new_caller, auth_codes)
            assert ">old<" in new_caller.call("DecryptValue", name="n", encryptedValue=sealed).text
            go_on(spenders)
            for spender in spenders:
                spender.stop()
            again = [new_caller.otp(one.user, code_at(SEED, one.accepted - 1)) for one in spenders]
            assert [reply.is_false for reply in again] == [True] * LOADED
    assert [spender.refused for spender in spenders] == [[]] * LOADED
    assert lost(before, tables(new)) == []
    for data_dir in {old.data_dir, new.data_dir}:
        # It fails if anything was edited, inserted or deleted.
        Release(None, data_dir, database_url).run("audit verify")
