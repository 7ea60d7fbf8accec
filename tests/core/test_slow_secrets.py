"""Slow secrets: compared a few at a time, and as slowly where there is nothing to compare with."""

from threading import Thread

import pytest

from validate_service.core.errors import UnavailableError
from validate_service.core.slow_secrets import AT_ONCE, SlowSecrets

SECRETS = SlowSecrets()
HASHED = SECRETS.hash("2580")


def test_only_the_secret_itself_matches() -> None:
    """Where there is none, nothing does: not even what stands in for it."""
    assert SECRETS.matches(HASHED, "2580")
    assert not SECRETS.matches(HASHED, "2581")
    assert not any(SECRETS.matches(None, secret) for secret in ("", "decoy"))


def test_a_damaged_hash_is_unavailable() -> None:
    """It is our fault and not the user's: nobody is let in, nothing is counted."""
    with pytest.raises(UnavailableError):
        SECRETS.matches("damaged", "2580")
    assert SECRETS.matches(HASHED, "2580")


def test_callers_beyond_the_limit_wait_their_turn() -> None:
    """A flood of PINs takes neither all memory nor all cores."""
    results: list[bool] = []
    for _ in range(AT_ONCE):
        assert SECRETS._turn.acquire(blocking=False)
    waiting = Thread(target=lambda: results.append(SECRETS.matches(HASHED, "2580")))
    waiting.start()
    waiting.join(0.2)
    assert results == []
    for _ in range(AT_ONCE):
        SECRETS._turn.release()
    waiting.join(10)
    assert results == [True]
