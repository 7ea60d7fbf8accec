"""``validate-service push``."""

import time

import click

from validate_service.cli.operator import Operator, operator_command
from validate_service.cli.times import iso
from validate_service.core.approvals import seconds_left
from validate_service.core.lockout import MICROSECONDS


@click.group("push")
def pushes() -> None:
    """Push approvals that wait for their users."""


@pushes.command("list")
@operator_command
def listing(operator: Operator) -> None:
    """List what waits for an answer."""
    now = int(time.time() * MICROSECONDS)
    operator.show(
        [
            {
                "id": approval.id,
                "user": str(approval.user),
                "login_to": approval.login_to,
                "address": approval.address,
                "message": approval.message,
                "needs_number": bool(approval.match_number),
                "asked_at": iso(approval.asked_at),
                "seconds_left": seconds_left(approval, now),
            }
            for approval in operator.installation.core.approval_desk.pending(operator.tenant)
        ]
    )


@pushes.command("approve")
@click.argument("push_id")
@click.option("--number", default="", help="The number that the caller shows, where one is asked for.")
@operator_command
def approve(operator: Operator, push_id: str, number: str) -> None:
    """Approve in the user's place."""
    desk = operator.installation.core.approval_desk
    desk.answer(operator.call("push approve"), operator.tenant, push_id, approve=True, number=number)
    operator.tell("Approved.", id=push_id, state="approved")


@pushes.command("deny")
@click.argument("push_id")
@operator_command
def deny(operator: Operator, push_id: str) -> None:
    """Deny in the user's place."""
    desk = operator.installation.core.approval_desk
    desk.answer(operator.call("push deny"), operator.tenant, push_id, approve=False)
    operator.tell("Denied.", id=push_id, state="denied")
