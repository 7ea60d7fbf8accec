"""How often races and fuzz are run: briefly by default, longer where the environment says so."""

import os

from hypothesis import HealthCheck, settings

LONG_VARIABLE = "VALIDATE_SERVICE_LONG"
LONG = os.environ.get(LONG_VARIABLE, "") not in {"", "0"}
ROUNDS = 100 if LONG else 20


def tried(brief: int, thorough: int) -> settings:
    """Return how a property is tried: with *brief* examples, always the same, or with *thorough* new ones."""
    return settings(
        max_examples=thorough if LONG else brief,
        deadline=None,
        derandomize=not LONG,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
