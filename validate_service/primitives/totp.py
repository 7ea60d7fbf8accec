"""TOTP, the time-based one-time password of RFC 6238."""

import hmac

from validate_service.primitives.hotp import Algorithm, code_at, is_code


def step_at(now: int, period: int) -> int:
    """Return the time step of *now*: RFC 6238 section 4.2 with T0 = 0.

    Args:
        now: Unix time, whole seconds, UTC, of the server's own clock.
        period: Step length in seconds, more than 0.

    >>> step_at(59, 30)
    1
    """
    return now // period


def match_step(
    seed: bytes,
    otp: str,
    *,
    now: int,
    last_step: int,
    drift: int = 0,
    window: int = 1,
    period: int = 30,
    digits: int = 6,
    algorithm: Algorithm = "sha1",
) -> int | None:
    """Return the time step whose TOTP equals *otp*, or ``None``.

    Candidates are ``now // period + drift ± window``; steps at or below *last_step* are never candidates, so a
    replayed code cannot match.  Every candidate is computed, whichever matches, so that the time taken does not
    tell where the match lies.

    Args:
        seed: Shared key, raw bytes.
        otp: What the user typed: exactly *digits* ASCII digits.
        now: Unix time, whole seconds, UTC.
        last_step: Highest step already accepted for this device; ``-1`` if none.
        drift: Learned clock offset of the device, in steps; positive when the device runs fast.
        window: Steps tolerated on each side; 1 with 30 s steps spans 90 s.
        period: Step length in seconds: 30 or 60.
        digits: Length of a code of this device.
        algorithm: Hash of the HMAC.

    Returns:
        The matched step, ``>= 0``.  The caller stores it as the new *last_step*, in the same transaction, before
        it answers.

    RFC 6238 section 5.2 (accept once), section 6 (drift), appendix B (vectors):

    >>> match_step(b"12345678901234567890", "94287082", now=59, last_step=-1, digits=8)
    1
    >>> match_step(b"12345678901234567890", "94287082", now=59, last_step=1, digits=8) is None
    True
    """
    if not is_code(otp, digits):
        return None
    centre = step_at(now, period) + drift
    matched = None
    for step in range(max(centre - window, 0), centre + window + 1):
        candidate = code_at(seed, step, digits=digits, algorithm=algorithm)
        if hmac.compare_digest(candidate, otp) and step > last_step and matched is None:
            matched = step
    return matched
