"""The key ring's file: JSON, readable by its owner only, beside the database and never in it."""

import json
import os
import tempfile
from pathlib import Path
from threading import Lock
from typing import Any

from validate_service.core.errors import UnavailableError
from validate_service.core.key_ring import KeyRing, KeyState, RingKey
from validate_service.primitives.keyed_hash import KEY_BYTES, keyed_hash

FORMAT = "validate-service key ring 1"
CHECK_BYTES = 8


class KeyRingFile:
    """Reads the ring, again whenever the file changes; writes a new one as a whole."""

    def __init__(self, path: Path) -> None:
        """Keep the ring at *path*."""
        self.path = path
        self.expected_fingerprint: bytes | None = None
        self._lock = Lock()
        self._read: tuple[tuple[int, int, int], KeyRing] | None = None

    def current(self) -> KeyRing:
        """Return the ring as it is now.

        Raises:
            UnavailableError: the file is missing, damaged, or not the one that the database was written under.
        """
        try:
            found = os.stat(self.path)  # noqa: PTH116  # on every call: half the cost of Path.stat
        except OSError as error:
            raise UnavailableError(f"the key ring cannot be read: {error.strerror}") from error
        version = (found.st_mtime_ns, found.st_ino, found.st_size)
        if self._read is None or self._read[0] != version:
            with self._lock:
                self._read = version, self._load()
        return self._read[1]

    def _load(self) -> KeyRing:
        try:
            ring = parse_ring(self.path.read_text("ascii"))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise UnavailableError(f"the key ring cannot be read: {type(error).__name__}") from error
        if self.expected_fingerprint not in {None, ring.fingerprint}:
            raise UnavailableError("the key ring is not the one that the database was written under")
        return ring

    def store(self, ring: KeyRing) -> None:
        """Write *ring* in place of what the file holds: as a whole, durably, readable by the owner only."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.path.parent, prefix=".keyring-", delete=False) as file:
            file.write(format_ring(ring))
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self.path)
        # Without this a power cut could bring the old ring back, after values were encrypted under the new one.
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def format_ring(ring: KeyRing) -> str:
    """Return *ring* as the file holds it."""
    keys = {
        str(key_id): {
            "key": key.key.hex(),
            "check": _check(key.key, str(key_id)),
            "state": key.state.value,
            "created_at": key.created_at,
        }
        for key_id, key in sorted(ring.keys.items())
    }
    content = {"format": FORMAT, "root": ring.root.hex(), "root_check": _check(ring.root, "root"), "keys": keys}
    return json.dumps(content, indent=1) + "\n"


def parse_ring(text: str) -> KeyRing:
    """Return the ring that *text* holds.

    Raises:
        ValueError: a check value does not fit its key, or there is not exactly one active key.
        KeyError, TypeError, AttributeError: something is missing or of another type.
    """
    content: dict[str, Any] = json.loads(text)
    if content["format"] != FORMAT:
        raise ValueError("an unknown format")
    keys = {
        int(key_id): RingKey(_checked(key["key"], key["check"], key_id), KeyState(key["state"]), int(key["created_at"]))
        for key_id, key in content["keys"].items()
    }
    return KeyRing(_checked(content["root"], content["root_check"], "root"), keys)


def _checked(hex_digits: str, check: str, place: str) -> bytes:
    key = bytes.fromhex(hex_digits)
    if len(key) != KEY_BYTES or _check(key, place) != check:
        raise ValueError("a key does not fit its check value")
    return key


def _check(key: bytes, place: str) -> str:
    """Return a value that shows a damaged key, or one under another number, and tells nothing about it."""
    return keyed_hash(key, "mfa:kcv", place)[:CHECK_BYTES].hex()
