"""Argon2id: parameters, comparison, and damage."""

import pytest
from argon2 import PasswordHasher, Type

from validate_service.primitives.slow_hash import (
    HASHER,
    SlowHashBrokenError,
    matches_slow_hash,
    needs_rehash,
    slow_hash,
)

HASHED = slow_hash("2580")
WEAKER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID)


def test_only_the_same_secret_matches() -> None:
    """No prefix, no other case, no white space."""
    assert matches_slow_hash(HASHED, "2580")
    assert not any(matches_slow_hash(HASHED, wrong) for wrong in ("", "258", "25800", " 2580"))


def test_one_secret_has_a_new_hash_each_time() -> None:
    """Two users with one PIN cannot be told from two with different ones."""
    assert slow_hash("2580") != HASHED


def test_a_hash_costs_at_least_what_owasp_asks() -> None:
    """19 MiB, two passes, one lane, Argon2id; the text says so, for whoever verifies later."""
    assert (HASHER.memory_cost, HASHER.time_cost, HASHER.parallelism) >= (19_456, 2, 1)
    assert HASHED.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_half_a_surrogate_pair_is_hashed_too() -> None:
    """JSON can spell it, so a guess may hold it: it is a wrong guess and must be counted as one."""
    assert not matches_slow_hash(HASHED, "\ud800")
    assert matches_slow_hash(slow_hash("\ud800"), "\ud800")


@pytest.mark.parametrize(
    "stored",
    ["", "2580", "$argon2id$v=19$m=19456,t=2,p=1$", HASHED[:-10] + "!" * 10],
    ids=["empty", "clear", "cut", "end_overwritten"],
)
def test_a_damaged_hash_is_no_wrong_secret(stored: str) -> None:
    """The row is broken: nobody may be blamed, and nobody let in."""
    with pytest.raises(SlowHashBrokenError):
        matches_slow_hash(stored, "2580")


def test_a_hash_of_weaker_parameters_matches_but_wants_to_be_made_anew() -> None:
    """Parameters may grow without locking anybody out."""
    old = WEAKER.hash("2580")
    assert matches_slow_hash(old, "2580")
    assert needs_rehash(old)
    assert not needs_rehash(HASHED)
