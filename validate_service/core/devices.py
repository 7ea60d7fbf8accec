"""Devices: enrol, assign, activate, resynchronise, disable, delete; for operators and administrators."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import NOBODY, Call
from validate_service.core.code_pairs import second_of_pair
from validate_service.core.errors import ConflictError, DeviceNotFoundError, MalformedRequestError, PolicyError
from validate_service.core.fields import folded, require_text
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import OATH_KINDS, Device, DeviceKind, OathDevice, Tenant
from validate_service.core.names import UserName
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Clock, Database, Devices, Randomness, Users
from validate_service.core.seeds import Seeds
from validate_service.core.typed_codes import TypedCode
from validate_service.core.users import require_user
from validate_service.primitives.codes import random_digits
from validate_service.primitives.hotp import ALGORITHMS, LONGEST, SHORTEST, Algorithm
from validate_service.primitives.totp import step_at

LONGEST_SERIAL = 64
FEWEST_SEED_BYTES, MOST_SEED_BYTES = 16, 128
SEED_BYTES: dict[Algorithm, int] = {"sha1": 20, "sha256": 32, "sha512": 64}
"""Length of generated seeds: that of the HMAC's output (RFC 4226 section 4 R6, RFC 6238 section 3 R7)."""

PERIODS = (30, 60)
GENERATED_SERIAL_DIGITS = 12
DEFAULT_DIGITS, DEFAULT_PERIOD = 6, 30
NARROWEST_WINDOW = {DeviceKind.HOTP: 1, DeviceKind.TOTP: 0, DeviceKind.AUTHENTICATOR: 0, DeviceKind.FIDO: 0}
DEFAULT_WINDOW = {DeviceKind.HOTP: 10, DeviceKind.TOTP: 1, DeviceKind.AUTHENTICATOR: 0, DeviceKind.FIDO: 0}
WIDEST_WINDOW = {DeviceKind.HOTP: 10, DeviceKind.TOTP: 2, DeviceKind.AUTHENTICATOR: 0, DeviceKind.FIDO: 0}


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a new device is to be.

    Attributes:
        serial: Its name for people, 1 to 64 characters.
        kind: HOTP or TOTP token, or an authenticator for push approvals or FIDO keys, which has no seed.
        seed: Raw seed, 16 to 128 bytes; ``None`` to have one made.
        digits: Length of its codes, 6 to 8.
        algorithm: ``sha1``, ``sha256`` or ``sha512``.
        period: TOTP: 30 or 60 seconds.
        window: HOTP: look-ahead, 1 to 10; TOTP: steps on each side, 0 to 2; ``None`` for 10 and 1.
        counter: HOTP: the next counter, 0 if the device is new.
        hardware: Whether its seed is in a thing that was bought, and not in an app.
    """

    serial: str
    kind: DeviceKind
    seed: bytes | None = field(default=None, repr=False)
    digits: int = DEFAULT_DIGITS
    algorithm: Algorithm = "sha1"
    period: int = DEFAULT_PERIOD
    window: int | None = None
    counter: int = 0
    hardware: bool = False

    def require_good(self) -> None:
        """Return if every field is in its range.

        Raises:
            MalformedRequestError: one is not; the text names the rule.
        """
        require_text("serial", folded(self.serial) or None, longest=LONGEST_SERIAL)
        narrowest, widest = NARROWEST_WINDOW[self.kind], WIDEST_WINDOW[self.kind]
        rules = {
            f"digits must be from {SHORTEST} to {LONGEST}.": SHORTEST <= self.digits <= LONGEST,
            f"algorithm must be one of {', '.join(ALGORITHMS)}.": self.algorithm in ALGORITHMS,
            "period must be 30 or 60 seconds.": self.period in PERIODS,
            f"window must be from {narrowest} to {widest}.": narrowest <= self.chosen_window <= widest,
            "counter must be from 0 to 2147483647.": 0 <= self.counter < 2**31,
            f"The seed must have from {FEWEST_SEED_BYTES} to {MOST_SEED_BYTES} bytes.": self.seed is None
            or FEWEST_SEED_BYTES <= len(self.seed) <= MOST_SEED_BYTES,
        }
        for text, obeyed in rules.items():
            if not obeyed:
                raise MalformedRequestError(text)

    @property
    def chosen_window(self) -> int:
        """The window, or the default of its kind."""
        return DEFAULT_WINDOW[self.kind] if self.window is None else self.window


def parse_seed(text: str) -> bytes:
    """Return the seed that *text* spells: hex if it is hex, else Base32, with or without spaces and padding.

    Raises:
        MalformedRequestError: it is neither.

    >>> parse_seed("3132333435363738393031323334353637383930") == parse_seed("GEZD GNBV GY3T QOJQ GEZDGNBVGY3TQOJQ")
    True
    """
    bare = "".join(text.split())
    try:
        return bytes.fromhex(bare)
    except ValueError:
        bare = bare.rstrip("=").upper()
    try:
        return base64.b32decode(bare + "=" * (-len(bare) % 8))
    except ValueError as error:
        raise MalformedRequestError("The seed is neither hex nor Base32.") from error


@dataclass(frozen=True, slots=True)
class DeviceRegister:
    """Keeps the list of devices."""

    database: Database
    devices: Devices
    users: Users
    seeds: Seeds
    clock: Clock
    randomness: Randomness

    def add(self, call: Call, tenant: Tenant, enrolment: Enrolment) -> bytes:
        """Give a device to the user of *call*.

        Returns:
            The seed, for the token's own enrolment; empty for an authenticator.

        Raises:
            MalformedRequestError: a field of *enrolment* is out of range.
            NotFoundError: there is no such user.
            ConflictError: the tenant has this serial.
        """
        enrolment.require_good()
        user = require_user(self.database, self.users, call, tenant)
        return self._add(call, tenant, enrolment, user.id)

    def stock(self, call: Call, tenant: Tenant, enrolment: Enrolment) -> bytes:
        """Put an OATH device in stock: it is nobody's, and verifies nobody, until it is assigned.

        Returns:
            The seed.

        Raises:
            PolicyError: it is no OATH device.
            MalformedRequestError, ConflictError: as :meth:`add`.
        """
        enrolment.require_good()
        if enrolment.kind not in OATH_KINDS:
            raise PolicyError("Only tokens with a seed can be nobody's.")
        call.tenant_id = tenant.id
        return self._add(call, tenant, enrolment, None)

    def _add(self, call: Call, tenant: Tenant, enrolment: Enrolment, user_id: int | None) -> bytes:
        oath = enrolment.kind in OATH_KINDS
        seed = (enrolment.seed or self.randomness(SEED_BYTES[enrolment.algorithm])) if oath else b""
        now = self.clock.now()
        with self.database.write() as transaction:
            self.devices.add(
                transaction,
                tenant.id,
                user_id=user_id,
                serial=enrolment.serial,
                kind=enrolment.kind,
                sealed_seed=self.seeds.seal(transaction, tenant.id, enrolment.serial, seed) if oath else None,
                digits=enrolment.digits,
                algorithm=enrolment.algorithm,
                period=enrolment.period,
                window=enrolment.chosen_window,
                last_spent=enrolment.counter - 1,
                at=now,
                activated=not (oath and tenant.settings.devices_need_activation),
                hardware=enrolment.hardware,
            )
            transaction.record(AuditEvent(EventName.DEVICE_ADD, DONE, call, now, enrolment.serial))
        return seed

    def free_serial(self) -> str:
        """Return a serial that hardly any device can have: 12 random digits."""
        return f"VS-{random_digits(self.randomness, GENERATED_SERIAL_DIGITS)}"

    def find(self, call: Call, tenant: Tenant, serial: str) -> Device:
        """Return a device of the user of *call* or in stock, or, if the call is about nobody, any of the tenant.

        Raises:
            DeviceNotFoundError: there is no such device.
        """
        call.tenant_id = tenant.id
        with self.database.read() as session:
            device = self.devices.find(session, tenant.id, serial)
        if device is None or call.user.key not in (NOBODY.key, (device.user or call.user).key):
            raise _no_device(serial)
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.DEVICE_FIND, DONE, call, self.clock.now(), device.serial))
        return device

    def listing(self, tenant: Tenant, user: UserName | None = None) -> list[Device]:
        """Return all devices of *tenant*, or of one user."""
        with self.database.read() as session:
            return list(self.devices.listing(session, tenant.id, user))

    def set_enabled(self, call: Call, tenant: Tenant, serial: str, *, enabled: bool) -> None:
        """Enable or disable a device of the user of *call*, or, if that is nobody, of the tenant.

        Raises:
            DeviceNotFoundError: there is no such device.
        """
        require_owner(self.database, self.devices, call, tenant, serial)
        event = EventName.DEVICE_ENABLE if enabled else EventName.DEVICE_DISABLE
        with self.database.write() as transaction:
            if not self.devices.set_enabled(transaction, tenant.id, serial, enabled=enabled):
                raise _no_device(serial)
            transaction.record(AuditEvent(event, DONE, call, self.clock.now(), serial))

    def delete(self, call: Call, tenant: Tenant, serial: str) -> None:
        """Delete a device of the user of *call*, or, if that is nobody, of the tenant, and its seed.

        Raises:
            DeviceNotFoundError: there is no such device.
        """
        require_owner(self.database, self.devices, call, tenant, serial)
        with self.database.write() as transaction:
            if not self.devices.delete(transaction, tenant.id, serial):
                raise _no_device(serial)
            transaction.record(AuditEvent(EventName.DEVICE_DELETE, DONE, call, self.clock.now(), serial))

    def assign(self, call: Call, tenant: Tenant, serial: str, *, force: bool = False) -> None:
        """Give an OATH device to the user of *call*; one that the user has stays as it is.

        Args:
            call: Who asks, about which user.
            tenant: The user's tenant.
            serial: A device in stock.
            force: Whether to take it from whoever has it.

        Raises:
            NotFoundError: there is no such user.
            DeviceNotFoundError: there is no such OATH device.
            ConflictError: it is somebody else's.
        """
        user = require_user(self.database, self.users, call, tenant)
        activated = not tenant.settings.devices_need_activation
        with self.database.write() as transaction:
            if not self.devices.assign(transaction, tenant.id, serial, user.id, force=force, activated=activated):
                found = self.devices.find_oath(transaction, tenant.id, serial)
                if found is None:
                    raise _no_device(serial)
                if found[0] != user.id:
                    raise ConflictError(f"The device {serial} is somebody else's.")
            transaction.record(AuditEvent(EventName.DEVICE_ASSIGN, DONE, call, self.clock.now(), serial))

    def unassign(self, call: Call, tenant: Tenant, serial: str) -> None:
        """Put an OATH device of the user of *call*, or, if that is nobody, of the tenant, in stock.

        Raises:
            DeviceNotFoundError: there is no such OATH device.
        """
        require_owner(self.database, self.devices, call, tenant, serial)
        with self.database.write() as transaction:
            if not self.devices.unassign(transaction, tenant.id, serial):
                raise _no_device(serial)
            transaction.record(AuditEvent(EventName.DEVICE_UNASSIGN, DONE, call, self.clock.now(), serial))

    def resynchronise(self, call: Call, tenant: Tenant, serial: str, first: TypedCode, second: TypedCode) -> Decision:
        """Find a device that ran away, by two consecutive codes: see :func:`second_of_pair`.  Both are spent.

        The device is one of the user of *call*, or, if that is nobody, of the tenant.

        Returns:
            ``ACCEPTED``; ``WRONG_CODE``, which counts as a failure of the user; ``REPLAYED`` if somebody was faster.

        Raises:
            DeviceNotFoundError: there is no such OATH device.
        """
        return self._move(call, tenant, serial, (first, second), EventName.DEVICE_RESYNC, self.devices.resynchronise)

    def activate(self, call: Call, tenant: Tenant, serial: str, first: TypedCode, second: TypedCode) -> Decision:
        """Do the same, and accept the device's codes from now on.

        Raises:
            DeviceNotFoundError: as :meth:`resynchronise`.
        """
        return self._move(call, tenant, serial, (first, second), EventName.DEVICE_ACTIVATE, self.devices.activate)

    def _move(
        self,
        call: Call,
        tenant: Tenant,
        serial: str,
        pair: tuple[TypedCode, TypedCode],
        event: EventName,
        move: Callable[..., bool],
    ) -> Decision:
        """Let *move* take the device to where *pair* says that it is; count a failure if it is nowhere."""
        user_id, device = require_oath_device(self.database, self.devices, call, tenant, serial)
        now = self.clock.now()
        place = second_of_pair(device, self.seeds.open(tenant.id, device), *pair, now // MICROSECONDS)
        if place is None:
            wrong = AuditEvent(event, Outcome.WRONG_CODE, call, now, serial)
            self.database.commit(self.devices.counting_failure(user_id or 0, now), wrong)
            return Decision(Outcome.WRONG_CODE, serial)
        drift = place - step_at(now // MICROSECONDS, device.period) if device.kind is DeviceKind.TOTP else 0
        with self.database.write() as transaction:
            moved = move(transaction, device.id, spent=place, drift=drift, at=now)
            outcome = Outcome.ACCEPTED if moved else Outcome.REPLAYED
            transaction.record(AuditEvent(event, outcome, call, now, serial))
        return Decision(outcome, serial)


def require_oath_device(
    database: Database, devices: Devices, call: Call, tenant: Tenant, serial: str
) -> tuple[int | None, OathDevice]:
    """Return an OATH device of the user of *call*, or, if that is nobody, of the tenant; and its user's number.

    The number is ``None`` if the device is in stock.

    Raises:
        DeviceNotFoundError: there is no such OATH device.
    """
    require_owner(database, devices, call, tenant, serial)
    with database.read() as session:
        found = devices.find_oath(session, tenant.id, serial)
    if found is None:
        raise _no_device(serial)
    return found


def require_owner(database: Database, devices: Devices, call: Call, tenant: Tenant, serial: str) -> None:
    """Return if there is such a device, and *call* names its user or nobody.

    Raises:
        DeviceNotFoundError: there is none, or it is another's or nobody's.
    """
    call.tenant_id = tenant.id
    with database.read() as session:
        device = devices.find(session, tenant.id, serial)
    if device is None or call.user.key not in (NOBODY.key, (device.user or NOBODY).key):
        raise _no_device(serial)


def _no_device(serial: str) -> DeviceNotFoundError:
    return DeviceNotFoundError(f"There is no such device: {serial}.")
