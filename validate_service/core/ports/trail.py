"""The audit trail as its users see it."""

from collections.abc import Sequence
from typing import Protocol

from validate_service.core.model import SignIn
from validate_service.core.ports.sessions import Session


class Trail(Protocol):
    """Reads the audit trail."""

    def sign_ins(self, session: Session, user_id: int, most: int) -> Sequence[SignIn]:
        """Return the last attempts to verify the user, at most *most*, newest first."""
