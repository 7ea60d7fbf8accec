"""What a tenant shows to its users."""

from dataclasses import dataclass

from validate_service.core.images import Image
from validate_service.core.model.instants import Instant


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
