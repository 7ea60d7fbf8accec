"""``validate-service tenant``."""

import click

from validate_service.cli.operator import Operator, operator_command
from validate_service.core.messages import Channel, MessageKind
from validate_service.core.tenants import SWITCHES


@click.group("tenant")
def tenants() -> None:
    """Tenants and their policies."""


@tenants.command("add")
@click.argument("name")
@operator_command
def add(operator: Operator, name: str) -> None:
    """Add a tenant."""
    tenant = operator.installation.core.tenant_register.add(operator.call("tenant add"), name)
    operator.tell(f"Tenant {name} added.", tenant=name, uid=tenant.uid)


@tenants.command("allow")
@click.argument("networks", nargs=-1)
@operator_command
def allow(operator: Operator, networks: tuple[str, ...]) -> None:
    """Let callers call from NETWORKS only; without any, from everywhere."""
    register = operator.installation.core.tenant_register
    register.allow_networks(operator.call("tenant allow"), operator.tenant, list(networks))
    operator.tell(f"Allowed: {', '.join(networks) or 'every address'}.", networks=list(networks))


@tenants.command("organisation")
@click.argument("name")
@operator_command
def set_organisation(operator: Operator, name: str) -> None:
    """Call the tenant NAME in messages to its users."""
    operator.installation.core.tenant_register.set_organisation(
        operator.call("tenant organisation"), operator.tenant, name
    )
    operator.tell(f"Messages come from {name}.", organisation=name)


@tenants.command("carrier")
@click.argument("carrier")
@click.argument("domain", default="")
@operator_command
def set_carrier(operator: Operator, carrier: str, domain: str) -> None:
    """Send SMS to phones of CARRIER as e-mails to DIGITS@DOMAIN; without DOMAIN, as to any other phone."""
    operator.installation.core.tenant_register.set_carrier(
        operator.call("tenant carrier"), operator.tenant, carrier, domain
    )
    operator.tell(f"SMS by {carrier} go to {domain or 'the SMS gateway'}.", carrier=carrier, domain=domain)


@tenants.command("channels")
@click.argument("kind", type=click.Choice([kind.value for kind in MessageKind]))
@click.argument("channels", nargs=-1, type=click.Choice([channel.value for channel in Channel]))
@operator_command
def set_channels(operator: Operator, kind: str, channels: tuple[str, ...]) -> None:
    """Try CHANNELS in this order for messages of KIND; without any, in the built-in order."""
    operator.installation.core.tenant_register.set_channels(
        operator.call("tenant channels"), operator.tenant, MessageKind(kind), [Channel(name) for name in channels]
    )
    operator.tell(f"{kind}: {', '.join(channels) or 'built-in order'}.", kind=kind, channels=list(channels))


@tenants.command("facets")
@click.argument("app_id")
@click.argument("origins", nargs=-1)
@operator_command
def set_facets(operator: Operator, app_id: str, origins: tuple[str, ...]) -> None:
    """Let pages of ORIGINS ask security keys in the name of APP_ID, a URL; without any, those of its own origin."""
    register = operator.installation.core.tenant_register
    register.set_facets(operator.call("tenant facets"), operator.tenant, app_id, origins)
    operator.tell(f"{app_id}: {', '.join(origins) or 'its own origin'}.", app_id=app_id, facets=list(origins))


@tenants.command("set")
@click.argument("policy")
@click.argument("value", type=int)
@operator_command
def set_policy(operator: Operator, policy: str, value: int) -> None:
    """Set a policy, such as questions_required, lockout.threshold, pin.shortest, password.shortest or issue.burst."""
    register = operator.installation.core.tenant_register
    register.set_policy(operator.call("tenant set"), operator.tenant, policy, value)
    operator.tell(f"{policy} is {value}.", policy=policy, value=value)


@tenants.command("switch")
@click.argument("policy", type=click.Choice(sorted(SWITCHES)))
@click.argument("state", type=click.Choice(["on", "off"]))
@operator_command
def switch(operator: Operator, policy: str, state: str) -> None:
    """Switch a policy on or off."""
    register = operator.installation.core.tenant_register
    register.switch(operator.call("tenant switch"), operator.tenant, policy, on=state == "on")
    operator.tell(f"{policy} is {state}.", policy=policy, on=state == "on")
