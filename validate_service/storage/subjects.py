"""Who calls about whom: the one SELECT at the start of every verification."""

from functools import lru_cache, reduce
from operator import add
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select

from validate_service.core.lockout import Failures
from validate_service.core.model import (
    COUNTED_BESIDE_USER,
    OATH_KINDS,
    Caller,
    DeviceKind,
    Factor,
    OathDevice,
    Scope,
    Subject,
    Tenant,
    User,
)
from validate_service.core.names import UserName
from validate_service.core.ports import Session as AnySession
from validate_service.core.settings import tenant_settings
from validate_service.storage.sessions import Row, Statement, own
from validate_service.storage.tables import api_keys, auth_sets, devices, tenants, users

ALL_FACTORS = frozenset(Factor)
OATH = or_(*(devices.c.kind == kind.value for kind in sorted(OATH_KINDS)))
OTHER_FAILURES = reduce(add, (users.c[f"{factor}_failures"] for factor in COUNTED_BESIDE_USER))
DEVICE_COLUMNS = (
    devices.c.id,
    devices.c.serial,
    devices.c.kind,
    devices.c.sealed_seed,
    devices.c.digits,
    devices.c.algorithm,
    devices.c.period,
    devices.c.window,
    devices.c.last_spent,
    devices.c.drift,
    devices.c.enabled,
    devices.c.activated,
    devices.c.failures,
)
USER_COLUMNS = (
    users.c.id,
    users.c.domain,
    users.c.username,
    users.c.enabled,
    users.c.password_hash,
    users.c.pin_hash,
    users.c.pin_must_change,
    users.c.pin_failures,
    OTHER_FAILURES,
    users.c.failed_at,
    users.c.auth_set_id,
    select(auth_sets.c.factors).where(auth_sets.c.id == users.c.auth_set_id).scalar_subquery(),
)
_CALLER_COLUMNS = (
    *(tenants.c.id, tenants.c.uid, tenants.c.name, tenants.c.settings),
    *(api_keys.c.id, api_keys.c.name, api_keys.c.scopes, api_keys.c.last_used_at),
)


def otp_failures_of_user() -> tuple[Any, Any]:
    """Return columns: the failures since the last success of any OATH device of the user, and when the last was."""
    mine = (devices.c.user_id == users.c.id) & OATH
    return (
        select(func.min(devices.c.failures)).where(mine).scalar_subquery(),
        select(func.max(devices.c.failed_at)).where(mine).scalar_subquery(),
    )


def _of_caller(*columns: Any) -> Select[Any]:  # any column expression
    named = and_(
        users.c.tenant_id == tenants.c.id,
        users.c.domain_key == bindparam("domain_key"),
        users.c.username_key == bindparam("username_key"),
    )
    return (
        select(*_CALLER_COLUMNS, *columns)
        .select_from(api_keys.join(tenants, tenants.c.id == api_keys.c.tenant_id).outerjoin(users, named))
        .where(api_keys.c.key_hash == bindparam("key_hash"), api_keys.c.revoked_at.is_(None))
    )


_FIND_CALLER = Statement(
    select(*_CALLER_COLUMNS)
    .select_from(api_keys.join(tenants, tenants.c.id == api_keys.c.tenant_id))
    .where(api_keys.c.key_hash == bindparam("key_hash"), api_keys.c.revoked_at.is_(None))
)
_FIND = Statement(_of_caller(*USER_COLUMNS, *otp_failures_of_user()))
_FIND_WITH_AUTHENTICATOR = Statement(
    _of_caller(
        *USER_COLUMNS,
        *otp_failures_of_user(),
        exists().where(
            devices.c.user_id == users.c.id, devices.c.kind == DeviceKind.AUTHENTICATOR.value, devices.c.enabled
        ),
    )
)
_FIND_WITH_DEVICES = Statement(
    _of_caller(*USER_COLUMNS, devices.c.failed_at, *DEVICE_COLUMNS).outerjoin_from(
        users, devices, (devices.c.user_id == users.c.id) & OATH
    )
)
_USER_AT = len(_CALLER_COLUMNS)
_DEVICE_AT = _USER_AT + len(USER_COLUMNS) + 1


class SubjectTable:
    """Implements the port ``Subjects``."""

    def find_caller(self, session: AnySession, key_hash: bytes) -> Subject | None:
        """Return the subject of a call that is about no user."""
        row = own(session).row(_FIND_CALLER, key_hash=key_hash)
        return None if row is None else Subject(_tenant(row), _caller(row), None)

    def find(self, session: AnySession, key_hash: bytes, user: UserName) -> Subject | None:
        """Return the subject, or ``None`` if no valid API key has this hash."""
        rows = _rows(session, _FIND, key_hash, user)
        return _subject(rows[0]) if rows else None

    def find_with_authenticator(self, session: AnySession, key_hash: bytes, user: UserName) -> Subject | None:
        """Return the subject, and whether the user has an enabled authenticator, in one statement."""
        rows = _rows(session, _FIND_WITH_AUTHENTICATOR, key_hash, user)
        return _subject(rows[0][:-1], has_authenticator=bool(rows[0][-1])) if rows else None

    def find_with_devices(self, session: AnySession, key_hash: bytes, user: UserName) -> Subject | None:
        """Return the subject with the user's OATH devices, in one statement."""
        rows = _rows(session, _FIND_WITH_DEVICES, key_hash, user)
        if not rows:
            return None
        first = rows[0]
        found = tuple(oath_device(row[_DEVICE_AT:]) for row in rows if row[_DEVICE_AT] is not None)
        failed_at = max((row[_DEVICE_AT - 1] for row in rows if row[_DEVICE_AT] is not None), default=0)
        failures = min((device.failures for device in found), default=0)
        named = user_of(first[_USER_AT : _DEVICE_AT - 1], failures, failed_at)
        return Subject(_tenant(first), _caller(first), named, found)


def _rows(session: AnySession, statement: Statement, key_hash: bytes, user: UserName) -> list[Row]:
    domain_key, username_key = user.key
    return own(session).rows(statement, key_hash=key_hash, domain_key=domain_key, username_key=username_key)


def _subject(row: Row, *, has_authenticator: bool = False) -> Subject:
    *columns, otp_failures, otp_failed_at = row[_USER_AT:]
    user = user_of(tuple(columns), otp_failures, otp_failed_at)
    return Subject(_tenant(row), _caller(row), user, has_authenticator=has_authenticator)


def _tenant(row: Row) -> Tenant:
    return Tenant(row[0], row[1], row[2], tenant_settings(row[3]))


def _caller(row: Row) -> Caller:
    return Caller(row[4], row[5], scopes_of(row[6]), row[7] or 0)


@lru_cache(maxsize=64)
def scopes_of(text: str) -> frozenset[Scope]:
    """Return the scopes that *text* names, with spaces between."""
    return frozenset(map(Scope, text.split()))


@lru_cache(maxsize=64)
def factors_of(text: str) -> frozenset[Factor]:
    """Return the factors that *text* names, with spaces between."""
    return frozenset(map(Factor, text.split()))


def user_of(row: Row, otp_failures: int | None, otp_failed_at: int | None) -> User | None:
    """Return the user in a row of ``USER_COLUMNS``, or ``None`` if an outer join found none."""
    user_id, domain, username, enabled, password_hash, pin_hash, pin_must_change, *counts, auth_set_id, factors = row
    if user_id is None:
        return None
    pin_failures, other_failures, failed_at = counts
    return User(
        id=user_id,
        name=UserName(domain, username),
        enabled=bool(enabled),
        failures=Failures(otp_failures or 0, other_failures, max(failed_at, otp_failed_at or 0)),
        pin_hash=pin_hash,
        pin_must_change=bool(pin_must_change),
        pin_failures=pin_failures,
        password_hash=password_hash,
        factors=ALL_FACTORS if auth_set_id is None else factors_of(factors or ""),
    )


def oath_device(row: Row) -> OathDevice:
    """Return the device in a row of ``DEVICE_COLUMNS``."""
    device_id, serial, kind, sealed_seed, digits, algorithm, period, window, last_spent, drift, *states, failures = row
    enabled, activated = states
    return OathDevice(
        id=device_id,
        serial=serial,
        kind=DeviceKind(kind),
        sealed_seed=bytes(sealed_seed),
        digits=digits,
        algorithm=algorithm,
        period=period,
        window=window,
        last_spent=last_spent,
        drift=drift,
        enabled=bool(enabled),
        activated=bool(activated),
        failures=failures,
    )
