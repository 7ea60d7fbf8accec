"""The key ring's life: made, rotated, resealed under, retired, exported; for operators."""

from dataclasses import dataclass, replace

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import ConflictError, NotFoundError
from validate_service.core.key_ring import KeyNotUsableError, KeyRing, KeyState, RingKey
from validate_service.core.model import Tenant
from validate_service.core.ports import Clock, Database, Devices, KeyRingStore, Randomness, RingLock
from validate_service.core.seeds import Seeds
from validate_service.primitives.keyed_hash import KEY_BYTES

BATCH = 500


def new_ring(randomness: Randomness, at: int) -> KeyRing:
    """Return a new ring with one active key, number 1."""
    return KeyRing(randomness(KEY_BYTES), {1: RingKey(randomness(KEY_BYTES), KeyState.ACTIVE, at)})


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """Changes the key ring.  Every process uses the changed ring from its next call on."""

    database: Database
    devices: Devices
    seeds: Seeds
    keys: KeyRingStore
    ring_lock: RingLock
    clock: Clock
    randomness: Randomness

    def listing(self) -> dict[int, RingKey]:
        """Return the numbered keys with their states."""
        return self.keys.current().keys

    def rotate(self, call: Call) -> int:
        """Make a new key and let it encrypt from now on; the others only decrypt.  Return its number."""
        now = self.clock.now()
        with self.database.write() as transaction:
            self.ring_lock.claim(transaction)
            # Read only now: what another operator changed meanwhile must not be lost.
            ring = self.keys.current()
            key_id = max(ring.keys) + 1
            keys = {
                old_id: replace(key, state=KeyState.DECRYPT_ONLY) if key.state is KeyState.ACTIVE else key
                for old_id, key in ring.keys.items()
            }
            keys[key_id] = RingKey(self.randomness(KEY_BYTES), KeyState.ACTIVE, now)
            transaction.record(AuditEvent(EventName.KEY_ROTATE, DONE, call, now, device=str(key_id)))
            self.keys.store(KeyRing(ring.root, keys))
        return key_id

    def reseal(self, call: Call) -> int:
        """Seal every seed under the active key; return how many were resealed.

        It may be interrupted and run again, also beside a running service: a seed that changed meanwhile is left to
        the next round.
        """
        count = 0
        while True:
            ring = self.keys.current()
            with self.database.read() as session:
                batch = self.devices.sealed_under_other(session, ring.active_id, BATCH)
            if not batch:
                break
            with self.database.write() as transaction:
                for device_id, tenant_id, serial, old in batch:
                    new = self.seeds.seal(transaction, tenant_id, serial, self.seeds.unseal(tenant_id, serial, old))
                    count += self.devices.reseal(transaction, device_id, old=old, new=new)
        with self.database.write() as transaction:
            event = AuditEvent(EventName.KEY_RESEAL, DONE, call, self.clock.now(), device=str(ring.active_id))
            transaction.record(event)
        return count

    def retire(self, call: Call, key_id: int) -> None:
        """Take a key out of use for ever; values that callers still hold under it no longer decrypt.

        Raises:
            NotFoundError: there is no such key.
            ConflictError: it is active, or seeds are still sealed under it.
        """
        now = self.clock.now()
        with self.database.write() as transaction:
            self.ring_lock.claim(transaction)
            ring = self.keys.current()
            if key_id not in ring.keys:
                raise NotFoundError(f"There is no key {key_id}.")
            if key_id == ring.active_id or self.devices.count_sealed_under(transaction, key_id):
                raise ConflictError(f"Key {key_id} is in use: rotate and reseal first.")
            keys = ring.keys | {key_id: replace(ring.keys[key_id], state=KeyState.RETIRED)}
            transaction.record(AuditEvent(EventName.KEY_RETIRE, DONE, call, now, device=str(key_id)))
            self.keys.store(KeyRing(ring.root, keys))

    def export_aes_secret(self, call: Call, tenant: Tenant, key_id: int | None = None) -> tuple[int, str]:
        """Return the number and secret with which .NET code decrypts the tenant's AES values.

        Args:
            call: Who asks.
            tenant: Whose values.
            key_id: Number of the key, ``None`` for the active one.

        Raises:
            NotFoundError: there is no such key, or it is retired.
        """
        call.tenant_id = tenant.id
        ring = self.keys.current()
        chosen = ring.active_id if key_id is None else key_id
        try:
            secret = ring.aes_secret(chosen, tenant.uid)
        except KeyNotUsableError as error:
            raise NotFoundError(f"There is no usable key {chosen}.") from error
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.KEY_EXPORT, DONE, call, self.clock.now(), device=str(chosen)))
        return chosen, secret
