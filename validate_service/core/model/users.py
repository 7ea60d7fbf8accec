"""People, what is known of them, and what may verify them."""

from dataclasses import dataclass, field, fields
from enum import StrEnum

from validate_service.core.lockout import Failures
from validate_service.core.names import UserName


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
