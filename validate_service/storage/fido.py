"""Security keys in the database, and the challenges that are put to them."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import and_, bindparam, delete, exists, or_, select, update

from validate_service.core.model import Challenge, DeviceKind, FidoDevice, FidoKey, FidoProtocol, FidoStep, Instant
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Row, Statement, insert_of, own
from validate_service.storage.tables import devices, fido_challenges, fido_keys

_KEY_COLUMNS = ("device_id", "app_id", "name", "protocol", "handle", "handle_hash", "public_key", "counter")
_ADD = Statement(insert_of(fido_keys, "tenant_id", *_KEY_COLUMNS, "created_at"))
_OF_USER = Statement(
    select(
        fido_keys.c.id,
        devices.c.serial,
        devices.c.enabled,
        fido_keys.c.app_id,
        fido_keys.c.name,
        fido_keys.c.protocol,
        fido_keys.c.handle,
        fido_keys.c.public_key,
        fido_keys.c.counter,
    )
    .select_from(fido_keys.join(devices, devices.c.id == fido_keys.c.device_id))
    .where(
        devices.c.user_id == bindparam("user_id"),
        or_(bindparam("any_app"), fido_keys.c.app_id == bindparam("app_id")),
    )
    .order_by(fido_keys.c.id)
)
_DEVICES = Statement(
    select(
        devices.c.id,
        devices.c.serial,
        devices.c.enabled,
        exists().where(fido_keys.c.device_id == devices.c.id, fido_keys.c.app_id == bindparam("app_id")),
    )
    .where(devices.c.user_id == bindparam("user_id"), devices.c.kind == DeviceKind.FIDO.value)
    .order_by(devices.c.id)
)
_THIS = fido_keys.c.id == bindparam("key_id")
_HOLDER = select(fido_keys.c.device_id).where(_THIS).scalar_subquery()
_DOES_NOT_COUNT = and_(
    fido_keys.c.protocol == FidoProtocol.WEBAUTHN.value, fido_keys.c.counter == 0, bindparam("counted") == 0
)
_RAISE_COUNTER = Statement(
    update(fido_keys)
    .where(
        _THIS,
        or_(fido_keys.c.counter < bindparam("counted"), _DOES_NOT_COUNT),
        exists().where(devices.c.id == fido_keys.c.device_id, devices.c.enabled),
    )
    .values(counter=bindparam("counted"), last_used_at=bindparam("at"))
)
_DISABLE_DEVICE = Statement(update(devices).where(devices.c.id == _HOLDER).values(enabled=False))
_DELETE = Statement(delete(fido_keys).where(_THIS))

_ADD_CHALLENGE = Statement(
    insert_of(fido_challenges, "id", "user_id", "step", "protocol", "app_id", "challenge", "expires_at")
)
_FORGET_EXPIRED = Statement(
    delete(fido_challenges).where(
        fido_challenges.c.user_id == bindparam("owner_id"), fido_challenges.c.expires_at <= bindparam("at")
    )
)
_FIND_CHALLENGE = Statement(
    select(
        fido_challenges.c.id,
        fido_challenges.c.protocol,
        fido_challenges.c.app_id,
        fido_challenges.c.challenge,
        fido_challenges.c.expires_at,
    ).where(
        fido_challenges.c.id == bindparam("challenge_id"),
        fido_challenges.c.user_id == bindparam("user_id"),
        fido_challenges.c.step == bindparam("step"),
    )
)
_CONSUME = Statement(
    delete(fido_challenges).where(
        fido_challenges.c.user_id == bindparam("owner_id"), fido_challenges.c.id == bindparam("challenge_id")
    )
)


class FidoKeyTable:
    """Implements the port ``FidoKeys``."""

    def add(self, transaction: Transaction, tenant_id: int, device_id: int, key: FidoKey, at: Instant) -> None:
        """Keep a new key."""
        own(transaction).store(
            _ADD,
            conflict="This key is enrolled already, or its device has one for this application.",
            tenant_id=tenant_id,
            device_id=device_id,
            app_id=key.app_id,
            name=key.name,
            protocol=key.protocol.value,
            handle=key.handle,
            handle_hash=hashlib.sha256(key.app_id.encode() + b"\0" + key.handle).digest(),
            public_key=key.public_key,
            counter=key.counter,
            created_at=at,
        )

    def of_user(self, session: Session, user_id: int, app_id: str) -> Sequence[FidoKey]:
        """Return the keys of the user's devices for one application, or, if that is empty, for all; oldest first."""
        rows = own(session).rows(_OF_USER, user_id=user_id, app_id=app_id, any_app=not app_id)
        return [_key(row) for row in rows]

    def devices(self, session: Session, user_id: int, app_id: str) -> Sequence[FidoDevice]:
        """Return the user's devices of the kind FIDO, oldest first."""
        rows = own(session).rows(_DEVICES, user_id=user_id, app_id=app_id)
        return [FidoDevice(device_id, serial, bool(on), bool(holds)) for device_id, serial, on, holds in rows]

    def raise_counter(self, transaction: Transaction, key_id: int, counter: int, at: Instant) -> bool:
        """Note that the key has signed, if its device is enabled and it had counted less far, or does not count."""
        return own(transaction).change(_RAISE_COUNTER, key_id=key_id, counted=counter, at=at) == 1

    def disable_device(self, transaction: Transaction, key_id: int) -> None:
        """Disable the device that holds the key."""
        own(transaction).change(_DISABLE_DEVICE, key_id=key_id)

    def delete(self, transaction: Transaction, key_id: int) -> None:
        """Forget the key; its device stays."""
        own(transaction).change(_DELETE, key_id=key_id)


class FidoChallengeTable:
    """Implements the port ``FidoChallenges``."""

    def add(self, transaction: Transaction, user_id: int, step: FidoStep, challenge: Challenge, at: Instant) -> None:
        """Keep a challenge; those of the user that have expired are forgotten."""
        session = own(transaction)
        session.change(_FORGET_EXPIRED, owner_id=user_id, at=at)
        session.change(
            _ADD_CHALLENGE,
            id=challenge.id,
            user_id=user_id,
            step=step.value,
            protocol=challenge.protocol.value,
            app_id=challenge.app_id,
            challenge=challenge.challenge,
            expires_at=challenge.expires_at,
        )

    def find(self, session: Session, user_id: int, step: FidoStep, challenge_id: str) -> Challenge | None:
        """Return the user's challenge for this step, or ``None``."""
        row = own(session).row(_FIND_CHALLENGE, challenge_id=challenge_id, user_id=user_id, step=step.value)
        if row is None:
            return None
        found_id, protocol, app_id, challenge, expires_at = row
        return Challenge(found_id, FidoProtocol(protocol), app_id, bytes(challenge), expires_at)

    def consume(self, transaction: Transaction, user_id: int, challenge_id: str) -> bool:
        """Use the user's challenge up; of many calls exactly one is told ``True``."""
        return own(transaction).change(_CONSUME, owner_id=user_id, challenge_id=challenge_id) == 1


def _key(row: Row) -> FidoKey:
    key_id, serial, enabled, app_id, name, protocol, handle, public_key, counter = row
    return FidoKey(
        id=key_id,
        device=serial,
        device_enabled=bool(enabled),
        app_id=app_id,
        name=name,
        protocol=FidoProtocol(protocol),
        handle=bytes(handle),
        public_key=bytes(public_key),
        counter=counter,
    )
