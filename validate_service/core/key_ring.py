"""The key ring: numbered keys, each with a state, and the subkeys that everything else uses.

The ring lives outside the database.  Its *root* never changes: lookup hashes and the audit trail hang on it.  Its
numbered keys rotate: a new key becomes active, older ones still decrypt, a retired one does nothing any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from validate_service.primitives.keyed_hash import derive_key, keyed_hash


class KeyState(StrEnum):
    """What a key of the ring may do."""

    ACTIVE = "active"
    DECRYPT_ONLY = "decrypt-only"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class RingKey:
    """One numbered key.

    Attributes:
        key: 32 random bytes; only ever used to derive subkeys.
        state: What it may do.
        created_at: Instant it was made, microseconds.
    """

    key: bytes
    state: KeyState
    created_at: int

    def __repr__(self) -> str:
        """Return a text without the key."""
        return f"<RingKey {self.state}>"


class KeyNotUsableError(Exception):
    """A key number is unknown or retired."""


class KeyRing:
    """All keys of one installation; immutable."""

    def __init__(self, root: bytes, keys: Mapping[int, RingKey]) -> None:
        """Hold *root* and the numbered *keys*, exactly one of which is active."""
        self.root = root
        self.keys = dict(keys)
        (self.active_id,) = (key_id for key_id, key in self.keys.items() if key.state is KeyState.ACTIVE)
        self._subkey = lru_cache(maxsize=4096)(self._derive)

    def __repr__(self) -> str:
        """Return a text without any key."""
        return f"<KeyRing {self.keys}>"

    @cached_property
    def lookup_key(self) -> bytes:
        """Key of the hashes that the database is searched by."""
        return derive_key(self.root, "mfa:lookup:v1")

    @cached_property
    def audit_key(self) -> bytes:
        """Key of the audit trail's MACs."""
        return derive_key(self.root, "mfa:audit:v1")

    @cached_property
    def fingerprint(self) -> bytes:
        """What the database remembers of the ring, to refuse another ring; tells nothing about the keys."""
        return keyed_hash(derive_key(self.root, "mfa:kcv"), "fingerprint")[:8]

    def sealing_key(self, key_id: int) -> bytes:
        """Return the subkey that seals seeds in the database.

        Raises:
            KeyNotUsableError: the key is unknown or retired.
        """
        return self._subkey(key_id, "mfa:seed:v1")

    def value_key(self, key_id: int, tenant: str) -> bytes:
        """Return the subkey under which one tenant's values are encrypted (MFE1).

        Args:
            key_id: Number of the key.
            tenant: The tenant's unchangeable unique id.

        Raises:
            KeyNotUsableError: the key is unknown or retired.
        """
        return self._subkey(key_id, f"mfa:EncryptValue:tenant:{tenant}")

    def aes_secret(self, key_id: int, tenant: str) -> str:
        """Return the secret of one tenant's AES values (MFA1), which an operator may export: 64 hex digits.

        Raises:
            KeyNotUsableError: the key is unknown or retired.
        """
        return self._subkey(key_id, f"mfa:EncryptValueAES:tenant:{tenant}").hex()

    def _derive(self, key_id: int, purpose: str) -> bytes:
        ring_key = self.keys.get(key_id)
        if ring_key is None or ring_key.state is KeyState.RETIRED:
            raise KeyNotUsableError(f"key {key_id}")
        return derive_key(ring_key.key, purpose)
