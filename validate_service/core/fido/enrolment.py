"""Security keys of a user: enrol, delete; for administrators."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.devices import DeviceRegister, Enrolment
from validate_service.core.errors import DeviceNotFoundError, PolicyError
from validate_service.core.fido.applications import facets_of, require_app_id
from validate_service.core.fido.challenges import ChallengeDesk
from validate_service.core.fields import LONGEST_NAME, folded, require_text
from validate_service.core.model import (
    Challenge,
    DeviceKind,
    Factor,
    FidoDevice,
    FidoKey,
    FidoProtocol,
    FidoRequest,
    FidoStep,
    Registration,
    Tenant,
    User,
)
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Clock, Database, FidoChallenges, FidoKeys, KeyRingSource, Users
from validate_service.core.users import require_user
from validate_service.primitives.fido import u2f, webauthn
from validate_service.primitives.fido.client_data import Question
from validate_service.primitives.fido.flaws import FidoRefusedError
from validate_service.primitives.fido.registered_key import RegisteredKey
from validate_service.primitives.keyed_hash import keyed_hash

_Verify: TypeAlias = Callable[[Question, bytes, bytes], RegisteredKey]
_VERIFY: Mapping[FidoProtocol, _Verify] = {
    FidoProtocol.U2F: u2f.verify_registration,
    FidoProtocol.WEBAUTHN: webauthn.verify_registration,
}


@dataclass(frozen=True, slots=True)
class FidoEnrolmentDesk:
    """Enrols security keys, and deletes them."""

    database: Database
    users: Users
    fido_keys: FidoKeys
    challenges: FidoChallenges
    challenge_desk: ChallengeDesk
    device_register: DeviceRegister
    keys: KeyRingSource
    clock: Clock

    def ask(self, call: Call, tenant: Tenant, protocol: FidoProtocol, app_id: str) -> FidoRequest:
        """Return what a browser is to ask of a key that the user of *call* is to have for *app_id*.

        Raises:
            NotFoundError: there is no such user.
            MalformedRequestError: *app_id* is no application.
            PolicyError: the user's authentication set does not hold FIDO keys.
        """
        require_app_id(app_id)
        user = self._require_eligible(call, tenant)
        with self.database.read() as session:
            there = tuple(self.fido_keys.of_user(session, user.id, app_id))
        challenge = self.challenge_desk.issue(call, tenant, user.id, FidoStep.ENROL, protocol, app_id)
        user_handle = keyed_hash(self.keys.current().lookup_key, "fido_user", user.id)
        return FidoRequest(challenge, there, user_handle)

    def enrol(
        self,
        call: Call,
        tenant: Tenant,
        protocol: FidoProtocol,
        challenge_id: str,
        registration: Registration,
        *,
        name: str = "",
        serial: str = "",
    ) -> FidoKey | Decision:
        """Check the answer of a new key, and keep the key.

        Args:
            call: Who asks, about which user.
            tenant: The user's tenant.
            protocol: How the answer was made.
            challenge_id: Which challenge it answers.
            registration: The answer.
            name: What the key is to be called; at most 256 characters.
            serial: The FIDO device of the user that is to hold it; empty for one that has none yet, or a new one.

        Returns:
            The key, or the decision that says why there is none: a flaw of the answer; ``UNKNOWN_CHALLENGE`` if the
            challenge was not handed out for this user and step, or was used; ``EXPIRED``; ``DEVICE_DISABLED``.

        Raises:
            NotFoundError: there is no such user.
            DeviceNotFoundError: the user has no such device.
            PolicyError: the user's authentication set does not hold FIDO keys.
            ConflictError: the key is enrolled already, or the device holds a key for this application.
        """
        require_text("securityKeyName", name, longest=LONGEST_NAME)
        user = self._require_eligible(call, tenant)
        with self.database.read() as session:
            challenge = self.challenge_desk.find(session, user.id, FidoStep.ENROL, protocol, challenge_id)
        if challenge is None:
            return self._refuse(call, Outcome.UNKNOWN_CHALLENGE, None)
        if self.clock.now() >= challenge.expires_at:
            return self._refuse(call, Outcome.EXPIRED, challenge)
        question = Question(challenge.app_id, facets_of(tenant.settings, challenge.app_id), challenge.challenge)
        try:
            registered = _VERIFY[protocol](question, registration.client_data, registration.message)
        except FidoRefusedError as refused:
            return self._refuse(call, Outcome(refused.flaw.value), challenge)
        device = self._device(call, tenant, user, challenge.app_id, serial)
        if not device.enabled:
            return self._refuse(call, Outcome.DEVICE_DISABLED, challenge)
        return self._keep(call, tenant, challenge, registered, device, name)

    def delete(
        self, call: Call, tenant: Tenant, app_id: str, *, handle: bytes | None = None, name: str | None = None
    ) -> int:
        """Delete keys of the user of *call*.

        Args:
            call: Who asks, about which user.
            tenant: The user's tenant.
            app_id: The application; empty for all.
            handle: Only the key with this handle.
            name: Only keys of this name, in any case.

        Returns:
            How many there were.

        Raises:
            NotFoundError: there is no such user.
        """
        user = require_user(self.database, self.users, call, tenant)
        with self.database.write() as transaction:
            chosen = [
                key
                for key in self.fido_keys.of_user(transaction, user.id, app_id)
                if handle in (None, key.handle) and (name is None or folded(name) == folded(key.name))
            ]
            for key in chosen:
                self.fido_keys.delete(transaction, key.id)
                transaction.record(AuditEvent(EventName.FIDO_DELETE, DONE, call, self.clock.now(), key.device))
        return len(chosen)

    def _require_eligible(self, call: Call, tenant: Tenant) -> User:
        user = require_user(self.database, self.users, call, tenant)
        if Factor.FIDO not in user.factors:
            raise PolicyError("The user's authentication set does not hold fido.")
        return user

    def _device(self, call: Call, tenant: Tenant, user: User, app_id: str, serial: str) -> FidoDevice:
        """Return the device that is to hold the new key."""
        with self.database.read() as session:
            devices = self.fido_keys.devices(session, user.id, app_id)
        if serial:
            return _device_called(serial, devices)
        free = [device for device in devices if not device.holds_key]
        if free:
            return next((device for device in free if device.enabled), free[0])
        enrolment = Enrolment(self.device_register.free_serial(), DeviceKind.FIDO)
        self.device_register.add(call, tenant, enrolment)
        return self._device(call, tenant, user, app_id, enrolment.serial)

    def _keep(
        self,
        call: Call,
        tenant: Tenant,
        challenge: Challenge,
        registered: RegisteredKey,
        device: FidoDevice,
        name: str,
    ) -> FidoKey | Decision:
        now = self.clock.now()
        key = FidoKey(
            id=0,
            device=device.serial,
            device_enabled=True,
            app_id=challenge.app_id,
            name=name,
            protocol=challenge.protocol,
            handle=registered.handle,
            public_key=registered.public_key,
            counter=registered.counter,
        )
        with self.database.write() as transaction:
            outcome = (
                Outcome.ACCEPTED
                if self.challenges.consume(transaction, call.user_id or 0, challenge.id)
                else Outcome.REPLAYED
            )
            if outcome is Outcome.ACCEPTED:
                self.fido_keys.add(transaction, tenant.id, device.id, key, now)
            transaction.record(AuditEvent(EventName.FIDO_ENROL, outcome, call, now, device.serial))
        return key if outcome is Outcome.ACCEPTED else Decision(outcome)

    def _refuse(self, call: Call, outcome: Outcome, challenge: Challenge | None) -> Decision:
        """Note why there is no new key; the challenge is used up by that."""
        with self.database.write() as transaction:
            if challenge is not None:
                self.challenges.consume(transaction, call.user_id or 0, challenge.id)
            transaction.record(AuditEvent(EventName.FIDO_ENROL, outcome, call, self.clock.now()))
        return Decision(outcome)


def _device_called(serial: str, devices: Sequence[FidoDevice]) -> FidoDevice:
    for device in devices:
        if folded(device.serial) == folded(serial):
            return device
    raise DeviceNotFoundError(f"There is no such device: {serial}.")
