"""Every small damage that a value can take."""

from collections.abc import Iterator


def one_bit_flips(value: bytes) -> Iterator[bytes]:
    """Yield *value* with each of its bits flipped in turn."""
    for at in range(len(value)):
        for bit in range(8):
            yield value[:at] + bytes([value[at] ^ 1 << bit]) + value[at + 1 :]


def truncations(value: bytes) -> Iterator[bytes]:
    """Yield every proper beginning of *value*."""
    for length in range(len(value)):
        yield value[:length]
