"""Tenants and their settings; for operators."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.model import Tenant
from validate_service.core.ports import Clock, Database, Randomness, Tenants
from validate_service.core.settings import parse_network, tenant_settings


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
        spelled = [str(parse_network(network)) for network in networks]
        self._change(call, tenant, {"api_networks": spelled})

    def _change(self, call: Call, tenant: Tenant, changes: dict[str, Any]) -> None:
        call.tenant_id = tenant.id
        with self.database.write() as transaction:
            text = json.dumps(json.loads(self.tenants.settings_text(transaction, tenant.id)) | changes, sort_keys=True)
            self.tenants.set_settings(transaction, tenant.id, text)
            transaction.record(AuditEvent(EventName.TENANT_SET, DONE, call, self.clock.now(), tenant.name))

    def set_policy(self, call: Call, tenant: Tenant, name: str, value: int | dict[str, int]) -> None:
        """Set one policy of the tenant, e.g. ``questions_required`` to 2 or ``lockout`` to ``{"threshold": 5}``.

        Raises:
            MalformedRequestError: there is no such policy, or the value is not one.
        """
        numbers = value.values() if isinstance(value, dict) else [value]
        try:
            tenant_settings(json.dumps({name: value}))
            good = all(number >= 1 for number in numbers)
        except (TypeError, AttributeError):
            good = False
        if not good:
            raise MalformedRequestError("There is no such policy, or it does not take this value.")
        self._change(call, tenant, {name: value})
