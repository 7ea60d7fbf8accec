"""Devices: enrol, resynchronise, disable, delete; for operators."""

import base64
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import NOBODY, Call
from validate_service.core.errors import MalformedRequestError, NotFoundError
from validate_service.core.fields import folded, require_text
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import OATH_KINDS, Device, DeviceKind, OathDevice, Tenant
from validate_service.core.names import UserName
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Clock, Database, Devices, Randomness, Users
from validate_service.core.seeds import Seeds
from validate_service.core.typed_codes import TypedCode, spelled
from validate_service.core.users import require_user
from validate_service.primitives.codes import random_digits
from validate_service.primitives.hotp import ALGORITHMS, LONGEST, SHORTEST, Algorithm, match_counter
from validate_service.primitives.totp import step_at

LONGEST_SERIAL = 64
FEWEST_SEED_BYTES, MOST_SEED_BYTES = 16, 128
SEED_BYTES: dict[Algorithm, int] = {"sha1": 20, "sha256": 32, "sha512": 64}
"""Length of generated seeds: that of the HMAC's output (RFC 4226 section 4 R6, RFC 6238 section 3 R7)."""

PERIODS = (30, 60)
GENERATED_SERIAL_DIGITS = 12
DEFAULT_DIGITS, DEFAULT_PERIOD = 6, 30
RESYNC_LOOK_AHEAD = 100
RESYNC_STEPS = 20
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
    """

    serial: str
    kind: DeviceKind
    seed: bytes | None = None
    digits: int = DEFAULT_DIGITS
    algorithm: Algorithm = "sha1"
    period: int = DEFAULT_PERIOD
    window: int | None = None
    counter: int = 0

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
        oath = enrolment.kind in OATH_KINDS
        seed = (enrolment.seed or self.randomness(SEED_BYTES[enrolment.algorithm])) if oath else b""
        now = self.clock.now()
        with self.database.write() as transaction:
            self.devices.add(
                transaction,
                tenant.id,
                user_id=user.id,
                serial=enrolment.serial,
                kind=enrolment.kind,
                sealed_seed=self.seeds.seal(tenant.id, enrolment.serial, seed) if oath else None,
                digits=enrolment.digits,
                algorithm=enrolment.algorithm,
                period=enrolment.period,
                window=enrolment.chosen_window,
                last_spent=enrolment.counter - 1,
                at=now,
            )
            transaction.record(AuditEvent(EventName.DEVICE_ADD, DONE, call, now, enrolment.serial))
        return seed

    def free_serial(self) -> str:
        """Return a serial that hardly any device can have: 12 random digits."""
        return f"VS-{random_digits(self.randomness, GENERATED_SERIAL_DIGITS)}"

    def find(self, call: Call, tenant: Tenant, serial: str) -> Device:
        """Return a device of the user of *call*, or, if that is nobody, of the tenant.

        Raises:
            NotFoundError: there is no such device.
        """
        call.tenant_id, device = tenant.id, self._get(call, tenant, serial)
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
            NotFoundError: there is no such device.
        """
        self._require_owner(call, tenant, serial)
        event = EventName.DEVICE_ENABLE if enabled else EventName.DEVICE_DISABLE
        with self.database.write() as transaction:
            if not self.devices.set_enabled(transaction, tenant.id, serial, enabled=enabled):
                raise _no_device(serial)
            transaction.record(AuditEvent(event, DONE, call, self.clock.now(), serial))

    def delete(self, call: Call, tenant: Tenant, serial: str) -> None:
        """Delete a device of the user of *call*, or, if that is nobody, of the tenant, and its seed.

        Raises:
            NotFoundError: there is no such device.
        """
        self._require_owner(call, tenant, serial)
        with self.database.write() as transaction:
            if not self.devices.delete(transaction, tenant.id, serial):
                raise _no_device(serial)
            transaction.record(AuditEvent(EventName.DEVICE_DELETE, DONE, call, self.clock.now(), serial))

    def resynchronise(self, call: Call, tenant: Tenant, serial: str, first: TypedCode, second: TypedCode) -> Decision:
        """Find a device that ran away, by two consecutive codes (RFC 4226 section 7.4).

        The device is one of the user of *call*, or, if that is nobody, of the tenant.

        The codes are looked for among the next 100 counters, or within 20 steps on each side.  Both are spent.

        Returns:
            ``ACCEPTED``; ``WRONG_CODE``, which counts as a failure of the user; ``REPLAYED`` if somebody was faster.

        Raises:
            NotFoundError: there is no such OATH device.
        """
        self._require_owner(call, tenant, serial)
        with self.database.read() as session:
            found = self.devices.find_oath(session, tenant.id, serial)
        if found is None:
            raise _no_device(serial)
        (user_id, device), now = found, self.clock.now()
        place = _second_of_pair(device, self.seeds.open(tenant.id, device), first, second, now // MICROSECONDS)
        outcome = Outcome.WRONG_CODE
        with self.database.write() as transaction:
            if place is None:
                self.devices.count_failure(transaction, user_id, now)
            else:
                drift = place - step_at(now // MICROSECONDS, device.period) if device.kind is DeviceKind.TOTP else 0
                moved = self.devices.resynchronise(transaction, device.id, spent=place, drift=drift, at=now)
                outcome = Outcome.ACCEPTED if moved else Outcome.REPLAYED
            transaction.record(AuditEvent(EventName.DEVICE_RESYNC, outcome, call, now, serial))
        return Decision(outcome, serial)

    def _require_owner(self, call: Call, tenant: Tenant, serial: str) -> None:
        """Return if *call* names nobody, or whose device it is."""
        call.tenant_id = tenant.id
        if call.user != NOBODY:
            self._get(call, tenant, serial)

    def _get(self, call: Call, tenant: Tenant, serial: str) -> Device:
        with self.database.read() as session:
            device = self.devices.find(session, tenant.id, serial)
        if device is None or call.user.key not in (NOBODY.key, device.user.key):
            raise _no_device(serial)
        return device


def _second_of_pair(device: OathDevice, seed: bytes, first: TypedCode, second: TypedCode, now_s: int) -> int | None:
    """Return the counter or step of *second* where *first* is the one before, or ``None``."""
    follower = spelled(second, device.digits)
    for step in _candidates(device, seed, spelled(first, device.digits), now_s):
        exact = match_counter(
            seed, follower, last_counter=step, look_ahead=1, digits=device.digits, algorithm=device.algorithm
        )
        if exact is not None:
            return exact
    return None


def _candidates(device: OathDevice, seed: bytes, code: str, now_s: int) -> list[int]:
    """Return every unspent counter or step in the wide window that makes *code*."""
    if device.kind is DeviceKind.HOTP:
        first, last = device.last_spent + 1, device.last_spent + RESYNC_LOOK_AHEAD
    else:
        centre = step_at(now_s, device.period)
        first, last = max(device.last_spent + 1, centre - RESYNC_STEPS, 0), centre + RESYNC_STEPS
    return [
        step
        for step in range(first, last + 1)
        if match_counter(
            seed, code, last_counter=step - 1, look_ahead=1, digits=device.digits, algorithm=device.algorithm
        )
        is not None
    ]


def _no_device(serial: str) -> NotFoundError:
    return NotFoundError(f"There is no such device: {serial}.")
