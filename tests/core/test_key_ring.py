"""The key ring: which key may do what, and that keys never show."""

from itertools import combinations

import pytest

from validate_service.core.key_ring import KeyNotUsableError, KeyRing, KeyState, RingKey

ROOT = b"r" * 32
KEYS = {
    1: RingKey(b"\1" * 32, KeyState.RETIRED, 1),
    2: RingKey(b"\2" * 32, KeyState.DECRYPT_ONLY, 2),
    3: RingKey(b"\3" * 32, KeyState.ACTIVE, 3),
}
RING = KeyRing(ROOT, KEYS)


def test_the_active_key_encrypts() -> None:
    """There is exactly one."""
    assert RING.active_id == 3


@pytest.mark.parametrize("keys", [{}, {1: KEYS[1], 2: KEYS[2]}, {3: KEYS[3], 4: KEYS[3]}])
def test_a_ring_without_exactly_one_active_key_is_no_ring(keys: dict[int, RingKey]) -> None:
    """Nobody could tell what to encrypt under."""
    with pytest.raises(ValueError, match="unpack"):
        KeyRing(ROOT, keys)


@pytest.mark.parametrize("key_id", [0, 1, 4, 2**32 - 1])
def test_a_retired_or_unknown_key_does_nothing(key_id: int) -> None:
    """Neither open seeds, nor decrypt, nor be exported."""
    for use in (RING.sealing_key, lambda key: RING.value_key(key, "t"), lambda key: RING.aes_secret(key, "t")):
        with pytest.raises(KeyNotUsableError):
            use(key_id)


def test_every_use_has_a_key_of_its_own() -> None:
    """For each key number, tenant and purpose; none is a key of the ring."""
    keys = [RING.lookup_key, RING.audit_key, ROOT, *(key.key for key in KEYS.values())]
    for key_id in (2, 3):
        keys.append(RING.sealing_key(key_id))
        for tenant in ("one", "two"):
            keys += [RING.value_key(key_id, tenant), bytes.fromhex(RING.aes_secret(key_id, tenant))]
    assert {len(key) for key in keys} == {32}
    assert all(some != other for some, other in combinations(keys, 2))


def test_rotation_changes_neither_the_roots_keys_nor_the_fingerprint() -> None:
    """Cards, API keys and the audit trail hang on the root; the database knows the ring by its fingerprint."""
    rotated = KeyRing(ROOT, {4: RingKey(b"\4" * 32, KeyState.ACTIVE, 4)})
    assert (rotated.lookup_key, rotated.audit_key) == (RING.lookup_key, RING.audit_key)
    assert rotated.fingerprint == RING.fingerprint != KeyRing(b"s" * 32, KEYS).fingerprint


def test_a_printed_ring_shows_no_key() -> None:
    """Neither in a log nor in a traceback."""
    for key in (ROOT, *(key.key for key in KEYS.values())):
        for spelling in (key.hex(), repr(key)):
            assert spelling not in f"{RING!r} {KEYS!r}"
    assert "active" in repr(RING)
