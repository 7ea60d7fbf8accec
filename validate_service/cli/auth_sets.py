"""``validate-service auth-set``."""

import click

from validate_service.cli.operator import Operator, operator_command
from validate_service.core.model import Factor

FACTORS = click.Choice([factor.value for factor in Factor])


@click.group("auth-set")
def auth_sets() -> None:
    """Authentication sets: which factors may verify a user.  A user without a set may be verified by all."""


@auth_sets.command("add")
@click.argument("name")
@click.argument("factors", nargs=-1, required=True, type=FACTORS)
@operator_command
def add(operator: Operator, name: str, factors: tuple[str, ...]) -> None:
    """Add the set NAME, which allows FACTORS."""
    register, chosen = operator.installation.core.auth_set_register, frozenset(map(Factor, factors))
    register.add(operator.call("auth-set add"), operator.tenant, name, chosen)
    operator.tell(f"Authentication set {name} added.", name=name, factors=sorted(chosen))


@auth_sets.command("list")
@operator_command
def listing(operator: Operator) -> None:
    """List all sets."""
    operator.show(
        [
            {"name": one.name, "factors": " ".join(sorted(one.factors)), "users": one.users}
            for one in operator.installation.core.auth_set_register.listing(operator.tenant)
        ]
    )


@auth_sets.command("set")
@click.argument("name")
@click.argument("factors", nargs=-1, required=True, type=FACTORS)
@operator_command
def replace(operator: Operator, name: str, factors: tuple[str, ...]) -> None:
    """Let the set NAME allow FACTORS and nothing else, from the next call on."""
    register, chosen = operator.installation.core.auth_set_register, frozenset(map(Factor, factors))
    register.set_factors(operator.call("auth-set set"), operator.tenant, name, chosen)
    operator.tell(f"Authentication set {name} allows: {', '.join(sorted(chosen))}.", name=name, factors=sorted(chosen))


@auth_sets.command("delete")
@click.argument("name")
@operator_command
def delete(operator: Operator, name: str) -> None:
    """Delete a set that no user has."""
    operator.installation.core.auth_set_register.delete(operator.call("auth-set delete"), operator.tenant, name)
    operator.tell(f"Authentication set {name} deleted.", name=name)
