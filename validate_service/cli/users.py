"""``validate-service user``."""

import io
from collections.abc import Callable

import click
import segno

from validate_service.cli.operator import Operator, operator_command, read_secret
from validate_service.core.auth_codes import SHORTEST_CODE
from validate_service.core.profiles import ProfileChange


@click.group("user")
def users() -> None:
    r"""Users.  NAME is DOMAIN\username or username@domain."""


def profile_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that describe a user."""
    for option, text in (
        ("--last-name", "Last name."),
        ("--first-name", "First name."),
        ("--phone", "Phone number, with the country code."),
        ("--carrier", "The phone's carrier, where it has an e-mail gateway."),
        ("--email", "Mail address."),
        ("--language", "Language of messages: de, German."),
        ("--roles", "User, Admin, or both with a comma."),
        ("--auth-set", "Authentication set."),
    ):
        function = click.option(option, help=text)(function)
    return function


@users.command("add")
@click.argument("name")
@profile_options
@operator_command
def add(operator: Operator, name: str, **profile: str | None) -> None:
    """Add a user."""
    register = operator.installation.core.user_register
    user_id = register.add(operator.call("user add", name), operator.tenant, ProfileChange(**profile))
    operator.tell(f"User {name} added.", user=name, id=user_id)


@users.command("update")
@click.argument("name")
@profile_options
@click.option("--no-auth-set", is_flag=True, help="Let every factor verify the user.")
@operator_command
def update(operator: Operator, name: str, no_auth_set: bool, **profile: str | None) -> None:
    """Change what is known of a user; an empty value clears names, e-mail, phone or carrier."""
    register, call = operator.installation.core.user_register, operator.call("user update", name)
    register.update(call, operator.tenant, ProfileChange(**profile))
    if no_auth_set:
        register.lift_auth_set(call, operator.tenant)
    operator.tell(f"User {name} changed.", user=name)


@users.command("show")
@click.argument("name")
@operator_command
def show(operator: Operator, name: str) -> None:
    """Show what is known of a user."""
    core, call = operator.installation.core, operator.call("user show", name)
    profile = core.user_register.profile(call, operator.tenant)
    sets = {auth_set.id: auth_set.name for auth_set in core.auth_set_register.listing(operator.tenant)}
    operator.show(
        [
            {
                "id": call.user_id,
                "user": name,
                "enabled": profile.enabled,
                "first_name": profile.first_name,
                "last_name": profile.last_name,
                "email": profile.email,
                "phone": profile.phone,
                "carrier": profile.carrier,
                "language": profile.language,
                "roles": ",".join(profile.roles),
                "auth_set": sets.get(profile.auth_set_id or 0),
            }
        ]
    )


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
                "pin": "none" if user.pin_hash is None else "must change" if user.pin_must_change else "set",
                "pin_failures": user.pin_failures,
            }
            for user in operator.installation.core.user_register.listing(operator.tenant)
        ]
    )


@users.command("delete")
@click.argument("name")
@click.option("--keep-tokens", is_flag=True, help="Put the user's tokens in stock.")
@operator_command
def delete(operator: Operator, name: str, keep_tokens: bool) -> None:
    """Delete a user with everything enrolled."""
    register = operator.installation.core.user_register
    register.delete(operator.call("user delete", name), operator.tenant, keep_tokens=keep_tokens)
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


@users.command("set-password")
@click.argument("name")
@operator_command
def set_password(operator: Operator, name: str) -> None:
    """Set a user's password, which is read from the terminal or standard input."""
    desk = operator.installation.core.password_desk
    desk.set_password(operator.call("user set-password", name), operator.tenant, read_secret("Password"))
    operator.tell(f"Password of {name} set.", user=name)


@users.command("provision")
@click.argument("name")
@click.option("--send", is_flag=True, help="Send the link to the user instead of printing it.")
@click.option("--qr", is_flag=True, help="Print it as a QR code too, for the phone's camera.")
@operator_command
def provision(operator: Operator, name: str, send: bool, qr: bool) -> None:
    """Make a link that enrols an authenticator, once and briefly."""
    desk, call = operator.installation.core.enrolment_desk, operator.call("user provision", name)
    if send:
        operator.tell(f"Link sent to {name}.", user=name, id=desk.send(call, operator.tenant))
    else:
        link = desk.issue(call, operator.tenant)
        operator.tell(f"{_qr_code(link)}{link}" if qr else link, user=name, link=link)


def _qr_code(link: str) -> str:
    """Return *link* as a QR code of blocks and spaces, for a dark terminal."""
    drawn = io.StringIO()
    segno.make_qr(link).terminal(drawn, compact=True)
    return drawn.getvalue()


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
@click.option("--send", is_flag=True, help="Send it to the user too.")
@operator_command
def auth_code(operator: Operator, name: str, seconds: int, digits: int, send: bool) -> None:
    """Issue an auth code for a user, and print it."""
    desk, call = operator.installation.core.auth_code_desk, operator.call("user auth-code", name)
    code = desk.issue(call, operator.tenant, life_s=seconds, digits=digits, send=send)
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
