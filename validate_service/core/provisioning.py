"""Seeds on their way into an app: shown as a QR code, or fetched by the user's phone, before a code was accepted."""

from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.devices import Enrolment, require_oath_device
from validate_service.core.errors import ConflictError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.key_ring import KeyRing
from validate_service.core.model import OathDevice, Tenant
from validate_service.core.ports import Clock, Database, Devices, KeyRingSource
from validate_service.core.seeds import Seeds
from validate_service.primitives.keyed_hash import keyed_hash


def hash_of_holder(ring: KeyRing, device_id: int, holder: str) -> bytes:
    """Return what the database keeps in place of a phone's own id; bound to the device."""
    return keyed_hash(ring.lookup_key, "device_holder", device_id, holder)


@dataclass(frozen=True, slots=True)
class ProvisioningDesk:
    """Tells the seeds of OATH devices, which are of the user of a call, or, if that is nobody, of the tenant.

    Only an app needs to be told, and only once: a seed that is in use would be copied.
    """

    database: Database
    devices: Devices
    seeds: Seeds
    keys: KeyRingSource
    clock: Clock

    def show(self, call: Call, tenant: Tenant, serial: str) -> Enrolment:
        """Return what an app must know to be the device, for its user to see.

        Raises:
            DeviceNotFoundError: there is no such OATH device.
            ConflictError: a code of it was accepted before, a phone has fetched it, or it is a hard token.
        """
        _, device = require_oath_device(self.database, self.devices, call, tenant, serial)
        with self.database.write() as transaction:
            if not self.devices.is_fetchable(transaction, device.id):
                raise _handed_out(serial)
            transaction.record(AuditEvent(EventName.DEVICE_SHOW, DONE, call, self.clock.now(), serial))
        return self._told(tenant, device)

    def fetch(self, call: Call, tenant: Tenant, serial: str, holder: str) -> Enrolment:
        """Return the same to the phone *holder*, which may ask again until a code of the device is accepted.

        Args:
            call: Who asks, about which user.
            tenant: The user's tenant.
            serial: The device.
            holder: What the phone calls itself, 1 to 256 characters; only a keyed hash is kept.

        Raises:
            DeviceNotFoundError: there is no such OATH device.
            ConflictError: a code of it was accepted before, another phone has fetched it, or it is a hard token.
            MalformedRequestError: *holder* is missing or too long.
        """
        require_text("holder", holder or None, longest=LONGEST_NAME)
        _, device = require_oath_device(self.database, self.devices, call, tenant, serial)
        holder_hash = hash_of_holder(self.keys.current(), device.id, holder)
        with self.database.write() as transaction:
            if not self.devices.bind_holder(transaction, device.id, holder_hash):
                raise _handed_out(serial)
            transaction.record(AuditEvent(EventName.DEVICE_PROVISION, DONE, call, self.clock.now(), serial))
        return self._told(tenant, device)

    def _told(self, tenant: Tenant, device: OathDevice) -> Enrolment:
        return Enrolment(
            device.serial,
            device.kind,
            self.seeds.open(tenant.id, device),
            device.digits,
            device.algorithm,
            device.period,
            device.window,
            device.last_spent + 1,
        )


def _handed_out(serial: str) -> ConflictError:
    return ConflictError(f"The device {serial} was handed out already.")
