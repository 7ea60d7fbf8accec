"""The curve of growth as a picture: throughput and response times over the sizes of the database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.figures import Spread, spread
from tests.bench.report import Report, rate

_DARK, _LIGHT, _OTHER, _GRID = "#1f5fa8", "#7aa6d6", "#c0562b", "#dddddd"


def draw(path: Path, report: Report, sizes: Mapping[tuple[int, int], str], while_pruned: str) -> None:
    """Draw what was measured.

    Args:
        path: Where the picture goes, a PNG.
        report: The rounds.
        sizes: Users and events of each contestant of the curve, and its name in the report; the smallest first.
        while_pruned: Name of the one more that is the largest while its old events are deleted.
    """
    # Only who draws needs it: it is large.
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained", facecolor="white")
    users = [size[0] for size in sizes]
    rates = [spread([rate(one) for one in report.rounds[name]]) for name in sizes.values()]
    left.errorbar(users, _medians(rates), _errors(rates), marker="o", capsize=4, color=_DARK, label="median, range")
    pruned = [spread([rate(one) for one in report.rounds[while_pruned]])]
    left.errorbar(
        users[-1:], _medians(pruned), _errors(pruned), fmt="D", capsize=4, color=_OTHER, label="while events are pruned"
    )
    for percent, color in ((99, _LIGHT), (50, _DARK)):
        times = [spread([one.percentile_ms(percent) for one in report.rounds[name]]) for name in sizes.values()]
        right.errorbar(users, _medians(times), _errors(times), marker="o", capsize=4, color=color, label=f"p{percent}")
    _label(left, sizes, "ValidateOTP, requests/s", "Throughput")
    _label(right, sizes, "response time, ms", "Response time")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _medians(found: list[Spread]) -> list[float]:
    return [one["median"] for one in found]


def _errors(found: list[Spread]) -> list[list[float]]:
    """Return how far the least lies below the median, and the most above it."""
    return [[one["median"] - one["least"] for one in found], [one["most"] - one["median"] for one in found]]


def _label(axes: Any, sizes: Mapping[tuple[int, int], str], what: str, title: str) -> None:
    axes.set(xlabel="users, and below them events in the audit trail", ylabel=what, title=title, xscale="log")
    axes.set_ylim(bottom=0)
    labels = [f"{users:,}\n{events:,}" for users, events in sizes]
    axes.set_xticks([users for users, _ in sizes], labels)
    axes.minorticks_off()
    axes.margins(x=0.15)
    axes.grid(axis="y", color=_GRID)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="best")
