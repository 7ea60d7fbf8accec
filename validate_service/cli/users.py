"""``validate-service user``."""

import click

from validate_service.cli.operator import Operator, operator_command, read_secret
from validate_service.core.auth_codes import SHORTEST_CODE


@click.group("user")
def users() -> None:
    r"""Users.  NAME is DOMAIN\username or username@domain."""


@users.command("add")
@click.argument("name")
@operator_command
def add(operator: Operator, name: str) -> None:
    """Add a user."""
    user_id = operator.installation.core.user_register.add(operator.call("user add", name), operator.tenant)
    operator.tell(f"User {name} added.", user=name, id=user_id)


@users.command("list")
@operator_command
def listing(operator: Operator) -> None:
    """List all users."""
    operator.show(
        [
            {
                "id": user.id,
                "user": str(user.name),
                "enabled": user.enabled,
                "failures": user.failures.total,
                "pin": "none" if user.pin_hash is None else "set",
                "pin_failures": user.pin_failures,
            }
            for user in operator.installation.core.user_register.listing(operator.tenant)
        ]
    )


@users.command("delete")
@click.argument("name")
@operator_command
def delete(operator: Operator, name: str) -> None:
    """Delete a user with everything enrolled."""
    operator.installation.core.user_register.delete(operator.call("user delete", name), operator.tenant)
    operator.tell(f"User {name} deleted.", user=name)


@users.command("enable")
@click.argument("name")
@operator_command
def enable(operator: Operator, name: str) -> None:
    """Enable a user."""
    register = operator.installation.core.user_register
    register.set_enabled(operator.call("user enable", name), operator.tenant, enabled=True)
    operator.tell(f"User {name} enabled.", user=name, enabled=True)


@users.command("disable")
@click.argument("name")
@operator_command
def disable(operator: Operator, name: str) -> None:
    """Disable a user: every verification is refused."""
    register = operator.installation.core.user_register
    register.set_enabled(operator.call("user disable", name), operator.tenant, enabled=False)
    operator.tell(f"User {name} disabled.", user=name, enabled=False)


@users.command("unlock")
@click.argument("name")
@operator_command
def unlock(operator: Operator, name: str) -> None:
    """Forget a user's failures, and unblock the PIN."""
    operator.installation.core.user_register.unlock(operator.call("user unlock", name), operator.tenant)
    operator.tell(f"User {name} unlocked.", user=name)


@users.command("set-pin")
@click.argument("name")
@click.option("--must-change", is_flag=True, help="The user is to choose an own PIN.")
@operator_command
def set_pin(operator: Operator, name: str, must_change: bool) -> None:
    """Set a user's PIN, which is read from the terminal or standard input."""
    desk = operator.installation.core.pin_desk
    desk.set_pin(operator.call("user set-pin", name), operator.tenant, read_secret("PIN"), must_change=must_change)
    operator.tell(f"PIN of {name} set.", user=name)


@users.command("unblock-pin")
@click.argument("name")
@operator_command
def unblock_pin(operator: Operator, name: str) -> None:
    """Unblock a user's PIN."""
    operator.installation.core.pin_desk.unblock(operator.call("user unblock-pin", name), operator.tenant)
    operator.tell(f"PIN of {name} unblocked.", user=name)


@users.command("auth-code")
@click.argument("name")
@click.option("--seconds", default=600, show_default=True, help="How long the code is good.")
@click.option("--digits", default=SHORTEST_CODE, show_default=True, help="Length, 6 to 12.")
@operator_command
def auth_code(operator: Operator, name: str, seconds: int, digits: int) -> None:
    """Issue an auth code for a user, and print it."""
    desk = operator.installation.core.auth_code_desk
    code = desk.issue(operator.call("user auth-code", name), operator.tenant, life_s=seconds, digits=digits)
    operator.tell(code, user=name, auth_code=code, seconds=seconds)


@users.command("session-token")
@click.argument("name")
@click.option("--seconds", default=3600, show_default=True, help="How long the token is good.")
@operator_command
def session_token(operator: Operator, name: str, seconds: int) -> None:
    """Issue a session token for a user, and print it."""
    desk = operator.installation.core.auth_token_desk
    token = desk.issue(operator.call("user session-token", name), operator.tenant, life_s=seconds)
    operator.tell(token, user=name, auth_token=token, seconds=seconds)
