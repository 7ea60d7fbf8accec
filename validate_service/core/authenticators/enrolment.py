"""Enrolment of phones: whoever opened a link makes a key, shows that it is there, and has an authenticator."""

import unicodedata
from dataclasses import dataclass

from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.authenticators.identity import speak_for
from validate_service.core.authenticators.proofs import Proofs
from validate_service.core.authenticators.sessions import PhoneSessionDesk
from validate_service.core.calls import Call
from validate_service.core.devices import DEFAULT_DIGITS, DEFAULT_PERIOD
from validate_service.core.enrolments import hash_of_token
from validate_service.core.errors import MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.fields import require_text
from validate_service.core.model import (
    DeviceKind,
    EnrolledPhone,
    Factor,
    Instant,
    Invitation,
    KeyKind,
    NewKey,
    NewPasskey,
    Owner,
)
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import (
    Authenticators,
    Clock,
    Database,
    Devices,
    Enrolments,
    KeyRingSource,
    Transaction,
)
from validate_service.primitives.device_keys import uid_of
from validate_service.primitives.fido.flaws import FidoRefusedError
from validate_service.primitives.fido.registered_key import RegisteredKey
from validate_service.primitives.keyed_hash import keyed_hash
from validate_service.primitives.phone_statements import enrolment_statement

LONGEST_PHONE_NAME = 64
SERIAL_DIGITS = (8, 12, 16, 32)
"""So many digits of a phone's id stand in its serial: the fewest that no other device of the tenant has."""


@dataclass(frozen=True, slots=True)
class PhoneEnrolmentDesk:
    """Makes phones the authenticators of their users."""

    database: Database
    enrolments: Enrolments
    devices: Devices
    authenticators: Authenticators
    sessions: PhoneSessionDesk
    proofs: Proofs
    keys: KeyRingSource
    clock: Clock

    def open(self, call: Call, token: str) -> Invitation:
        """Return what the link with *token* is good for; nothing is changed.

        Raises:
            NotFoundError: it is unknown, used or expired, or its user is disabled: one text for all.
            PolicyError: the user's authentication set does not hold pushes any more.
        """
        owner, expires_at = self._invited(call, token)
        settings, lookup_key = owner.tenant.settings, self.keys.current().lookup_key
        return Invitation(
            user=owner.user.name,
            organisation=settings.organisation,
            language=owner.language,
            kind=KeyKind.PASSKEY if settings.phones_need_passkey else KeyKind.WEBCRYPTO,
            challenge=self._challenge(token),
            user_handle=keyed_hash(lookup_key, "phone user", owner.user.id),
            expires_at=expires_at,
        )

    def enrol(self, call: Call, token: str, name: str, key: NewKey | NewPasskey) -> EnrolledPhone | Decision:
        """Use the link with *token* up, keep the new key, and let its phone in.

        Args:
            call: Who asks.
            token: The link's token.
            name: What the user calls the phone, 1 to 64 characters.
            key: The key, which has signed the link's challenge and *name*.

        Returns:
            The phone, or the decision that says what is wrong with the key; then the link stays good.

        Raises:
            NotFoundError, PolicyError: as :meth:`open`; also if somebody else used the link meanwhile, and if the
                tenant asks for a passkey and this is none.
            MalformedRequestError: *name* is empty, too long, or holds a character that shows nothing.
            ConflictError: the key is enrolled already.
        """
        _require_phone_name(name)
        owner, _ = self._invited(call, token)
        if owner.tenant.settings.phones_need_passkey and isinstance(key, NewKey):
            raise PolicyError("A phone must have a passkey here.")
        try:
            registered = self.proofs.new_key(key, enrolment_statement(self._challenge(token), name))
        except FidoRefusedError as refused:
            return self._refuse(call, Outcome(refused.flaw.value))
        kind = KeyKind.WEBCRYPTO if isinstance(key, NewKey) else KeyKind.PASSKEY
        uid, now = uid_of(registered.public_key), self.clock.now()
        with self.database.write() as transaction:
            if not self.enrolments.use(transaction, hash_of_token(self.keys.current(), token), now):
                raise _not_good()
            serial = self._add_device(transaction, owner, uid, now)
            device_id = self._add_key(transaction, owner, serial, name, kind, registered)
            call.caller = serial
            session = self.sessions.admit(transaction, device_id, now)
            transaction.record(AuditEvent(EventName.PHONE_ENROL, Outcome.ACCEPTED, call, now, serial))
        return EnrolledPhone(uid, serial, session)

    def _invited(self, call: Call, token: str) -> tuple[Owner, Instant]:
        token_hash = hash_of_token(self.keys.current(), token)
        with self.database.read() as session:
            found = self.enrolments.find(session, token_hash, self.clock.now())
        if found is None:
            raise _not_good()
        speak_for(call, found[0])
        if not found[0].user.enabled:
            raise _not_good()
        if Factor.PUSH not in found[0].user.factors:
            raise PolicyError("The user's authentication set does not hold push.")
        return found

    def _challenge(self, token: str) -> bytes:
        return keyed_hash(self.keys.current().lookup_key, "enrolment challenge", token)

    def _add_device(self, transaction: Transaction, owner: Owner, uid: str, now: Instant) -> str:
        serials = [f"PHONE-{uid[:digits].upper()}" for digits in SERIAL_DIGITS]
        tenant_id = owner.tenant.id
        free = (serial for serial in serials if self.devices.find(transaction, tenant_id, serial) is None)
        serial = next(free, serials[-1])
        self.devices.add(
            transaction,
            tenant_id,
            user_id=owner.user.id,
            serial=serial,
            kind=DeviceKind.AUTHENTICATOR,
            sealed_seed=None,
            digits=DEFAULT_DIGITS,
            algorithm="sha1",
            period=DEFAULT_PERIOD,
            window=0,
            last_spent=-1,
            at=now,
        )
        return serial

    def _add_key(
        self, transaction: Transaction, owner: Owner, serial: str, name: str, kind: KeyKind, key: RegisteredKey
    ) -> int:
        return self.authenticators.add(
            transaction,
            owner.tenant.id,
            serial,
            uid=uid_of(key.public_key),
            name=name,
            kind=kind,
            public_key=key.public_key,
            credential_id=key.handle or None,
            counter=key.counter,
        )

    def _refuse(self, call: Call, outcome: Outcome) -> Decision:
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.PHONE_ENROL, outcome, call, self.clock.now()))
        return Decision(outcome)


def _require_phone_name(name: str) -> None:
    require_text("name", name, longest=LONGEST_PHONE_NAME)
    if not name.strip():
        raise MalformedRequestError("name is missing.")
    # What shows nothing, or turns the line around, could make one phone look like another.
    if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cn", "Zl", "Zp"} for c in name):
        raise MalformedRequestError("name holds a character that is not allowed.")


def _not_good() -> NotFoundError:
    return NotFoundError("The link is not good any more.")
