"""ValidateOTP on PostgreSQL while users and audit trail grow, and while the trail is pruned.

Each size is a database of its own on one server, and they are measured in turn.  The users of a round are random ones
of the whole table.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.bench.curve import draw
from tests.bench.figures import show, spread
from tests.bench.goals import Goal
from tests.bench.load import run_round
from tests.bench.population import DAYS, DEVICES_EACH, next_code, populate, user_name
from tests.bench.report import Report, rate
from tests.bench.servers import CONNECTIONS, WORKERS, Server, product_server
from tests.bench.soap import soap_request
from tests.postgresql import PostgresServer, postgres_server
from tests.product import Product, create_product

FEWEST_USERS = 1_000
FULL_SIZE = (1_000_000, 10_000_000)
CURVE = Path(__file__).parents[2] / "docs" / "growth.png"
_SERVER = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "15min"}
_PRUNED_DAYS = DAYS // 2
_PATIENCE_S = 60
_EXPECTED = b">true<"


@dataclass
class Contestant:
    """A service on a database of one size.

    Attributes:
        users: How many users it has.
        events: How many events its audit trail had in the beginning.
        product: Its installation.
        server: Who serves it.
        spent: How many codes of each user were sent.
    """

    users: int
    events: int
    product: Product
    server: Server
    spent: Counter[int] = field(default_factory=Counter)
    chance: random.Random = field(default_factory=lambda: random.Random(6))

    @property
    def name(self) -> str:
        """What the tables call it."""
        return f"{self.users:,} users, {self.events:,} events"

    @property
    def name_while_pruned(self) -> str:
        """What they call it while its old events are deleted."""
        return f"{self.name}, while `audit prune` runs"

    def messages(self, count: int) -> list[bytes]:
        """Return calls with good codes; all codes of one user go over one connection, in order."""
        different = min(self.users, count) // CONNECTIONS * CONNECTIONS
        chosen = self.chance.sample(range(self.users), different)
        return [self._message(chosen[number % different]) for number in range(count)]

    def _message(self, user: int) -> bytes:
        counter = self.spent[user]
        self.spent[user] += 1
        return soap_request(user_name(user), next_code(user, counter), self.product.api_key)


def measure(rounds: int, requests: int, *, users: int = FULL_SIZE[0], audit_rows: int = FULL_SIZE[1]) -> Report:
    """Compare a full database with a small one, and with itself while it is pruned.

    Args:
        rounds: How many rounds.
        requests: How many calls in a round of one contestant.
        users: How many users the full one has; one between has a tenth, if that is more than the small one has.
        audit_rows: How many events, likewise.
    """
    between = [(users // 10, audit_rows // 10)] if users // 10 > FEWEST_USERS else []
    sizes = [(FEWEST_USERS, 0), *between, (users, audit_rows)]
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server(durable=True))
        _make_roomy(database)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        began = time.monotonic()
        products = [_filled(database, folder / str(number), *size) for number, size in enumerate(sizes)]
        filled_s = time.monotonic() - began
        contestants = [
            Contestant(*size, product, stack.enter_context(product_server(product, database)))
            for size, product in zip(sizes, products, strict=True)
        ]
        report, deleted = _rounds(contestants, rounds, requests)
    report.figures[Goal.GROWTH] = report.ratios(contestants[-1].name, rate)
    curve = CURVE if (users, audit_rows) == FULL_SIZE else Path(tempfile.gettempdir()) / CURVE.name
    names = {(one.users, one.events): one.name for one in contestants}
    draw(curve, report, names, contestants[-1].name_while_pruned)
    report.notes = [
        f"PostgreSQL, fsync on, {_SERVER['shared_buffers']} of buffers; {DEVICES_EACH} tokens a user.",
        f"{WORKERS} workers, {CONNECTIONS} keep-alive connections.",
        f"{rounds} alternating rounds of {requests} calls, of random users; medians (least-most).",
        _pruning_note(report, contestants[-1], deleted),
        f"Filling the databases took {filled_s:.0f} s.  The curve is in {curve.name}.",
    ]
    return report


def _pruning_note(report: Report, full: Contestant, deleted: int) -> str:
    pairs = zip(report.rounds[full.name_while_pruned], report.rounds[full.name], strict=True)
    times = show(spread([rate(pruned) / rate(alone) for pruned, alone in pairs]))
    return f"Pruned meanwhile, the largest answers {times} times as many requests; {deleted:,} events were deleted."


def _make_roomy(database: PostgresServer) -> None:
    """Give the server what an operator of a million users would."""
    with psycopg.connect(f"host={database.folder} user=postgres dbname=postgres", autocommit=True) as connection:
        for name, value in _SERVER.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
    database.stop()
    database.start()


def _filled(database: PostgresServer, folder: Path, users: int, events: int) -> Product:
    product = create_product(folder, database_url=database.new_database())
    populate(product, users, events, time.time_ns() // 1_000)
    return product


def _rounds(contestants: Sequence[Contestant], rounds: int, requests: int) -> tuple[Report, int]:
    """Measure all in turn; return the report, and how many events pruning deleted."""
    report, deleted, full = Report("ValidateOTP while all grows", contestants[0].name), 0, contestants[-1]
    for number in range(rounds + 1):
        for one in contestants:
            measured = run_round(one.server, one.messages(requests), _EXPECTED, CONNECTIONS)
            if number:  # the first round warms up
                report.add(one.name, measured)
        before = _count_pruned(full.product)
        with _pruning(full.product):
            measured = run_round(full.server, full.messages(requests), _EXPECTED, CONNECTIONS)
        deleted += _count_pruned(full.product) - before
        if number:
            report.add(full.name_while_pruned, measured)
    return report, deleted


@contextmanager
def _pruning(product: Product) -> Iterator[None]:
    """Run ``audit prune``, from the first event that it deletes, until the end of the block."""
    before, settings = _count_pruned(product), product.settings
    named = {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url}
    variables = os.environ | {f"VALIDATE_SERVICE_{name}": value for name, value in named.items()}
    command = [sys.executable, "-m", "validate_service", "audit", "prune", "--older-than", str(_PRUNED_DAYS)]
    process = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _PATIENCE_S
        while _count_pruned(product) == before:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("there is nothing to prune: more events are needed")
            time.sleep(0.02)
        yield
        if process.poll() is not None:
            raise RuntimeError("the pruning ended before the round did: more events are needed")
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE_S)


def _count_pruned(product: Product) -> int:
    url = make_url(product.settings.database)
    with psycopg.connect(f"host={url.query['host']} user=postgres dbname={url.database}") as connection:
        ((count,),) = connection.execute("SELECT coalesce(sum(seq), 0) FROM audit_lane_starts").fetchall()
    return int(count)
