"""Encryption of callers' values under the tenant's keys, bound to a name.

``aes`` values can be decrypted outside, by whoever holds the tenant's exported secret; the others cannot.
"""

import re
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.callers import Gate
from validate_service.core.calls import Call
from validate_service.core.errors import DecryptionError, MalformedRequestError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.key_ring import KeyNotUsableError
from validate_service.core.model import Scope, Tenant
from validate_service.core.ports import Clock, Database, KeyRingSource, Randomness
from validate_service.primitives import mfa1, mfe1

MOST_CLEAR_BYTES = 30_000
"""As UTF-8: what is encrypted must fit, as hex, into a request of 64 KiB that decrypts it."""

LONGEST_ENCRYPTED = 3 * (MOST_CLEAR_BYTES + 256)
"""Room for the longest value, the layout around it, and two digits and a dash a byte."""

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")


@dataclass(frozen=True, slots=True)
class ValueCipher:
    """Encrypts and decrypts values for callers."""

    gate: Gate
    database: Database
    keys: KeyRingSource
    clock: Clock
    randomness: Randomness

    def encrypt(self, call: Call, name: str | None, clear: str | None, *, aes: bool = False) -> str:
        """Return *clear* encrypted for the caller's tenant, bound to *name*.

        Args:
            call: Who calls.
            name: The value's name, at most 256 characters; needed again to decrypt, not secret.
            clear: The value, at most 30,000 bytes as UTF-8.
            aes: Whether stock .NET code must be able to decrypt it (MFA1 instead of MFE1).

        Returns:
            Upper-case hex digits.

        Raises:
            MalformedRequestError: a field is missing, too long, or holds characters that are not allowed.
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit_caller`.
        """
        name = require_text("name", name, longest=LONGEST_NAME)
        clear = require_text("cleartextValue", clear, longest=MOST_CLEAR_BYTES)
        if len(clear.encode()) > MOST_CLEAR_BYTES:
            raise MalformedRequestError(f"cleartextValue is longer than {MOST_CLEAR_BYTES} bytes.")
        subject = self.gate.admit_caller(call, Scope.ENCRYPT)
        value = self._encrypted(call, subject.tenant, name, clear, aes=aes)
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.VALUE_ENCRYPT, DONE, call, self.clock.now()))
        return value.hex().upper()

    def decrypt(self, call: Call, name: str | None, value: str | None, *, aes: bool = False) -> str:
        """Return the clear value of what :meth:`encrypt` returned.

        Args:
            call: Who calls.
            name: The name it was encrypted with.
            value: Hex digits in any case, with or without ``-``.
            aes: As when it was encrypted.

        Raises:
            DecryptionError: it does not decrypt, for whatever reason.
            MalformedRequestError: a field is missing or too long.
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit_caller`.
        """
        name = require_text("name", name, longest=LONGEST_NAME)
        value = require_text("encryptedValue", value, longest=LONGEST_ENCRYPTED)
        subject = self.gate.admit_caller(call, Scope.DECRYPT)
        digits = value.replace("-", "")
        if not _HEX.fullmatch(digits):
            raise DecryptionError
        try:
            clear = self._decrypted(call, subject.tenant, name, bytes.fromhex(digits), aes=aes)
        except (mfe1.ValueBrokenError, KeyNotUsableError) as error:
            raise DecryptionError from error
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.VALUE_DECRYPT, DONE, call, self.clock.now()))
        return clear

    def _encrypted(self, call: Call, tenant: Tenant, name: str, clear: str, *, aes: bool) -> bytes:
        ring = call.ring or self.keys.current()
        if aes:
            salt, iv = self.randomness(mfa1.SALT_BYTES), self.randomness(mfa1.IV_BYTES)
            secret = ring.aes_secret(ring.active_id, tenant.uid)
            return mfa1.encrypt(secret, key_id=ring.active_id, name=name, clear=clear, salt=salt, iv=iv)
        key, salt = ring.value_key(ring.active_id, tenant.uid), self.randomness(mfe1.SALT_BYTES)
        return mfe1.encrypt(key, key_id=ring.active_id, name=name, clear=clear, salt=salt)

    def _decrypted(self, call: Call, tenant: Tenant, name: str, value: bytes, *, aes: bool) -> str:
        ring = call.ring or self.keys.current()
        if aes:
            secret = ring.aes_secret(mfa1.key_id_of(value), tenant.uid)
            # PBKDF2 costs up to a second, and our secret is no passphrase: only HKDF is served.
            return mfa1.decrypt(secret, name=name, value=value, allowed={mfa1.KeyDerivation.HKDF_SHA256})
        return mfe1.decrypt(ring.value_key(mfe1.key_id_of(value), tenant.uid), name=name, value=value)
