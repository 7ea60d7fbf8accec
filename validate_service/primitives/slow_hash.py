"""Argon2id for PINs and answers: secrets with so few possible values that a fast hash would give them away."""

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
"""19 MiB, two passes, one lane: OWASP Password Storage, the profile for servers (RFC 9106 section 4 has more)."""


class SlowHashBrokenError(Exception):
    """A stored hash is not an Argon2id string: the row was damaged."""


def slow_hash(secret: str) -> str:
    """Return *secret* as a salted Argon2id string in PHC format; about 30 ms and 19 MiB."""
    return HASHER.hash(_bytes_of(secret))


def matches_slow_hash(stored: str, secret: str) -> bool:
    """Tell whether *secret* is the one behind *stored*; in constant time for one set of parameters.

    Raises:
        SlowHashBrokenError: *stored* is not an Argon2id string.
    """
    try:
        return HASHER.verify(stored, _bytes_of(secret))
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError) as error:
        raise SlowHashBrokenError from error


def needs_rehash(stored: str) -> bool:
    """Tell whether *stored* was made with other parameters than today's, so that it should be made anew."""
    return HASHER.check_needs_rehash(stored)


def _bytes_of(secret: str) -> bytes:
    """Return any text as bytes, also half a surrogate pair: JSON can spell it, and it is but a wrong guess."""
    return secret.encode("utf-8", "surrogatepass")
