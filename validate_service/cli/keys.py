"""``validate-service key``."""

import click

from validate_service.cli.operator import Operator, operator_command
from validate_service.cli.times import iso


@click.group("key")
def keys() -> None:
    """The key ring."""


@keys.command("list")
@operator_command
def listing(operator: Operator) -> None:
    """List the keys with their states; never the keys themselves."""
    operator.show(
        [
            {"key": key_id, "state": key.state.value, "created_at": iso(key.created_at)}
            for key_id, key in sorted(operator.installation.core.key_desk.listing().items())
        ]
    )


@keys.command("rotate")
@operator_command
def rotate(operator: Operator) -> None:
    """Make a new key that encrypts from now on; the older ones only decrypt."""
    key_id = operator.installation.core.key_desk.rotate(operator.call("key rotate"))
    operator.tell(f"Key {key_id} is active.  Now run: validate-service key reseal", key=key_id)


@keys.command("reseal")
@operator_command
def reseal(operator: Operator) -> None:
    """Seal all seeds in the database under the active key."""
    count = operator.installation.core.key_desk.reseal(operator.call("key reseal"))
    operator.tell(f"{count} seeds resealed.", resealed=count)


@keys.command("retire")
@click.argument("key", type=int)
@operator_command
def retire(operator: Operator, key: int) -> None:
    """Take a key out of use for ever; what callers hold under it no longer decrypts."""
    operator.installation.core.key_desk.retire(operator.call("key retire"), key)
    operator.tell(f"Key {key} retired.", key=key)


@keys.command("export-aes-secret")
@click.option("--key", type=int, help="Number of the key; the active one if left out.")
@operator_command
def export_aes_secret(operator: Operator, key: int | None) -> None:
    """Print the secret with which .NET code decrypts the tenant's AES values."""
    desk = operator.installation.core.key_desk
    key_id, secret = desk.export_aes_secret(operator.call("key export-aes-secret"), operator.tenant, key)
    operator.tell(secret, key=key_id, secret=secret)
