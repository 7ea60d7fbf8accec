"""What users are verified by."""

from dataclasses import dataclass, field
from enum import StrEnum

from validate_service.core.model.instants import Instant
from validate_service.core.names import UserName
from validate_service.primitives.hotp import Algorithm


class DeviceKind(StrEnum):
    """What a device is.  Cards are kept apart: they have no seed and no serial of ours."""

    HOTP = "hotp"
    TOTP = "totp"
    AUTHENTICATOR = "authenticator"
    FIDO = "fido"


OATH_KINDS = frozenset({DeviceKind.HOTP, DeviceKind.TOTP})


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
        activated: False until two of its codes showed that its user has it, where the tenant asks for that.
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
    activated: bool
    failures: int


@dataclass(frozen=True, slots=True)
class Device:
    """Any device, as operators see it.

    Attributes:
        serial: Its name for people.
        kind: What it is.
        user: Whose it is; ``None`` for one in stock, which is nobody's.
        enabled: False after an operator disabled it.
        activated: False while its codes are not accepted yet.
        hardware: Whether its seed is in a thing that was bought, and not in an app.
        digits: Length of its codes.
        algorithm: Hash of its HMAC.
        period: TOTP: seconds of a step.
        created_at: When it was added.
        last_used_at: When a code of it was last accepted; ``None`` if never.
    """

    serial: str
    kind: DeviceKind
    user: UserName | None
    enabled: bool
    activated: bool
    hardware: bool
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


class TokenPurpose(StrEnum):
    """What a session token was made for."""

    SSO = "sso"
    MOBILE = "mobile"
