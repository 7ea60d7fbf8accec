"""Devices in the database."""

from collections.abc import Sequence

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    ScalarSelect,
    and_,
    bindparam,
    delete,
    func,
    not_,
    null,
    or_,
    select,
    true,
    update,
)

from validate_service.core.fields import folded
from validate_service.core.model import Device, DeviceKind, Instant, OathDevice
from validate_service.core.names import UserName
from validate_service.core.ports import Session, Transaction
from validate_service.primitives.sealing import key_id_of
from validate_service.storage.sessions import Change, Row, Statement, insert_of, own
from validate_service.storage.subjects import DEVICE_COLUMNS, OATH, OTHER_FAILURES, oath_device
from validate_service.storage.tables import devices, users

_THIS = devices.c.id == bindparam("device_id")
_NAMED = (devices.c.tenant_id == bindparam("tenant_id"), devices.c.serial_key == bindparam("named_key"))
_OWNER_FAILURES = select(OTHER_FAILURES).where(users.c.id == devices.c.user_id, users.c.enabled).scalar_subquery()

_ADD = Statement(
    insert_of(
        devices,
        *("tenant_id", "user_id", "serial", "serial_key", "kind", "sealed_seed", "key_id"),
        *("digits", "algorithm", "period", "window", "last_spent", "drift", "enabled", "activated", "hardware"),
        *("failures", "failed_at", "created_at"),
    )
)
_sibling, _named = devices.alias("sibling"), devices.alias("named")


def _of_siblings(column: ColumnElement[int], owner: ColumnElement[int]) -> ScalarSelect[int]:
    """Return *column*, made of all OATH devices of *owner*; 0 if there is none."""
    theirs = select(func.coalesce(column, 0)).where(_sibling.c.user_id == owner, _sibling.c.sealed_seed.is_not(None))
    return theirs.scalar_subquery()


_FAILURES = Statement(
    select(func.min(devices.c.failures), func.max(devices.c.failed_at)).where(
        devices.c.user_id == bindparam("user_id"), OATH
    )
)
_DEVICE = (
    select(
        devices.c.serial,
        devices.c.kind,
        users.c.domain,
        users.c.username,
        devices.c.enabled,
        devices.c.activated,
        devices.c.hardware,
        devices.c.digits,
        devices.c.algorithm,
        devices.c.period,
        devices.c.created_at,
        devices.c.last_used_at,
    )
    .select_from(devices.outerjoin(users, users.c.id == devices.c.user_id))
    .where(devices.c.tenant_id == bindparam("tenant_id"))
)
_LISTING = Statement(_DEVICE.order_by(devices.c.serial_key))
_LISTING_OF_USER = Statement(
    _DEVICE.where(
        users.c.tenant_id == bindparam("tenant_id"),
        users.c.domain_key == bindparam("domain_key"),
        users.c.username_key == bindparam("username_key"),
    ).order_by(devices.c.serial_key)
)
_FIND = Statement(_DEVICE.where(devices.c.serial_key == bindparam("named_key")))
_FIND_OATH = Statement(select(devices.c.user_id, *DEVICE_COLUMNS).where(*_NAMED, OATH))
_SPEND = Statement(
    update(devices)
    .where(
        _THIS,
        devices.c.enabled,
        devices.c.activated,
        devices.c.last_spent < bindparam("spent"),
        devices.c.failures + _OWNER_FAILURES <= bindparam("most_failures"),
    )
    .values(last_spent=bindparam("spent"), drift=bindparam("new_drift"), failures=0, last_used_at=bindparam("at"))
)
_COUNT_FAILURE = Statement(
    update(devices)
    .where(devices.c.user_id == bindparam("owner_id"), OATH)
    .values(failures=devices.c.failures + 1, failed_at=bindparam("at"))
)
_MOVED = (
    update(devices)
    .where(_THIS, devices.c.last_spent < bindparam("spent"))
    .values(last_spent=bindparam("spent"), drift=bindparam("new_drift"), failures=0, last_used_at=bindparam("at"))
)
_RESYNCHRONISE = Statement(_MOVED)
_ACTIVATE = Statement(_MOVED.values(activated=true()))
_SET_ENABLED = Statement(update(devices).where(*_NAMED).values(enabled=bindparam("now_enabled")))
_DELETE = Statement(delete(devices).where(*_NAMED))
_owner = (
    select(_named.c.user_id)
    .where(_named.c.tenant_id == bindparam("tenant_id"), _named.c.serial_key == bindparam("named_key"))
    .scalar_subquery()
)
# Otherwise two who change whose the device is could each hold what the other waits for.
_TAKE = Statement(select(devices.c.id).where(*_NAMED).with_for_update())
_FORGIVE_SIBLINGS = Statement(
    update(devices)
    .where(devices.c.user_id == _owner, OATH)
    .values(failures=_of_siblings(func.min(_sibling.c.failures), devices.c.user_id))
)
_new_owner: BindParameter[int] = bindparam("new_owner")
_TAKEN_OVER = and_(bindparam("force", type_=Boolean), devices.c.user_id != _new_owner)
_ASSIGN = Statement(
    update(devices)
    .where(*_NAMED, OATH, or_(devices.c.user_id.is_(None), _TAKEN_OVER))
    .values(
        user_id=_new_owner,
        activated=bindparam("now_activated"),
        failures=_of_siblings(func.min(_sibling.c.failures), _new_owner),
        failed_at=_of_siblings(func.max(_sibling.c.failed_at), _new_owner),
    )
)
_NOBODYS = update(devices).values(user_id=null(), failures=0, failed_at=0)
_UNASSIGN = Statement(_NOBODYS.where(*_NAMED, OATH))
_UNASSIGN_ALL = Statement(_NOBODYS.where(devices.c.user_id == bindparam("owner_id"), OATH))
_NEVER_USED = and_(devices.c.last_used_at.is_(None), not_(devices.c.hardware))
_IS_FETCHABLE = Statement(select(devices.c.id).where(_THIS, _NEVER_USED, devices.c.holder_hash.is_(None)))
_BIND_HOLDER = Statement(
    update(devices)
    .where(
        _THIS, _NEVER_USED, or_(devices.c.holder_hash.is_(None), devices.c.holder_hash == bindparam("new_holder_hash"))
    )
    .values(holder_hash=bindparam("new_holder_hash"))
)
_SEALED_UNDER_OTHER = Statement(
    select(devices.c.id, devices.c.tenant_id, devices.c.serial, devices.c.sealed_seed)
    .where(devices.c.key_id != bindparam("key_id"))
    .order_by(devices.c.id)
    .limit(bindparam("most"))
)
_RESEAL = Statement(
    update(devices)
    .where(_THIS, devices.c.sealed_seed == bindparam("old"))
    .values(sealed_seed=bindparam("new"), key_id=bindparam("new_key_id"))
)
_SEALED_UNDER = Statement(select(func.count()).where(devices.c.key_id == bindparam("key_id")))


class DeviceTable:
    """Implements the port ``Devices``."""

    def add(
        self,
        transaction: Transaction,
        tenant_id: int,
        *,
        user_id: int | None,
        serial: str,
        kind: DeviceKind,
        sealed_seed: bytes | None,
        digits: int,
        algorithm: str,
        period: int,
        window: int,
        last_spent: int,
        at: Instant,
        activated: bool = True,
        hardware: bool = False,
    ) -> None:
        """Add a device; it starts with the failures that the user's other devices have."""
        session = own(transaction)
        ((failures, failed_at),) = session.rows(_FAILURES, user_id=user_id)
        session.store(
            _ADD,
            conflict=f"There is a device {serial} already.",
            tenant_id=tenant_id,
            user_id=user_id,
            serial=serial,
            serial_key=folded(serial),
            kind=kind.value,
            sealed_seed=sealed_seed,
            key_id=None if sealed_seed is None else key_id_of(sealed_seed),
            digits=digits,
            algorithm=algorithm,
            period=period,
            window=window,
            last_spent=last_spent,
            drift=0,
            enabled=True,
            activated=activated,
            hardware=hardware,
            failures=failures or 0,
            failed_at=failed_at or 0,
            created_at=at,
        )

    def listing(self, session: Session, tenant_id: int, user: UserName | None) -> Sequence[Device]:
        """Return the tenant's devices, or those of one user."""
        if user is None:
            return [_device(row) for row in own(session).rows(_LISTING, tenant_id=tenant_id)]
        domain_key, username_key = user.key
        rows = own(session).rows(
            _LISTING_OF_USER, tenant_id=tenant_id, domain_key=domain_key, username_key=username_key
        )
        return [_device(row) for row in rows]

    def find(self, session: Session, tenant_id: int, serial: str) -> Device | None:
        """Return the device, or ``None``."""
        row = own(session).row(_FIND, tenant_id=tenant_id, named_key=folded(serial))
        return None if row is None else _device(row)

    def find_oath(self, session: Session, tenant_id: int, serial: str) -> tuple[int | None, OathDevice] | None:
        """Return an OATH device and its user's number, which is ``None`` if it is nobody's."""
        row = own(session).row(_FIND_OATH, tenant_id=tenant_id, named_key=folded(serial))
        return None if row is None else (row[0], oath_device(row[1:]))

    def spending(self, device_id: int, *, spent: int, drift: int, most_failures: int, at: Instant) -> Change:
        """Return the change that spends a counter or step once and for ever, and sets the failures to zero."""
        limits = {"device_id": device_id, "spent": spent, "most_failures": most_failures}
        return Change(_SPEND, limits | {"new_drift": drift, "at": at})

    def counting_failure(self, user_id: int, at: Instant) -> Change:
        """Return the change that adds one failure to every OATH device of the user."""
        return Change(_COUNT_FAILURE, {"owner_id": user_id, "at": at})

    def resynchronise(self, transaction: Transaction, device_id: int, *, spent: int, drift: int, at: Instant) -> bool:
        """Move the device to *spent*, if nothing as high was spent before."""
        return own(transaction).change(_RESYNCHRONISE, device_id=device_id, spent=spent, new_drift=drift, at=at) == 1

    def activate(self, transaction: Transaction, device_id: int, *, spent: int, drift: int, at: Instant) -> bool:
        """Move the device to *spent*, if nothing as high was spent before, and accept its codes from now on."""
        return own(transaction).change(_ACTIVATE, device_id=device_id, spent=spent, new_drift=drift, at=at) == 1

    def set_enabled(self, transaction: Transaction, tenant_id: int, serial: str, *, enabled: bool) -> bool:
        """Enable or disable the device; tell whether there is one."""
        changed = own(transaction).change(
            _SET_ENABLED, tenant_id=tenant_id, named_key=folded(serial), now_enabled=enabled
        )
        return changed == 1

    def assign(
        self, transaction: Transaction, tenant_id: int, serial: str, user_id: int, *, force: bool, activated: bool
    ) -> bool:
        """Make an OATH device the user's, if it is nobody's, or, with *force*, anybody else's."""
        self._forgive_siblings(transaction, tenant_id, serial)
        changed = own(transaction).change(
            _ASSIGN,
            tenant_id=tenant_id,
            named_key=folded(serial),
            new_owner=user_id,
            force=force,
            now_activated=activated,
        )
        return changed == 1

    def unassign(self, transaction: Transaction, tenant_id: int, serial: str) -> bool:
        """Make an OATH device nobody's; tell whether there is one."""
        self._forgive_siblings(transaction, tenant_id, serial)
        return own(transaction).change(_UNASSIGN, tenant_id=tenant_id, named_key=folded(serial)) == 1

    def unassign_all(self, transaction: Transaction, user_id: int) -> None:
        """Make all OATH devices of the user nobody's."""
        own(transaction).change(_UNASSIGN_ALL, owner_id=user_id)

    def is_fetchable(self, session: Session, device_id: int) -> bool:
        """Tell whether the seed is one for an app, was never used, and was fetched by no phone."""
        return own(session).row(_IS_FETCHABLE, device_id=device_id) is not None

    def bind_holder(self, transaction: Transaction, device_id: int, holder_hash: bytes) -> bool:
        """Bind a seed that was never used to the phone that fetches it; tell whether it is that phone's now."""
        return own(transaction).change(_BIND_HOLDER, device_id=device_id, new_holder_hash=holder_hash) == 1

    def delete(self, transaction: Transaction, tenant_id: int, serial: str) -> bool:
        """Delete the device; tell whether there was one."""
        self._forgive_siblings(transaction, tenant_id, serial)
        return own(transaction).change(_DELETE, tenant_id=tenant_id, named_key=folded(serial)) == 1

    def _forgive_siblings(self, transaction: Transaction, tenant_id: int, serial: str) -> None:
        """Let the tokens of the device's user count as few failures as any of them does.

        That is what the user has failed: a token that was never used must not bring its own count to bear when the
        one that was used goes.
        """
        session, named = own(transaction), {"tenant_id": tenant_id, "named_key": folded(serial)}
        session.rows(_TAKE, **named)
        session.change(_FORGIVE_SIBLINGS, **named)

    def sealed_under_other(self, session: Session, key_id: int, limit: int) -> Sequence[tuple[int, int, str, bytes]]:
        """Return up to *limit* devices whose seed is not sealed under *key_id*: id, tenant, serial, sealed seed."""
        rows = own(session).rows(_SEALED_UNDER_OTHER, key_id=key_id, most=limit)
        return [(device_id, tenant_id, serial, bytes(sealed)) for device_id, tenant_id, serial, sealed in rows]

    def reseal(self, transaction: Transaction, device_id: int, *, old: bytes, new: bytes) -> bool:
        """Replace the sealed seed, if it still is *old*."""
        changed = own(transaction).change(_RESEAL, device_id=device_id, old=old, new=new, new_key_id=key_id_of(new))
        return changed == 1

    def count_sealed_under(self, session: Session, key_id: int) -> int:
        """Return how many seeds are sealed under *key_id*."""
        ((count,),) = own(session).rows(_SEALED_UNDER, key_id=key_id)
        return int(count)


def _device(row: Row) -> Device:
    serial, kind, domain, username, enabled, activated, hardware, *others = row
    owner = None if domain is None else UserName(domain, username)
    return Device(serial, DeviceKind(kind), owner, bool(enabled), bool(activated), bool(hardware), *others)
