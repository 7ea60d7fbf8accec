"""Users: find, search, enrol, change, list, disable, unlock, delete; for operators and administrators."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import NotFoundError, PolicyError, ValidateError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.model import Profile, ProfileUpdate, Subject, Tenant, User
from validate_service.core.names import UserName
from validate_service.core.ports import AuthSets, Clock, Database, Devices, Transaction, Users
from validate_service.core.profiles import ProfileChange

MOST_FOUND = 500
"""How many users one search returns."""


def require_user(database: Database, users: Users, call: Call, tenant: Tenant) -> User:
    """Return the user that *call* is about; fill *call* in.

    Raises:
        NotFoundError: the tenant has no such user.
    """
    call.tenant_id = tenant.id
    with database.read() as session:
        user = users.find(session, tenant.id, call.user)
    if user is None:
        raise NotFoundError(f"There is no user {call.user}.")
    call.user_id = user.id
    return user


@dataclass(frozen=True, slots=True)
class UserRegister:
    """Keeps the list of users."""

    database: Database
    users: Users
    devices: Devices
    auth_sets: AuthSets
    clock: Clock

    def number(self, call: Call, subject: Subject) -> int:
        """Return the number of the user that *call* was admitted for.

        Raises:
            NotFoundError: there is none.
        """
        if subject.user is None:
            raise NotFoundError(f"There is no user {call.user}.")
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.USER_FIND, DONE, call, self.clock.now()))
        return subject.user.id

    def add(self, call: Call, tenant: Tenant, change: ProfileChange | None = None) -> int:
        """Add the user that *call* names; return the number.

        Args:
            call: Who asks, about which user.
            tenant: Where.
            change: What differs from an empty profile.

        Raises:
            PolicyError: the name is empty, or something in *change* is not acceptable.
            ConflictError: the user exists.
        """
        if not call.user.username:
            raise PolicyError("The user name is empty.")
        call.tenant_id, now = tenant.id, self.clock.now()
        change = change or ProfileChange()
        update = change.accepted()
        with self.database.write() as transaction:
            profile = self._with_auth_set(transaction, tenant, change, update).of_new_user()
            call.user_id = self.users.add(transaction, tenant.id, call.user, profile, now)
            transaction.record(AuditEvent(EventName.USER_ADD, DONE, call, now))
        return call.user_id

    @contextmanager
    def added(self, call: Call, tenant: Tenant, change: ProfileChange) -> Iterator[None]:
        """Add the user whom the block gives something more; if the block raises, the user goes again.

        Raises:
            ValidateError: as :meth:`add`, or what the block raised.
        """
        self.add(call, tenant, change)
        try:
            yield
        except ValidateError:
            self.delete(call, tenant)
            raise

    def update(self, call: Call, tenant: Tenant, change: ProfileChange, *, user_id: int | None = None) -> None:
        """Change a user's profile, and the name where the user is named by number.

        Args:
            call: Who asks.  Its user is whom to change, or, with *user_id*, the new name; empty leaves the name.
            tenant: The user's tenant.
            change: What to change.
            user_id: Number of the user.

        Raises:
            NotFoundError: there is no such user.
            PolicyError: something in *change* is not acceptable.
            ConflictError: the new name is another user's.
        """
        update = change.accepted()
        new_name = call.user if user_id is not None and call.user.username else None
        known_id = self._identify(call, tenant, user_id)
        with self.database.write() as transaction:
            update = self._with_auth_set(transaction, tenant, change, update)
            if not self.users.update(transaction, known_id, new_name, update):
                raise NotFoundError("The user was deleted meanwhile.")
            transaction.record(AuditEvent(EventName.USER_UPDATE, DONE, call, self.clock.now()))

    def lift_auth_set(self, call: Call, tenant: Tenant) -> None:
        """Let every factor verify the user again.

        Raises:
            NotFoundError: there is none.
        """
        user = self.get(call, tenant)
        with self.database.write() as transaction:
            self.users.lift_auth_set(transaction, user.id)
            transaction.record(AuditEvent(EventName.USER_UPDATE, DONE, call, self.clock.now()))

    def _identify(self, call: Call, tenant: Tenant, user_id: int | None) -> int:
        """Return the number of the user whom *user_id*, or else the name, means; fill *call* in."""
        if user_id is None:
            return self.get(call, tenant).id
        call.tenant_id, call.user_id = tenant.id, user_id
        with self.database.read() as session:
            found = self.users.find_profile(session, tenant.id, user_id)
        if found is None:
            raise NotFoundError(f"There is no user with the number {user_id}.")
        call.user = found[0]
        return user_id

    def _with_auth_set(
        self, transaction: Transaction, tenant: Tenant, change: ProfileChange, update: ProfileUpdate
    ) -> ProfileUpdate:
        if not change.auth_set:
            return update
        auth_set_id = self.auth_sets.find(transaction, tenant.id, change.auth_set)
        if auth_set_id is None:
            raise PolicyError("There is no authentication set of this name.")
        return replace(update, auth_set_id=auth_set_id)

    def listing(self, tenant: Tenant) -> list[User]:
        """Return all users of *tenant*, by name."""
        with self.database.read() as session:
            return list(self.users.listing(session, tenant.id))

    def search(
        self, call: Call, tenant: Tenant, text: str, *, first: int = 0, most: int = MOST_FOUND
    ) -> tuple[list[tuple[UserName, Profile]], int]:
        """Look for users who have *text* in domain, username, mail address or first and last name, in any case.

        Args:
            call: Who asks.
            tenant: Whose users.
            text: What to look for, at most 256 characters; empty for all.
            first: How many of them, by name, to leave out.
            most: How many to return, 1 to 500.

        Returns:
            Names and profiles, by name; and how many there are altogether.

        Raises:
            PolicyError: *most* is out of range.
            MalformedRequestError: *text* is too long, or holds a character that is not allowed.
        """
        if not 1 <= most <= MOST_FOUND:
            raise PolicyError(f"At most {MOST_FOUND} users are found at once, and at least 1.")
        require_text("search", text, longest=LONGEST_NAME)
        call.tenant_id = tenant.id
        with self.database.write() as transaction:
            found, count = self.users.search(transaction, tenant.id, text, first=first, most=most)
            transaction.record(AuditEvent(EventName.USER_SEARCH, DONE, call, self.clock.now()))
        return list(found), count

    def get(self, call: Call, tenant: Tenant) -> User:
        """Return the user that *call* names.

        Raises:
            NotFoundError: there is none.
        """
        return require_user(self.database, self.users, call, tenant)

    def profile(self, call: Call, tenant: Tenant) -> Profile:
        """Return the profile of the user that *call* names.

        Raises:
            NotFoundError: there is none.
        """
        user = self.get(call, tenant)
        with self.database.read() as session:
            found = self.users.find_profile(session, tenant.id, user.id)
        if found is None:
            raise NotFoundError(f"There is no user {call.user}.")
        return found[1]

    def delete(self, call: Call, tenant: Tenant, *, keep_tokens: bool = False) -> None:
        """Delete the user with everything enrolled.

        Args:
            call: Who asks, about which user.
            tenant: The user's tenant.
            keep_tokens: Whether the OATH devices stay, as nobody's.  Nobody else could use the rest.

        Raises:
            NotFoundError: there is none.
        """
        user = self.get(call, tenant)
        with self.database.write() as transaction:
            if keep_tokens:
                self.devices.unassign_all(transaction, user.id)
            self.users.delete(transaction, user.id)
            transaction.record(AuditEvent(EventName.USER_DELETE, DONE, call, self.clock.now()))

    def set_enabled(self, call: Call, tenant: Tenant, *, enabled: bool) -> None:
        """Enable or disable the user.

        Raises:
            NotFoundError: there is none.
        """
        user = self.get(call, tenant)
        event = EventName.USER_ENABLE if enabled else EventName.USER_DISABLE
        with self.database.write() as transaction:
            self.users.set_enabled(transaction, user.id, enabled=enabled)
            transaction.record(AuditEvent(event, DONE, call, self.clock.now()))

    def unlock(self, call: Call, tenant: Tenant) -> None:
        """Forget all failures of the user, the PIN's too.

        Raises:
            NotFoundError: there is none.
        """
        user = self.get(call, tenant)
        with self.database.write() as transaction:
            self.users.clear_failures(transaction, user.id)
            transaction.record(AuditEvent(EventName.USER_UNLOCK, DONE, call, self.clock.now()))
