"""One-time passwords: verify, once and for ever."""

from dataclasses import dataclass, replace
from functools import partial

from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.callers import Gate
from validate_service.core.calls import Call
from validate_service.core.errors import UnavailableError
from validate_service.core.fields import folded
from validate_service.core.lockout import MICROSECONDS, LockoutPolicy, is_locked, tolerated_more
from validate_service.core.model import DeviceKind, Factor, Instant, OathDevice, Scope, Subject, User
from validate_service.core.outcomes import COUNTED, Decision, Outcome
from validate_service.core.ports import Clock, Database, Devices
from validate_service.core.seeds import Seeds
from validate_service.core.typed_codes import TypedCode, spelled
from validate_service.primitives.hotp import match_counter
from validate_service.primitives.totp import match_step, step_at

MOST_DRIFT = 10
"""Steps by which a device's clock may be off before an operator must resynchronise it."""

TRIES = 8
"""How often one attempt is judged anew because others changed the same user meanwhile."""

_DECOY = OathDevice(
    id=0,
    serial="",
    kind=DeviceKind.HOTP,
    sealed_seed=b"",
    digits=6,
    algorithm="sha1",
    period=30,
    window=10,
    last_spent=-1,
    drift=0,
    enabled=False,
    activated=False,
    failures=0,
)
_DECOY_SEED = bytes(20)


@dataclass(frozen=True, slots=True)
class Match:
    """A device that made the code.

    Attributes:
        device: The device.
        spent: The counter or step that makes the code.
        drift: The device's drift from now on.
    """

    device: OathDevice
    spent: int
    drift: int


@dataclass(frozen=True, slots=True)
class OtpVerifier:
    """Verifies one-time passwords of all OATH devices of a user."""

    gate: Gate
    database: Database
    devices: Devices
    seeds: Seeds
    clock: Clock

    def verify(self, call: Call, otp: TypedCode, *, serial: str = "") -> Decision:
        """Decide whether *otp* is a fresh code of one of the user's devices, and spend it if so.

        Args:
            call: Who calls about whom.
            otp: What the user typed; only exactly as many ASCII digits as the device shows can match.
            serial: The one device of the user that may have made it; empty for any.

        Returns:
            ``ACCEPTED`` at most once per code, also for simultaneous calls (RFC 6238 section 5.2); else the reason.

        Raises:
            CallerNotAuthorizedError, AddressNotAllowedError: as :meth:`Gate.admit`.
            UnavailableError: the database or the key ring does not answer, or too many others were faster.
        """
        for _ in range(TRIES):
            now = self.clock.now()
            subject = _only_with(serial, self.gate.admit_with_devices(call, Scope.VALIDATE))
            decision, match = self._judge(subject, otp, now)
            if self._commit(call, subject, decision, match, now):
                return decision
        raise UnavailableError("too many simultaneous attempts for one user")

    def _judge(self, subject: Subject, otp: TypedCode, now: Instant) -> tuple[Decision, Match | None]:
        """Decide by what was read; nothing is changed yet."""
        if not subject.devices:
            # A user who has no device, or does not exist, costs as much time as one who does.
            _match_in(_DECOY, _DECOY_SEED, otp, now)
        matches = [self._match(subject, device, otp, now) for device in subject.devices]
        user = subject.user
        if user is None:
            return Decision(Outcome.UNKNOWN_USER), None
        if is_locked(user.failures, now, subject.tenant.settings.lockout):
            return Decision(Outcome.LOCKED), None
        if Factor.OTP not in user.factors:
            return Decision(Outcome.NOT_ALLOWED), None
        if not subject.devices:
            return Decision(Outcome.NOT_ENROLLED), None
        return _best_of(user.enabled, matches)

    def _match(
        self, subject: Subject, device: OathDevice, otp: TypedCode, now: Instant
    ) -> tuple[Outcome, Match | None]:
        seed = self.seeds.open(subject.tenant.id, device)
        spent = _match_in(device, seed, otp, now)
        if spent is None:
            return Outcome.WRONG_CODE, None
        match = Match(device, spent, _drift_after(device, spent, now))
        if spent <= device.last_spent:
            return Outcome.REPLAYED, match
        return _standing(device) or Outcome.ACCEPTED, match

    def _commit(self, call: Call, subject: Subject, decision: Decision, match: Match | None, now: Instant) -> bool:
        """Write the decision; ``False`` if it is no longer true, because somebody else was faster."""
        event = AuditEvent(EventName.OTP_VERIFY, decision.outcome, call, now, decision.device)
        if match is not None and subject.user is not None and decision.accepted:
            spending = self.devices.spending(
                match.device.id,
                spent=match.spent,
                drift=match.drift,
                most_failures=_most_failures(subject.user, match.device, subject.tenant.settings.lockout),
                at=now,
            )
            return self.database.commit_if_changed(spending, event)
        # A statement that touches no row costs as much time as one that counts a failure.
        counted = call.user_id if decision.outcome in COUNTED else None
        self.database.commit(self.devices.counting_failure(counted or 0, now), event)
        return True


def _only_with(serial: str, subject: Subject) -> Subject:
    """Return *subject* without the devices that have another serial; failures stay those of all."""
    if not serial:
        return subject
    wanted = folded(serial)
    return replace(subject, devices=tuple(device for device in subject.devices if folded(device.serial) == wanted))


def _standing(device: OathDevice) -> Outcome | None:
    """Return why no code of *device* is accepted, or ``None``."""
    if not device.enabled:
        return Outcome.DEVICE_DISABLED
    return None if device.activated else Outcome.NOT_ACTIVATED


def _best_of(user_enabled: bool, matches: list[tuple[Outcome, Match | None]]) -> tuple[Decision, Match | None]:  # noqa: FBT001
    """Return the best that any device has to say: one good code is enough."""
    for wanted in (Outcome.ACCEPTED, Outcome.REPLAYED, Outcome.DEVICE_DISABLED, Outcome.NOT_ACTIVATED):
        for outcome, match in matches:
            if outcome is wanted and match is not None:
                reported = wanted if user_enabled else Outcome.DISABLED
                return Decision(reported, match.device.serial), match
    return Decision(Outcome.WRONG_CODE), None


def _match_in(device: OathDevice, seed: bytes, otp: TypedCode, now: Instant) -> int | None:
    """Return the counter or step that makes *otp*: a fresh one, or else one that was spent.

    A code typed twice is told from a wrong one, in the audit trail and in what is counted.  One code of a million looks
    like the code before it; that is no replay.
    """
    match = _match_hotp if device.kind is DeviceKind.HOTP else _match_totp
    fresh, spent = match(device, seed, spelled(otp, device.digits), now)
    return spent if fresh is None else fresh


def _match_hotp(device: OathDevice, seed: bytes, otp: str, _now: Instant) -> tuple[int | None, int | None]:
    match = partial(match_counter, seed, otp, digits=device.digits, algorithm=device.algorithm)
    fresh = match(last_counter=device.last_spent, look_ahead=device.window)
    return fresh, match(last_counter=max(device.last_spent - 1, -1), look_ahead=int(device.last_spent >= 0))


def _match_totp(device: OathDevice, seed: bytes, otp: str, now: Instant) -> tuple[int | None, int | None]:
    match = partial(
        match_step,
        seed,
        otp,
        now=now // MICROSECONDS,
        drift=device.drift,
        window=device.window,
        period=device.period,
        digits=device.digits,
        algorithm=device.algorithm,
    )
    return match(last_step=device.last_spent), match(last_step=-1)


def _drift_after(device: OathDevice, spent: int, now: Instant) -> int:
    """Return the drift to remember: one step nearer to what was seen, never beyond the limit (RFC 6238 section 6).

    An operator may have resynchronised the device beyond the limit; then that is as far as it may be off.
    """
    if device.kind is DeviceKind.HOTP:
        return 0
    seen = spent - step_at(now // MICROSECONDS, device.period)
    moved = device.drift + (seen > device.drift) - (seen < device.drift)
    most = max(MOST_DRIFT, abs(device.drift))
    return max(-most, min(moved, most))


def _most_failures(user: User, device: OathDevice, policy: LockoutPolicy) -> int:
    """Return up to how many failures, of the device and of the user's other factors, the decision stands."""
    return device.failures + user.failures.other + tolerated_more(user.failures, policy)
