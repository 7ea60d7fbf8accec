"""Time."""

from typing import TypeAlias

Instant: TypeAlias = int
"""Microseconds since 1970-01-01 UTC."""
