"""ValidateOTP beside privacyIDEA's /validate/check: both on one PostgreSQL server, durable and audited.

privacyIDEA runs as its own container does, in gunicorn's synchronous workers, with what made it fastest in trials: a
shared registry of its database engines, a larger pool for its audit trail, keys that are not checked at each use, and
answers that are not signed.  Its audit trail stays signed, as ours is.
"""

import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import make_url

from tests.bench.goals import Goal
from tests.bench.limit import enrolled
from tests.bench.load import Round, run_round
from tests.bench.processes import worker_memory_mib
from tests.bench.report import Report, cpu, rate
from tests.bench.servers import CONNECTIONS, WORKERS, Server, product_server, running
from tests.bench.soap import validations
from tests.postgresql import PostgresServer, postgres_server
from tests.product import free_port
from validate_service.primitives.hotp import code_at

PEER, OURS = "privacyIDEA 3.14, /validate/check", "ValidateOTP"
USERS = 13 * CONNECTIONS
SHARE = 20
"""privacyIDEA gets one request where we get so many: rounds of both take about as long."""

_PROGRAMS = Path(__file__).parents[2] / ".venv-peer" / "bin"
_REALM = "bench"
_CONFIGURATION = """\
SQLALCHEMY_DATABASE_URI = {database_url!r}
SECRET_KEY = {secret!r}
PI_PEPPER = {secret!r}
PI_ENCFILE = '{folder}/enckey'
PI_AUDIT_KEY_PRIVATE = '{folder}/private.pem'
PI_AUDIT_KEY_PUBLIC = '{folder}/public.pem'
PI_LOGFILE = '{folder}/privacyidea.log'
PI_LOGLEVEL = 30
PI_UUID_FILE = '{folder}/uuid.txt'
SUPERUSER_REALM = ['super']
PI_ENGINE_REGISTRY_CLASS = 'shared'
PI_AUDIT_POOL_SIZE = 20
PI_AUDIT_NO_PRIVATE_KEY_CHECK = True
PI_NO_RESPONSE_SIGN = True
"""


def measure(rounds: int, requests_of_round: int) -> Report:
    """Run both in turn, so many rounds of so many requests of ours each."""
    report = Report("ValidateOTP beside privacyIDEA, PostgreSQL with fsync", PEER)
    with (
        postgres_server(durable=True) as database,
        enrolled(database.new_database()) as product,
        product_server(product, database) as ours,
        _privacyidea(database) as peer,
    ):
        report.run(
            rounds,
            lambda: {
                PEER: peer.run(max(requests_of_round // SHARE, CONNECTIONS)),
                OURS: run_round(ours, validations(product, requests_of_round), b">true<", CONNECTIONS),
            },
        )
        report.memory_mib = {PEER: worker_memory_mib(peer.server.pid), OURS: worker_memory_mib(ours.pid)}
    report.figures = {Goal.PEER_RATE: report.ratios(OURS, rate), Goal.PEER_CPU: report.ratios(OURS, cpu)}
    report.notes.append(
        f"{WORKERS} workers, {CONNECTIONS} callers, {rounds} alternating rounds of {requests_of_round} requests of "
        f"ours and a {SHARE}th as many of the peer's; medians (least-most).  The peer keeps no connection alive."
    )
    return report


@dataclass
class _Peer:
    """privacyIDEA with users who have an HOTP token each."""

    server: Server
    seeds: list[bytes]
    next_counters: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.next_counters = [0] * len(self.seeds)

    def run(self, count: int) -> Round:
        """Make so many calls, each with the next code of its user."""
        messages = [self._call(number % len(self.seeds)) for number in range(count)]
        return run_round(self.server, messages, b'"value": true', CONNECTIONS)

    def _call(self, number: int) -> bytes:
        code = code_at(self.seeds[number], self.next_counters[number])
        self.next_counters[number] += 1
        body = f"user=user{number}&realm={_REALM}&pass={code}".encode()
        head = (
            "POST /validate/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@contextmanager
def _privacyidea(database: PostgresServer) -> Iterator[_Peer]:
    """Set privacyIDEA up on an empty database, and serve it."""
    with tempfile.TemporaryDirectory() as name:
        folder, port, password = Path(name), free_port(), secrets.token_hex(16)
        environment = _set_up(folder, database.new_database(), password)
        application = f"privacyidea.app:create_app(config_name='production',config_file='{folder}/pi.cfg',silent=True)"
        command = [str(_PROGRAMS / "gunicorn"), "--workers", str(WORKERS), "--worker-tmp-dir", "/dev/shm"]
        command += ["--chdir", name, "--bind", f"127.0.0.1:{port}", "--log-level", "warning", application]
        with running(command, port, environment, database) as server:
            yield _Peer(server, _enrol(f"http://127.0.0.1:{port}", folder, password))


def _set_up(folder: Path, database_url: str, password: str) -> dict[str, str]:
    """Make keys, tables and an administrator; return the environment that privacyIDEA runs in."""
    url = make_url(database_url).set(drivername="postgresql+psycopg2")
    content = _CONFIGURATION.format(database_url=str(url), secret=secrets.token_hex(16), folder=folder)
    (folder / "pi.cfg").write_text(content, "utf-8")
    environment = {"PRIVACYIDEA_CONFIGFILE": f"{folder}/pi.cfg", "PI_CONFIG_NAME": "production"}
    for command in ("setup create_enckey", "setup create_audit_keys", "setup create_tables", "admin add admin"):
        _manage(folder, command, environment, f"{password}\n{password}\n")
    return environment


def _manage(folder: Path, command: str, environment: dict[str, str], answers: str) -> None:
    program = [str(_PROGRAMS / "pi-manage"), *command.split()]
    done = subprocess.run(
        program, cwd=folder, env=environment, input=answers, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"pi-manage {command} failed: {done.stderr[-1000:]}")


def _enrol(url: str, folder: Path, password: str) -> list[bytes]:
    """Make users with an HOTP token each, over privacyIDEA's own API; return the seeds."""
    users = [f"user{number}:x:{1000 + number}:1000:User {number},,,:/home:/bin/sh\n" for number in range(USERS)]
    (folder / "passwd").write_text("".join(users), "ascii")
    token = _post(url, "auth", "", username="admin", password=password)["token"]
    _post(url, "resolver/people", token, type="passwdresolver", fileName=str(folder / "passwd"))
    _post(url, f"realm/{_REALM}", token, resolvers="people")
    seeds = [secrets.token_bytes(20) for _ in range(USERS)]
    for number, seed in enumerate(seeds):
        _post(url, "token/init", token, type="hotp", otpkey=seed.hex(), user=f"user{number}", realm=_REALM)
    return seeds


def _post(url: str, path: str, token: str, **fields: str) -> Any:
    answer = requests.post(f"{url}/{path}", json=fields, headers={"Authorization": token}, timeout=60).json()
    if not answer["result"]["status"]:
        raise RuntimeError(f"privacyIDEA did not do {path}: {answer['result']}")
    return answer["result"]["value"]
