"""How far from what is possible: the same transaction without Python, the same Python without our work.

ValidateOTP runs beside pgbench, which says what the call was heard saying to its database, and beside a C++ server that
does all of it; EncryptValue beside an application that does nothing.  And how late the latest answers are when there
are many more callers than workers.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import soap
from tests.bench.c_server import c_server
from tests.bench.counting import bytes_of_event, connections, counted
from tests.bench.goals import Goal
from tests.bench.load import Round, run_round
from tests.bench.pgbench import PgBench, copied
from tests.bench.processes import worker_memory_mib
from tests.bench.report import Report, rate
from tests.bench.servers import CONNECTIONS, WORKERS, Server, product_server
from tests.bench.soap import CROWDED, USERS, enrol, validations
from tests.bench.statements import heard
from tests.postgresql import PostgresServer, postgres_server
from tests.product import Product, create_product
from validate_service.storage import audit_trail

PGBENCH, C_SERVER, OTP = "pgbench, our statements", "C++ by libpq", "ValidateOTP"
AT_EIGHT, CROWD = f"ValidateOTP, {CONNECTIONS} callers", f"ValidateOTP, {CROWDED} callers"
BATCHES, BATCH = 5, 5 * CONNECTIONS
"""Of calls whose statements are counted: few of them are the first of a minute, which notes that the key was used."""

_TRUE = b">true<"


def measure(rounds: int, requests: int) -> list[Report]:
    """Run all comparisons, so many rounds of so many requests each."""
    reports = []
    with postgres_server(durable=True) as database, enrolled(database.new_database()) as product:
        reports.append(_beside_the_database(product, database, rounds, requests))
        reports.append(_in_a_crowd(product, database, rounds, requests))
    with enrolled("") as product:
        reports.append(_in_a_crowd(product, None, rounds, requests))
    return [*reports, soap.measure(rounds, requests)]


@contextmanager
def enrolled(database_url: str) -> Iterator[Product]:
    """Make a product with users on an empty database; an empty URL is SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        product = create_product(Path(folder), database_url=database_url)
        enrol(product)
        yield product


@dataclass(frozen=True)
class _Contestants:
    """ValidateOTP, and what it is compared with, on one PostgreSQL."""

    product: Product
    ours: Server
    theirs: Server
    bare: PgBench

    def run(self, requests: int) -> dict[str, Round]:
        """Run one round of each."""
        return {
            PGBENCH: self.bare.run(USERS, requests, CONNECTIONS),
            C_SERVER: run_round(self.theirs, validations(self.product, requests), _TRUE, CONNECTIONS),
            OTP: run_round(self.ours, validations(self.product, requests), _TRUE, CONNECTIONS),
        }

    def make_counted_calls(self) -> int:
        """Make a batch of calls; return how many."""
        return run_round(self.ours, validations(self.product, BATCH), _TRUE, CONNECTIONS).requests


def _beside_the_database(product: Product, database: PostgresServer, rounds: int, requests: int) -> Report:
    report = Report("ValidateOTP beside its own database, PostgreSQL with fsync", PGBENCH)
    find, spend = heard(product)
    product.installation.database.close()
    copy = copied(database, product.settings.database_url)
    bare = PgBench(database, copy, product.settings.data_dir.parent, find, spend)
    with product_server(product, database) as ours, c_server(product, database, find, spend) as theirs:
        contestants = _Contestants(product, ours, theirs, bare)
        report.run(rounds, lambda: contestants.run(requests))
        report.memory_mib[OTP] = worker_memory_mib(ours.pid)
        costs = counted(database, contestants.make_counted_calls, BATCHES)
    report.figures[Goal.PGBENCH] = report.ratios(OTP, rate)
    report.figures[Goal.C_SERVER] = report.ratios(OTP, rate, to=C_SERVER)
    report.figures[Goal.STATEMENTS] = [one.statements for one in costs]
    report.figures[Goal.COMMITS] = [one.commits for one in costs]
    report.notes.append(_disk(product, database, median(one.log_bytes for one in costs)))
    report.notes.append(
        f"{WORKERS} workers, {CONNECTIONS} keep-alive connections, {rounds} alternating rounds of {requests}; medians "
        f"(least-most).  {_verified(product)} rows of the audit trail verify, those of the C++ server among them.  "
        "Statements are counted in PostgreSQL's log, commits by the transaction numbers that were used."
    )
    return report


def _disk(product: Product, database: PostgresServer, log_bytes: float) -> str:
    event = bytes_of_event(database, product.settings.database_url)
    each = f"A call leaves an event of {event:.0f} bytes, its places in the indexes among them"
    million = f"{event * 1e6 / 2**20:.0f} MiB and {log_bytes * 1e6 / 2**20:.0f} MiB for a million"
    return f"{each}, and writes {log_bytes:.0f} bytes of PostgreSQL's log ahead: {million}."


def _verified(product: Product) -> int:
    """Return how many rows of the audit trail verify.

    Raises:
        RuntimeError: not all of them do.
    """
    installation = product.installation
    with installation.database.read() as session:
        found = audit_trail.verify(session, installation.keys.current(), installation.lanes)
    if found.findings:
        raise RuntimeError(f"the audit trail does not verify: {found.findings[:3]}")
    return found.rows


def _in_a_crowd(product: Product, database: PostgresServer | None, rounds: int, requests: int) -> Report:
    where, goal = ("SQLite", Goal.TAIL_ON_SQLITE) if database is None else ("PostgreSQL with fsync", Goal.TAIL)
    report = Report(f"ValidateOTP with many callers, {where}", AT_EIGHT)
    with product_server(product, database) as server:
        callers = {AT_EIGHT: CONNECTIONS, CROWD: CROWDED}
        report.run(
            rounds,
            lambda: {
                name: run_round(server, validations(product, requests), _TRUE, size) for name, size in callers.items()
            },
        )
        if database is not None:
            opened = connections(database, product.settings.database_url)
            report.notes.append(f"The service had {opened} connections to the database in the end.")
    report.figures[goal] = tails(report.rounds[CROWD])
    report.notes.append(f"{WORKERS} workers, {rounds} alternating rounds of {requests}; medians (least-most).")
    return report


def tails(rounds: Sequence[Round]) -> list[float]:
    """Return p99 over p50, round by round."""
    return [one.percentile_ms(99) / one.percentile_ms(50) for one in rounds]
