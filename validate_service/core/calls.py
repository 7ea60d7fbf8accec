"""One call on its way through the core: where it came from, and what is known of it so far."""

from dataclasses import dataclass, field

from validate_service.core.key_ring import KeyRing
from validate_service.core.model import Scope
from validate_service.core.names import UserName
from validate_service.core.origin import Origin

NOBODY = UserName("", "")


@dataclass(slots=True)
class Call:
    """What the core knows of a call; the core fills it in as it learns, the audit trail reads it at the end.

    Attributes:
        origin: Surface, operation, address, request id.
        api_key: The caller's key as it came: an API key, or the login key of *account*; empty on the command line.
        user: Whom the call is about, as the caller spelled it.
        tenant_id: The caller's tenant, once the caller is known.
        caller: Name of the API key, once the caller is known; the operator's login on the command line.
        scopes: What the caller's key may be used for, once the caller is known.
        user_id: The user's number, once found.
        ring: The key ring that the caller was found under, and that the call goes on with.
        account: Login name of the account that calls; ``None`` where callers have API keys.
    """

    origin: Origin
    api_key: str = field(default="", repr=False)
    user: UserName = NOBODY
    tenant_id: int | None = None
    caller: str = ""
    scopes: frozenset[Scope] = frozenset()
    user_id: int | None = None
    ring: KeyRing | None = field(default=None, repr=False)
    account: str | None = None
