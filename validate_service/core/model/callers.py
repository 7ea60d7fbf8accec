"""Whose world it is, and who calls into it."""

from dataclasses import dataclass
from enum import StrEnum

from validate_service.core.model.instants import Instant
from validate_service.core.settings import TenantSettings

DEFAULT_TENANT = "default"
"""The tenant that an installation begins with."""


class Scope(StrEnum):
    """What a key may be used for.  Decryption is a scope of its own: who may decrypt learns what others encrypted."""

    VALIDATE = "validate"
    ENCRYPT = "encrypt"
    DECRYPT = "decrypt"
    ADMINISTER = "administer"


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
