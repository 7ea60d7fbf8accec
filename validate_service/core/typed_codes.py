"""Codes as they come over the wire: some callers send them as numbers, without the zeros in front."""

from typing import TypeAlias

TypedCode: TypeAlias = str | int
"""Text is a code exactly as it was typed; a number has lost the zeros in front."""


def spelled(code: TypedCode, digits: int) -> str:
    """Return *code* as a device that shows so many *digits* spells it.

    >>> spelled(1234, 6), spelled("1234", 6)
    ('001234', '1234')
    """
    return f"{code:0{digits}}" if isinstance(code, int) else code
