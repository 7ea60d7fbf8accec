"""HOTP, the event-based one-time password of RFC 4226."""

import hmac
from typing import Literal, TypeAlias

Algorithm: TypeAlias = Literal["sha1", "sha256", "sha512"]

ALGORITHMS: tuple[Algorithm, ...] = ("sha1", "sha256", "sha512")
SHORTEST, LONGEST = 6, 8
"""Digits of a code: RFC 4226 section 5.3 asks for at least 6; more than 8 would outrun the 31-bit value."""


def code_at(seed: bytes, counter: int, *, digits: int = 6, algorithm: Algorithm = "sha1") -> str:
    """Return the HOTP value of one counter.

    Args:
        seed: Shared key, raw bytes (not Base32), 16 bytes or more (RFC 4226 section 4, R6).
        counter: Moving factor, ``0 <= counter < 2**64``.
        digits: Length of the code, 6 to 8.
        algorithm: Hash of the HMAC; RFC 4226 knows ``sha1`` only, RFC 6238 adds the others.

    Returns:
        Exactly *digits* ASCII digits.

    RFC 4226 section 5.3; appendix D gives the example:

    >>> code_at(b"12345678901234567890", 0)
    '755224'
    """
    digest = hmac.digest(seed, counter.to_bytes(8, "big"), algorithm)
    offset = digest[-1] & 0x0F
    value = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(value % 10**digits).zfill(digits)


def match_counter(
    seed: bytes,
    otp: str,
    *,
    last_counter: int,
    look_ahead: int = 10,
    digits: int = 6,
    algorithm: Algorithm = "sha1",
) -> int | None:
    """Return the counter whose HOTP equals *otp*, or ``None``.

    Candidates are the *look_ahead* counters after *last_counter*; a spent counter is never a candidate.  Every
    candidate is computed, whichever matches, so that the time taken does not tell where the match lies.

    Args:
        seed: Shared key, raw bytes.
        otp: What the user typed: exactly *digits* ASCII digits, nothing else matches.
        last_counter: Highest counter already spent; ``-1`` if none.
        look_ahead: How many counters are tried, one or more (RFC 4226 section 7.4: ``s``).
        digits: Length of a code of this device.
        algorithm: Hash of the HMAC.

    Returns:
        The matched counter, which the caller stores as the new *last_counter* before it answers.

    RFC 4226 section 7.2 and appendix D:

    >>> match_counter(b"12345678901234567890", "969429", last_counter=-1)
    3
    >>> match_counter(b"12345678901234567890", "969429", last_counter=3) is None
    True
    """
    if not is_code(otp, digits):
        return None
    matched = None
    for counter in range(last_counter + 1, last_counter + 1 + look_ahead):
        candidate = code_at(seed, counter, digits=digits, algorithm=algorithm)
        if hmac.compare_digest(candidate, otp) and matched is None:
            matched = counter
    return matched


def is_code(text: str, digits: int) -> bool:
    """Tell whether *text* is spelled as a code must be: exactly *digits* ASCII digits.

    A second spelling of a used code (white space, other scripts' digits, a sign) must not exist.

    >>> is_code("123456", 6), is_code(" 123456", 6), is_code("١٢٣٤٥٦", 6)
    (True, False, False)
    """
    return len(text) == digits and text.isascii() and text.isdigit()
