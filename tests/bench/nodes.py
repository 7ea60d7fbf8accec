"""Two nodes behind nginx beside one behind the same nginx, on one PostgreSQL that is not the limit.

All of them share this machine, so each node gets a slow CPU: a fifth of a core.  What two of them do more than one is
then their own doing, and not the machine's.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from tests.bench.cpu_share import cpu_share
from tests.bench.goals import Goal
from tests.bench.load import run_round
from tests.bench.report import Report, rate
from tests.bench.servers import WORKERS, Server, product_server
from tests.bench.soap import enrol, validations
from tests.nginx import nginx
from tests.postgresql import PostgresServer, postgres_server
from tests.product import Product, create_product

CORES_EACH = 0.2
CONNECTIONS = 16
"""So many that either node always has something to do."""

ONE, TWO = "one node", "two nodes"


def measure(rounds: int, requests: int) -> Report:
    """Run ValidateOTP at one node and at two in turn, so many rounds of so many requests each."""
    report = Report(f"Nodes behind nginx, each with {CORES_EACH:g} of a core", ONE)
    with tempfile.TemporaryDirectory() as folder, postgres_server(durable=True) as database:
        product = create_product(Path(folder), database_url=database.new_database())
        enrol(product)
        with _contestants(product, database) as contestants:
            for number in range(rounds + 1):
                for name, server in contestants.items():
                    measured = run_round(server, validations(product, requests), b">true<", CONNECTIONS)
                    if number:  # the first round warms up
                        report.add(name, measured)
    report.figures[Goal.NODES] = report.ratios(TWO, rate)
    report.notes.append(
        f"ValidateOTP on PostgreSQL with fsync; {WORKERS} workers a node, {CONNECTIONS} keep-alive connections to "
        f"nginx; {rounds} alternating rounds of {requests}; medians (least-most)."
    )
    return report


@contextmanager
def _contestants(product: Product, database: PostgresServer) -> Iterator[dict[str, Server]]:
    with ExitStack() as running:
        first, second = (running.enter_context(_slow_node(node, database)) for node in _nodes(product))
        front, wide_front = (
            running.enter_context(nginx(first.port)),
            running.enter_context(nginx(first.port, second.port)),
        )
        yield {
            ONE: Server(front.port, front.pid, (first.pid,), database.postmaster),
            TWO: Server(wide_front.port, wide_front.pid, (first.pid, second.pid), database.postmaster),
        }


def _nodes(product: Product) -> tuple[Product, Product]:
    """Return two nodes: folders of their own, one key ring, one database."""
    own, other = product.settings.data_dir, product.settings.data_dir.with_name("second")
    other.mkdir()
    shutil.copy(own / "keyring.json", other)
    return product, replace(product, settings=replace(product.settings, data_dir=other))


@contextmanager
def _slow_node(product: Product, database: PostgresServer) -> Iterator[Server]:
    with cpu_share(CORES_EACH) as share, product_server(product, database) as server:
        share.take(server.pid)
        yield server
