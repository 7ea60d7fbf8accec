"""Tenants and their settings; for operators."""

import json
import uuid
from dataclasses import dataclass

from validate_service.core.approvals import LONGEST_TIMEOUT_S
from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.model import Tenant
from validate_service.core.ports import Clock, Database, Randomness, Tenants
from validate_service.core.questions import MOST_QUESTIONS
from validate_service.core.settings import parse_network, tenant_settings

MOST = {"lockout.disable_at": 100, "push_timeout_s": LONGEST_TIMEOUT_S, "questions_required": MOST_QUESTIONS}
"""Upper bounds of policies: SP 800-63B-4 section 3.2.2 allows 100 failures; the others follow from the core's own."""

MOST_OF_OTHERS = 86_400


@dataclass(frozen=True, slots=True)
class TenantRegister:
    """Keeps tenants."""

    database: Database
    tenants: Tenants
    clock: Clock
    randomness: Randomness

    def add(self, call: Call, name: str) -> Tenant:
        """Add a tenant with default settings.

        Raises:
            MalformedRequestError: the name is empty or too long.
            ConflictError: the name is taken.
        """
        name = require_text("name", name or None, longest=LONGEST_NAME)
        uid, now = str(uuid.UUID(bytes=self.randomness(16), version=4)), self.clock.now()
        with self.database.write() as transaction:
            call.tenant_id = self.tenants.add(transaction, uid=uid, name=name, at=now)
            transaction.record(AuditEvent(EventName.TENANT_ADD, DONE, call, now, name))
        return self.get(name)

    def get(self, name: str) -> Tenant:
        """Return the tenant called *name*.

        Raises:
            NotFoundError: there is none.
        """
        with self.database.read() as session:
            return self.tenants.get(session, name)

    def allow_networks(self, call: Call, tenant: Tenant, networks: list[str]) -> None:
        """Let callers call from *networks* only; an empty list lets them call from everywhere.

        Raises:
            MalformedRequestError: one is no network.
        """
        self._change(call, tenant, ["api_networks"], [str(parse_network(network)) for network in networks])

    def set_policy(self, call: Call, tenant: Tenant, policy: str, value: int) -> None:
        """Set one number among the tenant's policies.

        Args:
            call: Who asks.
            tenant: Whose policy.
            policy: E.g. ``questions_required`` or ``lockout.threshold``.
            value: The number, from 1 to what ``MOST`` allows.

        Raises:
            MalformedRequestError: there is no such policy, or the number is out of its range.
        """
        most = MOST.get(policy, MOST_OF_OTHERS)
        if not 1 <= value <= most:
            raise MalformedRequestError(f"{policy} must be from 1 to {most}.")
        self._change(call, tenant, policy.split("."), value)

    def _change(self, call: Call, tenant: Tenant, path: list[str], value: int | list[str]) -> None:
        call.tenant_id = tenant.id
        with self.database.write() as transaction:
            settings = json.loads(self.tenants.settings_text(transaction, tenant.id))
            try:
                place = settings
                for name in path[:-1]:
                    place = place.setdefault(name, {})
                place[path[-1]] = value
                text = json.dumps(settings, sort_keys=True)
                tenant_settings(text)
            except (TypeError, AttributeError) as error:
                raise MalformedRequestError(f"There is no policy {'.'.join(path)}.") from error
            self.tenants.set_settings(transaction, tenant.id, text)
            transaction.record(AuditEvent(EventName.TENANT_SET, DONE, call, self.clock.now(), tenant.name))
