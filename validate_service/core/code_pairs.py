"""Two consecutive codes: where a device is that ran away, or that nobody has seen yet (RFC 4226 section 7.4)."""

from validate_service.core.model import DeviceKind, OathDevice
from validate_service.core.typed_codes import TypedCode, spelled
from validate_service.primitives.hotp import match_counter
from validate_service.primitives.totp import step_at

LOOK_AHEAD = 100
STEPS = 20


def second_of_pair(device: OathDevice, seed: bytes, first: TypedCode, second: TypedCode, now_s: int) -> int | None:
    """Return the counter or step of *second* where *first* is the one before, or ``None``.

    They are looked for among the next 100 counters, or within 20 steps on each side.

    Args:
        device: The device; nothing that it spent is looked at.
        seed: Its seed.
        first: A code.
        second: The code after it.
        now_s: Unix time in seconds.
    """
    follower = spelled(second, device.digits)
    for step in _candidates(device, seed, spelled(first, device.digits), now_s):
        exact = match_counter(
            seed, follower, last_counter=step, look_ahead=1, digits=device.digits, algorithm=device.algorithm
        )
        if exact is not None:
            return exact
    return None


def _candidates(device: OathDevice, seed: bytes, code: str, now_s: int) -> list[int]:
    """Return every unspent counter or step in the wide window that makes *code*."""
    if device.kind is DeviceKind.HOTP:
        first, last = device.last_spent + 1, device.last_spent + LOOK_AHEAD
    else:
        centre = step_at(now_s, device.period)
        first, last = max(device.last_spent + 1, centre - STEPS, 0), centre + STEPS
    return [
        step
        for step in range(first, last + 1)
        if match_counter(
            seed, code, last_counter=step - 1, look_ahead=1, digits=device.digits, algorithm=device.algorithm
        )
        is not None
    ]
