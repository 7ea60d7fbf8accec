"""pgbench running what one ValidateOTP says to PostgreSQL: what the database gives to a caller that costs nothing."""

import re
import resource
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.bench.load import Round
from tests.bench.processes import cpu_seconds
from tests.bench.statements import Said
from tests.postgresql import PostgresServer

_RATE = re.compile(r"^tps = ([0-9.]+) ", re.MULTILINE)
_JOBS = 2


@dataclass(frozen=True)
class PgBench:
    """A database of its own with users ``user0`` and so on, who have an HOTP device each.

    Attributes:
        database: The server.
        name: The database on it.
        folder: Where scripts are kept.
        find: The SELECT of the call.
        spend: The statement that spends the code and records the event.
    """

    database: PostgresServer
    name: str
    folder: Path
    find: Said
    spend: Said
    _rounds: "count[int]" = field(default_factory=count)

    def run(self, users: int, requests: int, connections: int) -> Round:
        """Make so many calls for random users.

        Raises:
            RuntimeError: a call spent no code.
        """
        script = self.folder / "call.sql"
        lane = f"{next(self._rounds):024x}"
        script.write_text(self._script(users // connections, connections, lane), "utf-8")
        calls, before = requests // connections, _cpu_of_children()
        database_cpu = cpu_seconds(self.database.postmaster)
        output = self._pgbench(script, connections, calls)
        database_cpu = cpu_seconds(self.database.postmaster) - database_cpu
        made = calls * connections
        if (recorded := self._recorded(lane)) != made:
            raise RuntimeError(f"pgbench recorded {recorded} events in place of {made}")
        seconds = made / float(_RATE.findall(output)[0])
        return Round(made, seconds, 0, (), database_cpu, _cpu_of_children() - before)

    def _pgbench(self, script: Path, connections: int, calls: int) -> str:
        command = ["pgbench", "--no-vacuum", "--protocol=prepared", f"--client={connections}", f"--jobs={_JOBS}"]
        command += [f"--transactions={calls}", f"--file={script}", "--define=seq=0"]
        command += [f"--host={self.database.folder}", "--username=postgres", self.name]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def _script(self, users_of_client: int, connections: int, lane: str) -> str:
        """Return the call: no two connections have a user in common, because then one of them would have to retry."""
        names = self._names_of_columns()
        varying = {
            "username_key": "('user' || :n)",
            "device_id": f":{names['devices.id']}",
            "spent": ":next",
            "at": f"({self.spend.values['at']} + :seq)",
            "audit_at": f"({self.spend.values['at']} + :seq)",
            "audit_lane": f"('{lane}' || (10000000 + :client_id))",
            "audit_seq": ":seq",
            "audit_user_id": f":{names['users.id']}",
            "audit_user_name": "('user' || :n)",
            "audit_device": f":{names['devices.serial']}",
        }
        return "\n".join(
            [
                f"\\set n random(0, {users_of_client - 1}) * {connections} + :client_id",
                "\\set seq :seq + 1",
                f"{self.find.written(_parameters(self.find, varying))} \\gset",
                f"\\set next :{names['devices.last_spent']} + 1",
                f"{self.spend.written(_parameters(self.spend, varying))};",
            ]
        )

    def _names_of_columns(self) -> dict[str, str]:
        """Return what the database calls the SELECT's columns."""
        with psycopg.connect(f"host={self.database.folder} user=postgres dbname={self.name}") as connection:
            described = connection.execute(self.find.written(_parameters(self.find, {})).encode()).description or []
        return dict(zip(self.find.columns, (column.name for column in described), strict=True))

    def _recorded(self, lane: str) -> int:
        with psycopg.connect(f"host={self.database.folder} user=postgres dbname={self.name}") as connection:
            found = connection.execute("SELECT count(*) FROM audit_events WHERE lane LIKE %s", (f"{lane}%",)).fetchone()
        return 0 if found is None else int(found[0])


def copied(database: PostgresServer, url: str) -> str:
    """Copy the database at *url*, to which nobody is connected; return the name of the copy."""
    original = make_url(url).database
    copy = f"{original}_copy"
    with psycopg.connect(f"host={database.folder} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copy} TEMPLATE {original}")
    return copy


def _parameters(said: Said, varying: dict[str, str]) -> Callable[[str], str]:
    return lambda name: varying.get(name) or literal(said.values[name])


def literal(value: object) -> str:
    """Return *value* as SQL, without a colon: pgbench would take what follows it for a variable, also in quotes."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, int):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace("'", "''").replace(":", "\\003a")
    return f"U&'{escaped}'"


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
