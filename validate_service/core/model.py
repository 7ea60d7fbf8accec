"""The things the core decides about, as storage hands them over: plain, frozen, without behaviour."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from validate_service.core.lockout import Failures
from validate_service.core.names import UserName
from validate_service.core.settings import TenantSettings
from validate_service.primitives.hotp import Algorithm

Instant: TypeAlias = int
"""Microseconds since 1970-01-01 UTC."""


class DeviceKind(StrEnum):
    """What a device is.  Cards are kept apart: they have no seed and no serial of ours."""

    HOTP = "hotp"
    TOTP = "totp"
    AUTHENTICATOR = "authenticator"


class Factor(StrEnum):
    """What a user is verified by, where the failures are counted beside the user.

    One-time passwords are missing: their failures are counted beside the devices, so that one UPDATE spends a code and
    forgives.
    """

    CARD = "card"
    AUTH_CODE = "auth_code"
    AUTH_TOKEN = "auth_token"
    QUESTIONS = "questions"


OATH_KINDS = frozenset({DeviceKind.HOTP, DeviceKind.TOTP})


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer's closed world.

    Attributes:
        id: Number, for rows.
        uid: Unchangeable unique id, for key derivation.
        name: What operators call it.
        settings: Its policies.
    """

    id: int
    uid: str
    name: str
    settings: TenantSettings


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key of one caller, without the key itself.

    Attributes:
        id: Unique id, a GUID.
        name: What the operator calls it; often the host name of the calling software.
        created_at: When it was made.
        revoked_at: When it was revoked; ``None`` while it is good.
    """

    id: str
    name: str
    created_at: Instant
    revoked_at: Instant | None


@dataclass(frozen=True, slots=True)
class User:
    """A person being verified.

    Attributes:
        id: Number inside the installation.
        name: Domain and username as enrolled.
        enabled: False after an operator disabled the user.
        failures: Failures since the last success, for the lockout.
        pin_hash: Argon2id of the PIN; ``None`` if none is set.
        pin_failures: Wrong PINs since the last right one.
    """

    id: int
    name: UserName
    enabled: bool
    failures: Failures
    pin_hash: str | None = field(default=None, repr=False)
    pin_failures: int = 0


@dataclass(frozen=True, slots=True)
class OathDevice:
    """A token that makes one-time passwords.

    Attributes:
        id: Number of the row.
        serial: Its name for people.
        kind: HOTP or TOTP.
        sealed_seed: The seed as the database keeps it.
        digits: Length of its codes, 6 to 8.
        algorithm: Hash of its HMAC.
        period: TOTP: seconds of a step; HOTP: unused.
        window: HOTP: look-ahead in counters; TOTP: steps tolerated on each side.
        last_spent: Highest counter or step accepted; -1 if none.
        drift: TOTP: learned offset in steps.
        enabled: False after an operator disabled it.
        failures: Wrong codes of the user since this device's last success.
    """

    id: int
    serial: str
    kind: DeviceKind
    sealed_seed: bytes = field(repr=False)
    digits: int
    algorithm: Algorithm
    period: int
    window: int
    last_spent: int
    drift: int
    enabled: bool
    failures: int


@dataclass(frozen=True, slots=True)
class Device:
    """Any device, as operators see it."""

    serial: str
    kind: DeviceKind
    user: UserName
    enabled: bool
    digits: int
    algorithm: str
    period: int
    created_at: Instant
    last_used_at: Instant | None


@dataclass(frozen=True, slots=True)
class Card:
    """A card, of whose identifier only a keyed hash is kept.

    Attributes:
        id: Number of the row.
        label: What the operator calls it.
        user: Whose it is.
        enabled: False after an operator disabled it, e.g. because it was lost.
    """

    id: int
    label: str
    user: UserName
    enabled: bool
    created_at: Instant
    last_used_at: Instant | None


@dataclass(frozen=True, slots=True)
class Question:
    """An enrolled security question.

    Attributes:
        text: What the user is asked.
        answer_hash: Argon2id of the folded answer.
    """

    text: str
    answer_hash: str = field(repr=False)


class ApprovalState(StrEnum):
    """Where a push approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Approval:
    """A push that a user is asked to approve.

    Attributes:
        id: Random id, 32 hex digits.
        user: Whom it asks.
        login_to: Where the user is signing in to, as the caller says; may be empty.
        address: From which address, as the caller says; may be empty.
        message: The caller's own text; may be empty.
        match_number: What the user must type to approve; empty if nothing.
        state: Where it stands.
        asked_at: When it was made.
        expires_at: After this instant no answer counts.
    """

    id: str
    user: UserName
    login_to: str
    address: str
    message: str
    match_number: str
    state: ApprovalState
    asked_at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Subject:
    """Who calls about whom: what one SELECT finds.

    Attributes:
        tenant: The caller's tenant.
        caller: Name of the caller's API key.
        user: The user named, ``None`` if there is none.
        devices: The user's OATH devices, if they were asked for.
    """

    tenant: Tenant
    caller: str
    user: User | None
    devices: tuple[OathDevice, ...] = ()
