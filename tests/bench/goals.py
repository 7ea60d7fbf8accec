"""What is to be reached: each goal once, with the bench that measures it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.bench.figures import show, spread


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted of a figure.

    Attributes:
        what: What the figure says.
        of: The bench that measures it.
        limit: The least or the most that it may be.
        is_least: Whether the limit is the least.
        text: The limit as it was agreed, where the number alone does not show it.
    """

    what: str
    of: str
    limit: float
    is_least: bool
    text: str


def _least(what: str, of: str, limit: float) -> _Wanted:
    return _Wanted(what, of, limit, is_least=True, text=f">= {limit:g}")


def _most(what: str, of: str, limit: float, text: str = "") -> _Wanted:
    return _Wanted(what, of, limit, is_least=False, text=f"<= {text or f'{limit:g}'}")


_OTP = "ValidateOTP (SOAP 1.2, HOTP, durable, audited)"


class Goal(Enum):
    """The goals, in the order of the table."""

    PEER_RATE = _least(f"{_OTP}: requests/s, times privacyIDEA's /validate/check", "peer", 100)
    PEER_CPU = _most(
        "the same: CPU of server and database per request, times privacyIDEA's", "peer", 1 / 60, "1/60 (0.0167)"
    )
    PGBENCH = _least("the same: requests/s, times pgbench's running exactly our statements", "limit", 0.5)
    C_SERVER = _least("the same: requests/s, times those of a C++ server that does the same", "limit", 0.4)
    STATEMENTS = _most("SQL statements of one ValidateOTP on PostgreSQL", "limit", 2)
    COMMITS = _most("commits of one ValidateOTP on PostgreSQL", "limit", 1)
    ENCRYPT_CPU = _most("EncryptValue: CPU, times a constant application under the same gunicorn", "limit", 1.6)
    GROWTH = _least(f"{_OTP}: requests/s with many users and audit rows, times those with few", "growth", 0.95)
    TAIL = _most("the same on PostgreSQL: p99 at concurrency 64, times p50", "limit", 4)
    TAIL_ON_SQLITE = _most("the same on SQLite: p99 at concurrency 64, times p50", "limit", 4)
    NODES = _least("two nodes behind nginx: requests/s, times those of one", "nodes", 1.8)

    def is_reached_by(self, figure: float) -> bool:
        """Tell whether *figure* is good enough."""
        return figure >= self.value.limit if self.value.is_least else figure <= self.value.limit


Figures = Mapping[Goal, Sequence[float]]
"""What was measured of each goal, round by round."""


def judged(figures: Figures) -> list[dict[str, Any]]:
    """Return one row for each goal, measured or not; the median decides."""
    return [_row(goal, figures.get(goal, ())) for goal in Goal]


def _row(goal: Goal, measured: Sequence[float]) -> dict[str, Any]:
    wanted = goal.value
    row: dict[str, Any] = {
        "what": wanted.what,
        "goal": wanted.text,
        "bench": wanted.of,
        "measured": None,
        "reached": None,
    }
    if measured:
        found = spread(measured)
        row |= {"measured": found, "reached": goal.is_reached_by(found["median"])}
    return row


def as_table(figures: Figures) -> str:
    """Return the table of all goals."""
    lines = ["| to reach | goal | measured | reached |", "|---|---|---|---|"]
    for row in judged(figures):
        measured = show(row["measured"]) if row["measured"] else f"not measured: python -m tests.bench {row['bench']}"
        reached = {True: "yes", False: "no", None: ""}[row["reached"]]
        lines.append(f"| {row['what']} | {row['goal']} | {measured} | {reached} |")
    return "\n".join(lines)
