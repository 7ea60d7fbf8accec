"""Authentication sets: named lists of the factors that may verify a user.

A user without a set may be verified by every factor.  The set is read with the user at every call, so that a change
counts from the next call on, on every surface.
"""

from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import ConflictError, NotFoundError, PolicyError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.model import AuthSet, Factor, Tenant
from validate_service.core.ports import AuthSets, Clock, Database


@dataclass(frozen=True, slots=True)
class AuthSetRegister:
    """Keeps authentication sets; for operators."""

    database: Database
    auth_sets: AuthSets
    clock: Clock

    def add(self, call: Call, tenant: Tenant, name: str, factors: frozenset[Factor]) -> None:
        """Add a set.

        Raises:
            MalformedRequestError: the name is empty or too long.
            PolicyError: there is no factor.
            ConflictError: there is a set of this name, in whatever case.
        """
        name = require_text("name", name.strip() or None, longest=LONGEST_NAME)
        call.tenant_id, now = tenant.id, self.clock.now()
        with self.database.write() as transaction:
            self.auth_sets.add(transaction, tenant.id, name=name, factors=_required(factors), at=now)
            transaction.record(AuditEvent(EventName.AUTH_SET_ADD, DONE, call, now, name))

    def listing(self, tenant: Tenant) -> list[AuthSet]:
        """Return the tenant's sets, by name."""
        with self.database.read() as session:
            return list(self.auth_sets.listing(session, tenant.id))

    def set_factors(self, call: Call, tenant: Tenant, name: str, factors: frozenset[Factor]) -> None:
        """Replace the factors of a set; every user who has it is verified by these from the next call on.

        Raises:
            PolicyError: there is no factor.
            NotFoundError: there is no such set.
        """
        call.tenant_id = tenant.id
        with self.database.write() as transaction:
            if not self.auth_sets.set_factors(transaction, tenant.id, name, _required(factors)):
                raise _no_such_set(name)
            transaction.record(AuditEvent(EventName.AUTH_SET_SET, DONE, call, self.clock.now(), name))

    def delete(self, call: Call, tenant: Tenant, name: str) -> None:
        """Delete a set.

        Raises:
            NotFoundError: there is no such set.
            ConflictError: a user has it: without it, every factor would verify that user.
        """
        call.tenant_id = tenant.id
        with self.database.write() as transaction:
            if self.auth_sets.find(transaction, tenant.id, name) is None:
                raise _no_such_set(name)
            if not self.auth_sets.delete(transaction, tenant.id, name):
                raise ConflictError(f"Users have the authentication set {name}.")
            transaction.record(AuditEvent(EventName.AUTH_SET_DELETE, DONE, call, self.clock.now(), name))


def _required(factors: frozenset[Factor]) -> frozenset[Factor]:
    if not factors:
        raise PolicyError("An authentication set needs at least one factor.")
    return factors


def _no_such_set(name: str) -> NotFoundError:
    return NotFoundError(f"There is no authentication set {name}.")
