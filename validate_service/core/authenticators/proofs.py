"""What phones prove: that a new key is there, and that a known key has signed what its user was shown."""

import hashlib
from dataclasses import dataclass

from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.model import (
    Authenticator,
    Instant,
    KeyKind,
    KeySignature,
    NewKey,
    NewPasskey,
    Signature,
    Tenant,
)
from validate_service.core.outcomes import Outcome
from validate_service.core.ports import Authenticators, Devices, Transaction
from validate_service.primitives import device_keys
from validate_service.primitives.fido import webauthn
from validate_service.primitives.fido.client_data import Question
from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError
from validate_service.primitives.fido.registered_key import RegisteredKey


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found about a signature, before anything is written.

    Attributes:
        outcome: ``ACCEPTED``, or the flaw.
        counter: How often the key has signed; 0 if it does not count.
    """

    outcome: Outcome
    counter: int = 0


@dataclass(frozen=True, slots=True)
class Proofs:
    """Checks what phones sign.

    Attributes:
        authenticators: Where their keys are kept.
        devices: Where their devices are.
        origin: The web origin of our own pages, which passkeys name; empty if nobody said what it is.
    """

    authenticators: Authenticators
    devices: Devices
    origin: str

    def new_key(self, key: NewKey | NewPasskey, statement: bytes) -> RegisteredKey:
        """Return what is to be kept of a key that shows by signing *statement* that it is there.

        Raises:
            FidoRefusedError: a flaw of what it shows.
        """
        if isinstance(key, NewKey):
            device_keys.require_signed(key.public_key, key.signature, statement)
            return RegisteredKey(b"", key.public_key, 0)
        registered = webauthn.verify_registration(self._question(statement), key.client_data, key.attestation_object)
        device_keys.require_user_verified(device_keys.authenticator_data_of(key.attestation_object))
        return registered

    def judge(self, authenticator: Authenticator, statement: bytes, signature: Signature) -> Judgement:
        """Find out whether *authenticator* has signed *statement*; nothing is changed."""
        try:
            return Judgement(Outcome.ACCEPTED, self._counter(authenticator, statement, signature))
        except FidoRefusedError as refused:
            return Judgement(Outcome(refused.flaw.value))

    def spend(self, transaction: Transaction, authenticator: Authenticator, counter: int) -> Outcome:
        """Note how often the key has signed.

        Returns:
            ``ACCEPTED``, or, if that changed since it was judged, ``REPLAYED`` or ``DEVICE_DISABLED``.
        """
        if self.authenticators.raise_counter(transaction, authenticator.device_id, counter):
            return Outcome.ACCEPTED
        found = self.authenticators.find(transaction, authenticator.uid)
        return Outcome.REPLAYED if found is not None and found[1].enabled else Outcome.DEVICE_DISABLED

    def disable_copied(self, transaction: Transaction, call: Call, tenant: Tenant, serial: str, now: Instant) -> None:
        """Disable a device of whose key there is a copy."""
        self.devices.set_enabled(transaction, tenant.id, serial, enabled=False)
        transaction.record(AuditEvent(EventName.DEVICE_DISABLE, Outcome.COUNTER_NOT_GREATER, call, now, serial))

    def _counter(self, authenticator: Authenticator, statement: bytes, signature: Signature) -> int:
        if isinstance(signature, KeySignature) is not (authenticator.kind is KeyKind.WEBCRYPTO):
            raise FidoRefusedError(FidoFlaw.MALFORMED)
        if isinstance(signature, KeySignature):
            device_keys.require_signed(authenticator.public_key, signature.signature, statement)
            return 0
        counter = webauthn.verify_assertion(
            self._question(statement),
            signature.client_data,
            signature.authenticator_data,
            signature.signature,
            public_key=authenticator.public_key,
            last_counter=authenticator.counter,
            registered_as_u2f=False,
        )
        device_keys.require_user_verified(signature.authenticator_data)
        return counter

    def _question(self, statement: bytes) -> Question:
        return Question(self.origin, (self.origin,), hashlib.sha256(statement).digest())
