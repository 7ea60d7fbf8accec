"""Tenants and their settings; for operators."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import PolicyError
from validate_service.core.fido.applications import require_app_id
from validate_service.core.fields import LONGEST_NAME, folded, require_text
from validate_service.core.messages import Channel, MessageKind
from validate_service.core.model import Tenant
from validate_service.core.passwords import LONGEST_PASSWORD
from validate_service.core.pins import LONGEST_PIN
from validate_service.core.ports import Clock, Database, Randomness, Tenants
from validate_service.core.profiles import LONGEST_CARRIER, email_address
from validate_service.core.prompts import LONGEST_TIMEOUT_S
from validate_service.core.questions import MOST_QUESTIONS
from validate_service.core.settings import POLICY_GROUPS, TenantSettings, parse_network

MOST = {
    "lockout.disable_at": 100,
    "push_timeout_s": LONGEST_TIMEOUT_S,
    "questions_required": MOST_QUESTIONS,
    "pin.longest": LONGEST_PIN,
    "password.longest": LONGEST_PASSWORD,
    "shortest_api_key": LONGEST_NAME,
}
"""Upper bounds of policies: SP 800-63B-4 section 3.2.2 allows 100 failures; the others follow from the core's own."""

LEAST = {"password.longest": 64, "password.shortest": 8}
"""Lower bounds of policies: SP 800-63B-4 section 3.1.1.2."""

POLICIES = frozenset(
    {one.name for one in fields(TenantSettings) if one.type is int}
    | {f"{name}.{one.name}" for name, policy in POLICY_GROUPS.items() for one in fields(policy)}
)
"""Every policy that is a number."""

SWITCHES = frozenset(one.name for one in fields(TenantSettings) if one.type is bool)
"""Every policy that is on or off."""

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
            value: The number, from what ``LEAST`` says, or 1, to what ``MOST`` says.

        Raises:
            PolicyError: there is no such policy, or the number is out of its range.
        """
        if policy not in POLICIES:
            raise PolicyError(f"There is no policy {policy}.")
        least, most = LEAST.get(policy, 1), MOST.get(policy, MOST_OF_OTHERS)
        if not least <= value <= most:
            raise PolicyError(f"{policy} must be from {least} to {most}.")
        self._change(call, tenant, policy.split("."), value)

    def switch(self, call: Call, tenant: Tenant, policy: str, *, on: bool) -> None:
        """Switch one of the tenant's policies on or off.

        Raises:
            PolicyError: there is no such policy, or it is a number.
        """
        if policy not in SWITCHES:
            raise PolicyError(f"There is no policy {policy} that is on or off.")
        self._change(call, tenant, [policy], on)

    def set_organisation(self, call: Call, tenant: Tenant, name: str) -> None:
        """Call the tenant *name* in messages; an empty name is the service's.

        Raises:
            MalformedRequestError: the name is too long, or holds a character that is not allowed.
        """
        self._change(call, tenant, ["organisation"], require_text("name", name.strip(), longest=LONGEST_NAME))

    def set_carrier(self, call: Call, tenant: Tenant, carrier: str, domain: str) -> None:
        """Send SMS to phones of *carrier* as e-mails to ``<digits>@<domain>``; an empty domain ends that.

        Raises:
            PolicyError: the domain is none.
            MalformedRequestError: the carrier's name is empty or too long.
        """
        name = require_text("carrier", folded(carrier.strip()) or None, longest=LONGEST_CARRIER)
        if domain:
            email_address(f"15550100@{domain}")
        self._change(call, tenant, ["carriers", name], domain or None)

    def set_facets(self, call: Call, tenant: Tenant, app_id: str, facets: Sequence[str]) -> None:
        """Let *facets* ask security keys in the name of *app_id*; none at all stands for pages of its own origin.

        Args:
            call: Who asks.
            tenant: Whose application.
            app_id: The application, a URL.
            facets: Web origins, and identities of apps, of at most 256 characters each.

        Raises:
            MalformedRequestError: *app_id* is no application, or a facet is empty or too long.
        """
        named = [require_text("facet", facet.strip() or None, longest=LONGEST_NAME) for facet in facets]
        self._change(call, tenant, ["facets", require_app_id(app_id)], named or None)

    def set_channels(self, call: Call, tenant: Tenant, kind: MessageKind, channels: Sequence[Channel]) -> None:
        """Try *channels*, in this order, for messages of *kind*; none at all stands for the built-in order."""
        self._change(call, tenant, ["channels", kind], list(channels) or None)

    def _change(self, call: Call, tenant: Tenant, path: list[str], value: int | str | list[str] | None) -> None:
        """Store one value, or with ``None`` the default."""
        call.tenant_id = tenant.id
        with self.database.write() as transaction:
            settings = json.loads(self.tenants.settings_text(transaction, tenant.id))
            place = settings
            for name in path[:-1]:
                place = place.setdefault(name, {})
            place[path[-1]] = value
            if value is None:
                del place[path[-1]]
            self.tenants.set_settings(transaction, tenant.id, json.dumps(settings, sort_keys=True))
            transaction.record(AuditEvent(EventName.TENANT_SET, DONE, call, self.clock.now(), tenant.name))
