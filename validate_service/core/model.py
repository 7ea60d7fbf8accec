"""The things the core decides about, as storage hands them over: plain, frozen, without behaviour."""

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TypeAlias

from validate_service.core.images import Image
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
    FIDO = "fido"


class Factor(StrEnum):
    """What a user is verified by: the members of an authentication set."""

    OTP = "otp"
    PUSH = "push"
    CARD = "card"
    AUTH_CODE = "auth_code"
    AUTH_TOKEN = "auth_token"
    QUESTIONS = "questions"
    PASSWORD = "password"
    FIDO = "fido"


COUNTED_BESIDE_USER = (
    *(Factor.CARD, Factor.AUTH_CODE, Factor.AUTH_TOKEN),
    *(Factor.QUESTIONS, Factor.PASSWORD, Factor.FIDO),
)
"""Factors whose failures are counted beside the user.  Those of one-time passwords are counted beside the devices, so
that one UPDATE spends a code and forgives; a push cannot be guessed."""


class Scope(StrEnum):
    """What a key may be used for.  Decryption is a scope of its own: who may decrypt learns what others encrypted."""

    VALIDATE = "validate"
    ENCRYPT = "encrypt"
    DECRYPT = "decrypt"
    ADMINISTER = "administer"


DEFAULT_TENANT = "default"
"""The tenant that an installation begins with."""

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
        scopes: What it may be used for.
        created_at: When it was made.
        last_used_at: When it was last used, to the minute; ``None`` if never.
        revoked_at: When it was revoked; ``None`` while it is good.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: Instant
    last_used_at: Instant | None
    revoked_at: Instant | None


@dataclass(frozen=True, slots=True)
class Caller:
    """The software that calls, as its key tells.

    Attributes:
        id: Number of the key's row.
        name: Name of the key.
        scopes: What the key may be used for.
        last_used_at: When the key was last used, to the minute; 0 if never.
    """

    id: int
    name: str
    scopes: frozenset[Scope]
    last_used_at: Instant


@dataclass(frozen=True, slots=True)
class AuthSet:
    """A named list of the factors that may verify a user.

    Attributes:
        id: Number of the row.
        name: What operators and callers call it.
        factors: The factors.
        users: How many users have it.
    """

    id: int
    name: str
    factors: frozenset[Factor]
    users: int


@dataclass(frozen=True, slots=True)
class User:
    """A person being verified.

    Attributes:
        id: Number inside the installation.
        name: Domain and username as enrolled.
        enabled: False after an operator disabled the user.
        failures: Failures since the last success, for the lockout.
        pin_hash: Argon2id of the PIN; ``None`` if none is set.
        pin_must_change: Whether the user is to choose an own PIN; this one is good until then.
        pin_failures: Wrong PINs since the last right one.
        password_hash: Argon2id of the password; ``None`` if none is set.
        factors: What may verify the user: the authentication set's factors, or all without a set.
    """

    id: int
    name: UserName
    enabled: bool
    failures: Failures
    pin_hash: str | None = field(default=None, repr=False)
    pin_must_change: bool = False
    pin_failures: int = 0
    password_hash: str | None = field(default=None, repr=False)
    factors: frozenset[Factor] = frozenset(Factor)


class TokenPurpose(StrEnum):
    """What a session token was made for."""

    SSO = "sso"
    MOBILE = "mobile"


class Role(StrEnum):
    """What a user may do in the console."""

    USER = "user"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a user besides the name: where messages go, and what an administrator decided.

    Attributes:
        email: Mail address; empty if none.
        phone: Digits, with a leading ``+`` where it is international; empty if none.
        carrier: The phone's carrier, which may have an e-mail gateway; may be empty.
        language: Language tag, such as ``en``.
        roles: The user's roles.
        auth_set_id: Number of the authentication set; ``None`` if every factor may verify the user.
        enabled: False after an operator disabled the user.
        first_name: First name; empty if nobody said.
        last_name: Last name; empty if nobody said.
    """

    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    carrier: str = ""
    language: str = "en"
    roles: tuple[Role, ...] = (Role.USER,)
    auth_set_id: int | None = None
    enabled: bool = True
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    """A change of a :class:`Profile`, field by field; ``None`` leaves a field as it is.

    Two changes of different fields at the same time both count: nothing that was only read is written back.
    """

    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    carrier: str | None = None
    language: str | None = None
    roles: tuple[Role, ...] | None = None
    auth_set_id: int | None = None
    enabled: bool | None = None
    first_name: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)

    def of_new_user(self) -> Profile:
        """Return the profile of a user who had none.

        >>> ProfileUpdate(language="de").of_new_user().language
        'de'
        """
        changed = {one.name: getattr(self, one.name) for one in fields(self)}
        return Profile(**{name: value for name, value in changed.items() if value is not None})


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
        caller: Who calls.
        user: The user named, ``None`` if there is none.
        devices: The user's OATH devices, if they were asked for.
    """

    tenant: Tenant
    caller: Caller
    user: User | None
    devices: tuple[OathDevice, ...] = ()


@dataclass(frozen=True, slots=True)
class Branding:
    """What a tenant shows to its users.

    Attributes:
        color: The main colour, such as ``#1f5f8b``.
        splash_color: The colour behind the splash picture.
        email: Where users find help; empty if nowhere.
        phone: Whom they call for help, as it is to be shown; empty if nobody.
        logo: The logo, if there is one.
        splash: The picture that an application shows while it starts, if there is one.
        changed_at: When it was last set; 0 if never.
    """

    color: str
    splash_color: str
    email: str
    phone: str
    logo: Image | None
    splash: Image | None
    changed_at: Instant
