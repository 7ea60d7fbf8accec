"""``validate-service tenant``."""

import click

from validate_service.cli.operator import Operator, operator_command


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


@tenants.command("set")
@click.argument("policy")
@click.argument("value", type=int)
@operator_command
def set_policy(operator: Operator, policy: str, value: int) -> None:
    """Set a policy: questions_required, push_timeout_s, or a field such as lockout.threshold or pin.block_at."""
    register = operator.installation.core.tenant_register
    register.set_policy(operator.call("tenant set"), operator.tenant, policy, value)
    operator.tell(f"{policy} is {value}.", policy=policy, value=value)
