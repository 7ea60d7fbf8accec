"""``python -m tests.bench NAME [--rounds N] [--requests N] [--json]``, ``python -m tests.bench rest --users N``.

``python -m tests.bench push [--rounds N] [--seconds N] [--waiting N] [--database-url URL --database-url URL]``
"""

import argparse
import json

from tests.bench import connector, push, rest, soap
from tests.bench.push import PushReport
from tests.bench.report import Report

BENCHES = {"connector": connector.measure, "rest": rest.measure, "soap": soap.measure}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, in alternating rounds.")
    parser.add_argument("name", choices=sorted([*BENCHES, "push"]))
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each contestant (default 7)")
    parser.add_argument("--requests", type=int, default=2_000, help="requests in a round (default 2000)")
    parser.add_argument("--users", type=int, help="rest: add so many users, and compare the last with the first")
    parser.add_argument("--seconds", type=float, default=5, help="push: how long each part of a round takes")
    parser.add_argument("--waiting", type=int, default=10_000, help="push: how many calls wait")
    parser.add_argument("--database-url", action="append", help="push: an empty database; give two, none for SQLite")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    report: Report | PushReport
    if arguments.name == "push":
        urls = arguments.database_url or ["", ""]
        report = push.measure(arguments.rounds, arguments.seconds, arguments.waiting, urls)
    elif arguments.users is not None:
        report = rest.measure_growth(arguments.users)
    else:
        report = BENCHES[arguments.name](arguments.rounds, arguments.requests)
    print(json.dumps(report.as_dict(), indent=1) if arguments.json else report.as_table())


main()
