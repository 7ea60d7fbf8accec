"""PINs and answers, hashed slowly, a few at a time."""

from functools import cache
from threading import BoundedSemaphore

from validate_service.core.errors import UnavailableError
from validate_service.primitives.slow_hash import SlowHashBrokenError, matches_slow_hash, slow_hash

AT_ONCE = 2
"""Hashes that one process computes at once: each takes 19 MiB and a core for some 30 ms."""


class SlowSecrets:
    """Hashes and compares PINs and answers; callers beyond the limit wait their turn."""

    def __init__(self) -> None:
        """Make the decoy, lest the first call without a secret take longer."""
        self._turn = BoundedSemaphore(AT_ONCE)
        self._decoy = _decoy()

    def hash(self, secret: str) -> str:
        """Return *secret* as an Argon2id string."""
        with self._turn:
            return slow_hash(secret)

    def matches(self, stored: str | None, secret: str) -> bool:
        """Tell whether *secret* is the one behind *stored*; without one the answer is no, after the same time.

        Raises:
            UnavailableError: *stored* is not an Argon2id string: the row was damaged.
        """
        try:
            with self._turn:
                return matches_slow_hash(stored or self._decoy, secret) and stored is not None
        except SlowHashBrokenError as error:
            raise UnavailableError("a stored hash is damaged") from error


@cache
def _decoy() -> str:
    """Return what stands in for secrets that do not exist."""
    return slow_hash("decoy")
