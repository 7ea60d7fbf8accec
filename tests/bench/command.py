"""The command: runs one bench after the other, then prints what is to be reached."""

import argparse
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tests.bench import goals
from tests.bench.goals import Goal
from tests.bench.peers import install
from tests.bench.push import PushReport
from tests.bench.report import Report

Reports = list[Report] | list[PushReport]
"""One bench may measure several things."""

SHARE_OF_NODES = 4
"""The nodes are slowed down: a round of theirs has so much fewer requests."""


def _module(name: str) -> Any:
    return import_module(f"tests.bench.{name}")


def _rest(chosen: argparse.Namespace) -> Reports:
    if chosen.users is None:
        return [_module("rest").measure(chosen.rounds, chosen.requests)]
    return [_module("rest").measure_growth(chosen.users)]


def _push(chosen: argparse.Namespace) -> Reports:
    urls = chosen.database_url or ["", ""]
    return [_module("push").measure(chosen.rounds, chosen.seconds, chosen.waiting, urls)]


def _growth(chosen: argparse.Namespace) -> Reports:
    users, audit_rows = chosen.users or 1_000_000, chosen.audit_rows
    return [_module("growth").measure(chosen.rounds, chosen.requests, users=users, audit_rows=audit_rows)]


def _limit(chosen: argparse.Namespace) -> Reports:
    """Run all that has a limit, also that of one node."""
    return [*_module("limit").measure(chosen.rounds, chosen.requests), *_nodes(chosen)]


def _nodes(chosen: argparse.Namespace) -> list[Report]:
    return [_module("nodes").measure(chosen.rounds, chosen.requests // SHARE_OF_NODES)]


def _plain(name: str) -> Callable[[argparse.Namespace], Reports]:
    return lambda chosen: [_module(name).measure(chosen.rounds, chosen.requests)]


BENCHES: dict[str, Callable[[argparse.Namespace], Reports]] = {
    "connector": _plain("connector"),
    "growth": _growth,
    "limit": _limit,
    "nodes": _nodes,
    "peer": _plain("peer"),
    "push": _push,
    "rest": _rest,
    "soap": _plain("soap"),
}
"""Each is imported when it runs, because it may need what others do not."""


NEEDY = {"growth", "limit", "nodes", "peer"}
"""Those that need more than Python's packages."""


def main() -> None:
    chosen = _parser().parse_args()
    figures: dict[Goal, list[float]] = {}
    found = []
    for name in chosen.name:
        if name in NEEDY:
            install(name)
        for report in BENCHES[name](chosen):
            found.append(report.as_dict())
            if isinstance(report, Report):
                figures |= report.figures
            if not chosen.json:
                print(report.as_table(), end="\n\n", flush=True)
    if chosen.json:
        print(json.dumps({"reports": found, "goals": goals.judged(figures)}, indent=1))
    else:
        print(goals.as_table(figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, in alternating rounds.")
    parser.add_argument("name", nargs="+", choices=sorted(BENCHES), metavar="NAME", help=", ".join(sorted(BENCHES)))
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each contestant (default 7)")
    parser.add_argument("--requests", type=int, default=2_000, help="requests in a round (default 2000)")
    parser.add_argument(
        "--users", type=int, help="rest: add so many, and compare the last with the first; growth: most"
    )
    parser.add_argument("--audit-rows", type=int, default=10_000_000, help="growth: so many (default 10 million)")
    parser.add_argument("--seconds", type=float, default=5, help="push: how long each part of a round takes")
    parser.add_argument("--waiting", type=int, default=10_000, help="push: how many calls wait")
    parser.add_argument("--database-url", action="append", help="push: an empty database; give two, none for SQLite")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser
