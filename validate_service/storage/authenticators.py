"""Authenticators of our own in the database: their keys, and where messages reach them."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import and_, bindparam, exists, null, or_, select, update

from validate_service.core.fields import folded
from validate_service.core.model import Authenticator, Instant, KeyKind, Owner, Subscription, Tenant, User
from validate_service.core.ports import Session, Transaction
from validate_service.core.settings import tenant_settings
from validate_service.storage.sessions import Row, Statement, insert_of, own
from validate_service.storage.subjects import USER_COLUMNS, otp_failures_of_user, user_of
from validate_service.storage.tables import authenticators, devices, tenants, users

PHONES = devices.alias("phones")
"""Not the devices that ``OWNER_COLUMNS`` counts failures of."""

OWNER_COLUMNS = (
    *(tenants.c.id, tenants.c.uid, tenants.c.name, tenants.c.settings, users.c.language),
    *USER_COLUMNS,
    *otp_failures_of_user(),
)
AUTHENTICATOR_COLUMNS = (
    *(authenticators.c.device_id, authenticators.c.uid, PHONES.c.serial, authenticators.c.name),
    *(authenticators.c.kind, authenticators.c.public_key, authenticators.c.credential_id, authenticators.c.counter),
    *(PHONES.c.enabled, PHONES.c.created_at, authenticators.c.seen_at),
    *(authenticators.c.endpoint, authenticators.c.message_key, authenticators.c.message_secret),
)
OWNED = (
    authenticators.join(PHONES, PHONES.c.id == authenticators.c.device_id)
    .join(users, users.c.id == PHONES.c.user_id)
    .join(tenants, tenants.c.id == users.c.tenant_id)
)
_COLUMNS = ("device_id", "uid", "name", "kind", "public_key", "credential_id", "counter")
_ADD = Statement(insert_of(authenticators, *_COLUMNS))
_NUMBER = Statement(
    select(devices.c.id).where(
        devices.c.tenant_id == bindparam("tenant_id"), devices.c.serial_key == bindparam("named_key")
    )
)
_FIND = Statement(
    select(*OWNER_COLUMNS, *AUTHENTICATOR_COLUMNS)
    .select_from(OWNED)
    .where(authenticators.c.uid == bindparam("wanted_uid"))
)
_OF_USER = Statement(
    select(*AUTHENTICATOR_COLUMNS)
    .select_from(authenticators.join(PHONES, PHONES.c.id == authenticators.c.device_id))
    .where(PHONES.c.user_id == bindparam("owner_id"), PHONES.c.enabled)
    .order_by(PHONES.c.id)
)
_THIS = authenticators.c.device_id == bindparam("this_device")
_CHALLENGE = Statement(
    update(authenticators)
    .where(_THIS)
    .values(challenge=bindparam("new_challenge"), challenge_expires_at=bindparam("until"))
)
_ASKED = Statement(
    select(authenticators.c.challenge).where(
        _THIS, authenticators.c.challenge.is_not(None), authenticators.c.challenge_expires_at > bindparam("at")
    )
)
_USE_CHALLENGE = Statement(
    update(authenticators)
    .where(_THIS, authenticators.c.challenge == bindparam("asked"))
    .values(challenge=null(), challenge_expires_at=null())
)
_DOES_NOT_COUNT = and_(authenticators.c.counter == 0, bindparam("counted") == 0)
_RAISE_COUNTER = Statement(
    update(authenticators)
    .where(
        _THIS,
        or_(authenticators.c.counter < bindparam("counted"), _DOES_NOT_COUNT),
        exists().where(devices.c.id == authenticators.c.device_id, devices.c.enabled),
    )
    .values(counter=bindparam("counted"))
)
_SUBSCRIBE = Statement(
    update(authenticators)
    .where(_THIS)
    .values(
        endpoint=bindparam("new_endpoint"),
        endpoint_hash=bindparam("new_endpoint_hash"),
        message_key=bindparam("new_message_key"),
        message_secret=bindparam("new_message_secret"),
    )
)
_UNSUBSCRIBE = Statement(
    update(authenticators)
    .where(_THIS, authenticators.c.endpoint_hash == bindparam("old_endpoint_hash"))
    .values(endpoint=null(), endpoint_hash=null(), message_key=null(), message_secret=null())
)


class AuthenticatorTable:
    """Implements the port ``Authenticators``."""

    def add(
        self,
        transaction: Transaction,
        tenant_id: int,
        serial: str,
        *,
        uid: str,
        name: str,
        kind: KeyKind,
        public_key: bytes,
        credential_id: bytes | None,
        counter: int,
    ) -> int:
        """Give the tenant's device *serial* a key; return the device's number."""
        session = own(transaction)
        ((device_id,),) = session.rows(_NUMBER, tenant_id=tenant_id, named_key=folded(serial))
        session.store(
            _ADD,
            conflict="This phone is enrolled already.",
            device_id=device_id,
            uid=uid,
            name=name,
            kind=kind.value,
            public_key=public_key,
            credential_id=credential_id,
            counter=counter,
        )
        return int(device_id)

    def find(self, session: Session, uid: str) -> tuple[Owner, Authenticator] | None:
        """Return the authenticator and whose it is, or ``None``."""
        row = own(session).row(_FIND, wanted_uid=uid)
        return None if row is None else owned(row)

    def of_user(self, session: Session, user_id: int) -> Sequence[Authenticator]:
        """Return the user's authenticators that are enabled, oldest first."""
        return [_authenticator(row) for row in own(session).rows(_OF_USER, owner_id=user_id)]

    def challenge(self, transaction: Transaction, device_id: int, challenge: bytes, expires_at: Instant) -> None:
        """Keep what the authenticator is to sign, in place of any older challenge."""
        own(transaction).change(_CHALLENGE, this_device=device_id, new_challenge=challenge, until=expires_at)

    def use_challenge(self, transaction: Transaction, device_id: int, at: Instant) -> bytes | None:
        """Return the challenge, unless it has expired, and forget it; of many calls at once one is told it."""
        session = own(transaction)
        row = session.row(_ASKED, this_device=device_id, at=at)
        used = row is not None and session.change(_USE_CHALLENGE, this_device=device_id, asked=row[0]) == 1
        return bytes(row[0]) if row is not None and used else None

    def raise_counter(self, transaction: Transaction, device_id: int, counter: int) -> bool:
        """Note how often the key has signed, if its device is enabled and it had counted less far, or does not."""
        return own(transaction).change(_RAISE_COUNTER, this_device=device_id, counted=counter) == 1

    def subscribe(
        self, transaction: Transaction, device_id: int, subscription: Subscription, endpoint_hash: bytes
    ) -> None:
        """Keep where messages reach the authenticator."""
        own(transaction).store(
            _SUBSCRIBE,
            conflict="Messages there reach another phone.",
            this_device=device_id,
            new_endpoint=subscription.endpoint,
            new_endpoint_hash=endpoint_hash,
            new_message_key=subscription.message_key,
            new_message_secret=subscription.message_secret,
        )

    def unsubscribe(self, transaction: Transaction, device_id: int, endpoint_hash: bytes) -> bool:
        """Forget where messages reach the authenticator, if it still is there; tell whether it was."""
        return own(transaction).change(_UNSUBSCRIBE, this_device=device_id, old_endpoint_hash=endpoint_hash) == 1


def owned(row: Row) -> tuple[Owner, Authenticator]:
    """Return what stands in a row of ``OWNER_COLUMNS`` and ``AUTHENTICATOR_COLUMNS``."""
    return owner_of(row[: len(OWNER_COLUMNS)]), _authenticator(row[len(OWNER_COLUMNS) :])


def owner_of(row: Row) -> Owner:
    """Return the owner in a row of ``OWNER_COLUMNS``."""
    tenant_id, uid, name, settings, language, *columns, otp_failures, otp_failed_at = row
    # There is one: users are joined, and not perhaps.
    user = cast("User", user_of(tuple(columns), otp_failures, otp_failed_at))
    return Owner(Tenant(tenant_id, uid, name, tenant_settings(settings)), user, language)


def _authenticator(row: Row) -> Authenticator:
    device_id, uid, serial, name, kind, public_key, credential_id, counter, enabled, created_at, seen_at, *way = row
    return Authenticator(
        device_id=device_id,
        uid=uid,
        serial=serial,
        name=name,
        kind=KeyKind(kind),
        public_key=bytes(public_key),
        credential_id=None if credential_id is None else bytes(credential_id),
        counter=counter,
        enabled=bool(enabled),
        subscription=_subscription(*way),
        created_at=created_at,
        seen_at=seen_at,
    )


def _subscription(endpoint: str | None, message_key: bytes, message_secret: bytes) -> Subscription | None:
    return None if endpoint is None else Subscription(endpoint, bytes(message_key), bytes(message_secret))
