"""Random codes that people read and type."""

from collections.abc import Callable

_FAIR_BYTES = 250
"""Bytes below this spread evenly over the ten digits; the others are thrown away."""


def random_digits(randomness: Callable[[int], bytes], length: int) -> str:
    """Return *length* digits, each as likely as any other.

    >>> random_digits(lambda count: bytes([255, 7, 249, 13][:count]), 3)
    '793'
    """
    digits = ""
    while len(digits) < length:
        digits += "".join(str(byte % 10) for byte in randomness(2 * length) if byte < _FAIR_BYTES)
    return digits[:length]
