"""Rounds of several contestants, side by side: medians with ranges, ratios first."""

import platform
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.load import Round


@dataclass
class Report:
    """What a measurement found.

    Attributes:
        baseline: The contestant that the others are compared with.
        rounds: The rounds of each contestant.
        memory_mib: Resident memory of the largest worker of each, at the end.
        notes: Sentences that belong below the table.
    """

    baseline: str
    rounds: dict[str, list[Round]] = field(default_factory=dict)
    memory_mib: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, contestant: str, measured: Round) -> None:
        self.rounds.setdefault(contestant, []).append(measured)

    def ratio(self, contestant: str) -> list[float]:
        """Return the contestant's CPU per request over the baseline's, round by round."""
        pairs = zip(self.rounds[contestant], self.rounds[self.baseline], strict=True)
        return [mine.cpu_us / theirs.cpu_us for mine, theirs in pairs]

    def as_dict(self) -> dict[str, Any]:
        return {
            "machine": machine(),
            "contestants": {
                name: {
                    "cpu_ratio": spread(self.ratio(name)),
                    "requests_per_second": spread([one.per_second for one in rounds]),
                    "p50_ms": spread([one.percentile_ms(50) for one in rounds]),
                    "p99_ms": spread([one.percentile_ms(99) for one in rounds]),
                    "cpu_us": spread([one.cpu_us for one in rounds]),
                    "worker_mib": round(self.memory_mib[name], 1),
                }
                for name, rounds in self.rounds.items()
            },
            "notes": self.notes,
        }

    def as_table(self) -> str:
        lines = [
            machine(),
            "",
            f"| | CPU, times {self.baseline} | requests/s | p50 ms | p99 ms | CPU µs/request | MiB/worker |",
            "|---|---|---|---|---|---|---|",
        ]
        for name, found in self.as_dict()["contestants"].items():
            figures = [show(found[key]) for key in ("cpu_ratio", "requests_per_second", "p50_ms", "p99_ms", "cpu_us")]
            lines.append(f"| {name} | {' | '.join(figures)} | {found['worker_mib']:.0f} |")
        return "\n".join([*lines, "", *self.notes])


def spread(values: list[float]) -> dict[str, float]:
    """Return median, least and most."""
    return {"median": median(values), "least": min(values), "most": max(values)}


def show(found: dict[str, float]) -> str:
    """Return the median with the range behind it."""
    digits = 2 if found["most"] < 20 else 0
    return f"{found['median']:.{digits}f} ({found['least']:.{digits}f}-{found['most']:.{digits}f})"


def machine() -> str:
    """Return one line about the machine."""
    cpus = Path("/proc/cpuinfo").read_text()
    model = cpus.partition("model name")[2].partition(":")[2].partition("\n")[0].strip() or platform.machine()
    count = cpus.count("processor\t")
    return f"{count} x {model}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
