"""Users: enrol, list, disable, unlock, delete; for operators."""

from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError, NotFoundError
from validate_service.core.model import Tenant, User
from validate_service.core.ports import Clock, Database, Users


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
    clock: Clock

    def add(self, call: Call, tenant: Tenant) -> int:
        """Add the user that *call* names; return the number.

        Raises:
            MalformedRequestError: the name is empty.
            ConflictError: the user exists.
        """
        if not call.user.username:
            raise MalformedRequestError("username is missing.")
        call.tenant_id, now = tenant.id, self.clock.now()
        with self.database.write() as transaction:
            call.user_id = self.users.add(transaction, tenant.id, call.user, now)
            transaction.record(AuditEvent(EventName.USER_ADD, DONE, call, now))
        return call.user_id

    def listing(self, tenant: Tenant) -> list[User]:
        """Return all users of *tenant*, by name."""
        with self.database.read() as session:
            return list(self.users.listing(session, tenant.id))

    def get(self, call: Call, tenant: Tenant) -> User:
        """Return the user that *call* names.

        Raises:
            NotFoundError: there is none.
        """
        return require_user(self.database, self.users, call, tenant)

    def delete(self, call: Call, tenant: Tenant) -> None:
        """Delete the user with everything enrolled.

        Raises:
            NotFoundError: there is none.
        """
        user = self.get(call, tenant)
        with self.database.write() as transaction:
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
