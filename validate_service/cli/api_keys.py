"""``validate-service api-key``."""

import click

from validate_service.cli.operator import Operator, operator_command
from validate_service.cli.times import iso


@click.group("api-key")
def api_keys() -> None:
    """Keys of the software that calls us."""


@api_keys.command("add")
@click.argument("name")
@operator_command
def add(operator: Operator, name: str) -> None:
    """Make a key called NAME, and print it: this once."""
    register = operator.installation.core.api_key_register
    uid, api_key = register.issue(operator.call("api-key add"), operator.tenant.id, name)
    operator.tell(api_key, id=uid, name=name, api_key=api_key)


@api_keys.command("list")
@operator_command
def listing(operator: Operator) -> None:
    """List all keys; never the keys themselves."""
    operator.show(
        [
            {"id": key.id, "name": key.name, "created_at": iso(key.created_at), "revoked_at": iso(key.revoked_at)}
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
