"""Users, and the sets of factors that may verify them."""

from collections.abc import Sequence
from typing import Protocol

from validate_service.core.model import AuthSet, Factor, Instant, Profile, ProfileUpdate, User
from validate_service.core.names import UserName
from validate_service.core.ports.sessions import Session, Transaction


class AuthSets(Protocol):
    """Keeps authentication sets.  Names match without case."""

    def add(
        self, transaction: Transaction, tenant_id: int, *, name: str, factors: frozenset[Factor], at: Instant
    ) -> None:
        """Add a set.

        Raises:
            ConflictError: the tenant has one of this name.
        """

    def listing(self, session: Session, tenant_id: int) -> Sequence[AuthSet]:
        """Return the tenant's sets, by name."""

    def find(self, session: Session, tenant_id: int, name: str) -> int | None:
        """Return the number of the set called *name*, or ``None``."""

    def set_factors(self, transaction: Transaction, tenant_id: int, name: str, factors: frozenset[Factor]) -> bool:
        """Replace the factors of a set; tell whether there is one."""

    def delete(self, transaction: Transaction, tenant_id: int, name: str) -> bool:
        """Delete a set that no user has; tell whether there was one."""


class Users(Protocol):
    """Keeps users, their PINs and their failure counts."""

    def add(self, transaction: Transaction, tenant_id: int, name: UserName, profile: Profile, at: Instant) -> int:
        """Add a user; return the number.

        Raises:
            ConflictError: the user exists.
        """

    def update(self, transaction: Transaction, user_id: int, name: UserName | None, update: ProfileUpdate) -> bool:
        """Change the user's name, unless it is ``None``, and profile; tell whether there is such a user.

        Raises:
            ConflictError: the name is another user's.
        """

    def lift_auth_set(self, transaction: Transaction, user_id: int) -> None:
        """Let every factor verify the user."""

    def find_profile(self, session: Session, tenant_id: int, user_id: int) -> tuple[UserName, Profile] | None:
        """Return name and profile of the user with this number, or ``None`` if the tenant has none."""

    def search(
        self, session: Session, tenant_id: int, text: str, *, first: int, most: int
    ) -> tuple[Sequence[tuple[UserName, Profile]], int]:
        """Look for users who have *text* in domain, username, mail address or first and last name, in any case.

        Args:
            session: Where.
            tenant_id: Whose users.
            text: What to look for; empty for all.
            first: How many of them, by name, to leave out.
            most: How many to return.

        Returns:
            Names and profiles, by name; and how many there are altogether.
        """

    def set_password(self, transaction: Transaction, user_id: int, password_hash: str) -> None:
        """Store a password's hash."""

    def pace_issue(self, transaction: Transaction, user_id: int, at: Instant, *, every: int, burst: int) -> Instant:
        """Count one more code or link that is issued for the user, if the pace allows it.

        Args:
            transaction: Where.
            user_id: The user.
            at: Now.
            every: Microseconds after which one more may be issued.
            burst: How many may be issued at once.

        Returns:
            0, or the instant from which the next may be issued: then nothing was counted.
        """

    def find(self, session: Session, tenant_id: int, name: UserName) -> User | None:
        """Return the user, or ``None``."""

    def find_by_id(self, session: Session, user_id: int) -> tuple[int, UserName, str] | None:
        """Return the tenant's number, the name and the language tag of the user with this number, or ``None``."""

    def listing(self, session: Session, tenant_id: int) -> Sequence[User]:
        """Return all users of the tenant, by name."""

    def delete(self, transaction: Transaction, user_id: int) -> None:
        """Delete the user with everything enrolled."""

    def set_enabled(self, transaction: Transaction, user_id: int, *, enabled: bool) -> None:
        """Enable or disable the user."""

    def set_pin(self, transaction: Transaction, user_id: int, pin_hash: str, *, must_change: bool) -> None:
        """Store a PIN's hash; its failure count starts anew."""

    def clear_failures(self, transaction: Transaction, user_id: int) -> None:
        """Set every failure count of the user to zero, the PIN's too."""

    def clear_pin_failures(self, transaction: Transaction, user_id: int) -> None:
        """Unblock the PIN."""

    def count_failure(self, transaction: Transaction, user_id: int, factor: Factor, at: Instant, *, pin: bool) -> None:
        """Add one failure of *factor*; with *pin*, one wrong PIN as well."""

    def accept(self, transaction: Transaction, user_id: int, factor: Factor, *, most_failures: int) -> bool:
        """Set the failures of *factor* to zero, if no more than *most_failures* are counted now.

        Returns:
            Whether the user still exists, is enabled, and had no more failures than that.
        """
