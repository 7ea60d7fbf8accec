"""``validate-service api-key``."""

import click

from validate_service.cli.operator import Operator, operator_command
from validate_service.cli.times import iso
from validate_service.core.model import Scope


@click.group("api-key")
def api_keys() -> None:
    """Keys of the software that calls us."""


SCOPES = click.Choice([scope.value for scope in Scope])


@api_keys.command("add")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=SCOPES,
    default=["validate"],
    show_default=True,
    help="What for; repeat it.",
)
@operator_command
def add(operator: Operator, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key called NAME, and print it: this once."""
    register = operator.installation.core.api_key_register
    chosen = frozenset(map(Scope, scopes))
    uid, api_key = register.issue(operator.call("api-key add"), operator.tenant.id, name, chosen)
    operator.tell(api_key, id=uid, name=name, api_key=api_key, scopes=sorted(chosen))


@api_keys.command("scopes")
@click.argument("key_id")
@click.argument("scopes", nargs=-1, required=True, type=SCOPES)
@operator_command
def set_scopes(operator: Operator, key_id: str, scopes: tuple[str, ...]) -> None:
    """Let a key be used for SCOPES and nothing else, from the next call on."""
    register, chosen = operator.installation.core.api_key_register, frozenset(map(Scope, scopes))
    register.set_scopes(operator.call("api-key scopes"), operator.tenant.id, key_id, chosen)
    operator.tell(f"API key {key_id} is good for: {', '.join(sorted(chosen))}.", id=key_id, scopes=sorted(chosen))


@api_keys.command("list")
@operator_command
def listing(operator: Operator) -> None:
    """List all keys; never the keys themselves."""
    operator.show(
        [
            {
                "id": key.id,
                "name": key.name,
                "scopes": " ".join(sorted(key.scopes)),
                "created_at": iso(key.created_at),
                "last_used_at": iso(key.last_used_at),
                "revoked_at": iso(key.revoked_at),
            }
            for key in operator.installation.core.api_key_register.listing(operator.tenant.id)
        ]
    )


@api_keys.command("revoke")
@click.argument("key_id")
@operator_command
def revoke(operator: Operator, key_id: str) -> None:
    """Revoke a key; it is refused from the next call on."""
    operator.installation.core.api_key_register.revoke(operator.call("api-key revoke"), operator.tenant.id, key_id)
    operator.tell(f"API key {key_id} revoked.", id=key_id)
