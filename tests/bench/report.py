"""Rounds of several contestants, side by side: medians with ranges, ratios first.

A bench is a function that returns reports.  It runs its contestants in turn, so that whatever disturbs the machine
disturbs all of them, and compares only rounds that were neighbours::

    report = Report("Two nodes and one", baseline="one node")
    with product_server(product, database) as one, two_nodes(product, database) as two:
        report.run(
            rounds,
            lambda: {
                "one node": run_round(one, validations(product, requests), b">true<", CONNECTIONS),
                "two nodes": run_round(two, validations(product, requests), b">true<", CONNECTIONS),
            },
        )
    report.figures[Goal.NODES] = report.ratios("two nodes", rate)
    return report

``run_round`` (load.py) sends prepared requests and counts the CPU time of the server, of the database apart from it,
and of itself; what a bench measures by other means it puts into a ``Round`` of its own.  The figures by goal go into
the table of ``goals.py``.  ``__main__.py`` names the benches.
"""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.figures import show, spread
from tests.bench.goals import Goal
from tests.bench.load import Round


def rate(one: Round) -> float:
    """Return the requests per second, to compare."""
    return one.per_second


def cpu(one: Round) -> float:
    """Return the CPU time of server and database per request, to compare."""
    return one.cpu_us


@dataclass
class Report:
    """What a measurement found.

    Attributes:
        title: What was compared.
        baseline: The contestant that the others are compared with.
        rounds: The rounds of each contestant.
        memory_mib: Resident memory of the largest worker of each, at the end, where somebody looked.
        figures: What was measured of the goals, round by round.
        notes: Sentences that belong below the table.
    """

    title: str
    baseline: str
    rounds: dict[str, list[Round]] = field(default_factory=dict)
    memory_mib: dict[str, float] = field(default_factory=dict)
    figures: dict[Goal, list[float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def run(self, rounds: int, turn: Callable[[], Mapping[str, Round]]) -> None:
        """Let the contestants run in turn.

        Args:
            rounds: How often, after once that warms up.
            turn: Lets each of them run one round, and returns it.
        """
        turn()
        for _ in range(rounds):
            for contestant, measured in turn().items():
                self.add(contestant, measured)

    def add(self, contestant: str, measured: Round) -> None:
        self.rounds.setdefault(contestant, []).append(measured)

    def ratios(self, contestant: str, figure: Callable[[Round], float] = cpu, *, to: str | None = None) -> list[float]:
        """Return a figure of the contestant over that of another, or of the baseline, round by round."""
        pairs = zip(self.rounds[contestant], self.rounds[to or self.baseline], strict=True)
        return [figure(mine) / figure(theirs) for mine, theirs in pairs]

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "baseline": self.baseline,
            "machine": machine(),
            "contestants": {name: self._found(name) for name in self.rounds},
            "figures": {goal.name: spread(measured) for goal, measured in self.figures.items()},
            "notes": self.notes,
        }

    def as_table(self) -> str:
        contestants = self.as_dict()["contestants"]
        columns = {
            key: text for key, text in self._columns().items() if any(key in one for one in contestants.values())
        }
        lines = [f"{self.title}.  {machine()}", "", f"| | {' | '.join(columns.values())} |"]
        lines.append("|---" * (len(columns) + 1) + "|")
        for name, found in contestants.items():
            cells = [show(found[key]) if key in found else "" for key in columns]
            lines.append(f"| {name} | {' | '.join(cells)} |")
        return "\n".join([*lines, "", *self.notes])

    def _columns(self) -> dict[str, str]:
        return {
            "rate_ratio": f"requests/s, times {self.baseline}",
            "cpu_ratio": f"CPU, times {self.baseline}",
            "requests_per_second": "requests/s",
            "p50_ms": "p50 ms",
            "p99_ms": "p99 ms",
            "server_us": "CPU of the server, µs/request",
            "database_us": "CPU of the database, µs/request",
            "load_us": "CPU of the load, µs/request",
            "worker_mib": "MiB/worker",
        }

    def _found(self, name: str) -> dict[str, Any]:
        """Return what there is to say of one contestant; what was not looked at is left out."""
        rounds = self.rounds[name]
        values = {
            "rate_ratio": self.ratios(name, rate),
            "cpu_ratio": self.ratios(name, cpu) if all(map(cpu, self.rounds[self.baseline])) else [],
            "requests_per_second": [one.per_second for one in rounds],
            "p50_ms": [one.percentile_ms(50) for one in rounds if one.latencies],
            "p99_ms": [one.percentile_ms(99) for one in rounds if one.latencies],
            "server_us": [one.server_us for one in rounds if one.cpu_seconds],
            "database_us": [one.database_us for one in rounds if one.database_cpu_seconds],
            "load_us": [one.load_us for one in rounds if one.load_cpu_seconds],
            "worker_mib": [self.memory_mib[name]] if name in self.memory_mib else [],
        }
        return {key: spread(measured) for key, measured in values.items() if measured}


def machine() -> str:
    """Return one line about the machine."""
    cpus = Path("/proc/cpuinfo").read_text()
    model = cpus.partition("model name")[2].partition(":")[2].partition("\n")[0].strip() or platform.machine()
    count = cpus.count("processor\t")
    return f"{count} x {model}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
