"""Figures as they are printed: the median, with the range behind it."""

from collections.abc import Sequence
from statistics import median

Spread = dict[str, float]
"""Median, least and most of what several rounds measured."""


def spread(values: Sequence[float]) -> Spread:
    """Return median, least and most."""
    return {"median": median(values), "least": min(values), "most": max(values)}


def show(found: Spread) -> str:
    """Return the median with the range behind it, if there is one, all with as many decimals as the largest needs."""
    decimals = _decimals(found["most"])
    middle = f"{found['median']:.{decimals}f}"
    if found["least"] == found["most"]:
        return middle
    return f"{middle} ({found['least']:.{decimals}f}-{found['most']:.{decimals}f})"


def _decimals(largest: float) -> int:
    """Return none from 20 on, 2 below, and below 0.1 as many as show two digits."""
    if largest >= 20:
        return 0
    decimals = 2
    while largest and decimals < 6 and largest * 10 ** (decimals - 1) < 1:
        decimals += 1
    return decimals
