"""Seeds of OATH devices: sealed in the database, opened for the moment of a verification."""

from dataclasses import dataclass

from validate_service.core.errors import UnavailableError
from validate_service.core.key_ring import KeyNotUsableError
from validate_service.core.model import OathDevice
from validate_service.core.ports import KeyRingSource, Randomness, RingLock, Transaction
from validate_service.primitives.sealing import NONCE_BYTES, SealBrokenError, key_id_of, seal, unseal


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seals and opens seeds under the key ring; a sealed seed opens in its own row only."""

    keys: KeyRingSource
    ring_lock: RingLock
    randomness: Randomness

    def seal(self, transaction: Transaction, tenant_id: int, serial: str, seed: bytes) -> bytes:
        """Return *seed* sealed for the device *serial* under the active key.

        The key is not retired before *transaction*, which is to store the seed, has ended.

        Raises:
            UnavailableError: the key ring does not answer.
        """
        self.ring_lock.hold(transaction)
        ring = self.keys.current()
        return seal(
            ring.sealing_key(ring.active_id),
            key_id=ring.active_id,
            clear=seed,
            place=_place(tenant_id, serial),
            nonce=self.randomness(NONCE_BYTES),
        )

    def open(self, tenant_id: int, device: OathDevice) -> bytes:
        """Return the seed of *device*.

        Raises:
            UnavailableError: its key is not in the ring, or the row was tampered with.
        """
        return self.unseal(tenant_id, device.serial, device.sealed_seed)

    def unseal(self, tenant_id: int, serial: str, sealed: bytes) -> bytes:
        """Return the seed inside *sealed*.

        Raises:
            UnavailableError: as :meth:`open`.
        """
        key_id = key_id_of(sealed)
        try:
            key = self.keys.current().sealing_key(key_id)
            return unseal(key, sealed=sealed, place=_place(tenant_id, serial))
        except (KeyNotUsableError, SealBrokenError) as error:
            raise UnavailableError(f"the seed of device {serial!r} does not open under key {key_id}") from error


def _place(tenant_id: int, serial: str) -> bytes:
    return f"devices|sealed_seed|{tenant_id}|{serial}".encode()
