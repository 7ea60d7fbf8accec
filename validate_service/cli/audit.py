"""``validate-service audit``."""

import json
from datetime import datetime

import click

from validate_service.cli.operator import ROW_NUMBER, Operator, operator_command
from validate_service.cli.times import instant_of, iso
from validate_service.storage import audit_trail

CHANGED = 1


@click.group("audit")
def audit() -> None:
    """The audit trail."""


@audit.command("search")
@click.option("--request-id", help="The X-Request-Id of an answer.")
@click.option("--user", "user_name", help=r"The user as the caller spelled it, e.g. CORP\alice.")
@click.option("--event", help="E.g. otp:verify.")
@click.option("--reason", help="E.g. wrong_code.")
@click.option("--device", help="A serial.")
@click.option("--since", type=click.DateTime(), help="UTC.")
@click.option("--limit", default=50, show_default=True, type=ROW_NUMBER, help="How many at most.")
@operator_command
def search(operator: Operator, since: datetime | None, limit: int, **equal: str | None) -> None:
    """Show events, newest first."""
    with operator.installation.database.read() as session:
        since_instant = instant_of(since) if since else 0
        found = audit_trail.search(session, equal, most=limit, since=since_instant)
        operator.show([event | {"at": iso(event["at"])} for event in found])


@audit.command("verify")
@operator_command
def verify(operator: Operator) -> None:
    """Check that no event was edited, inserted or deleted; exit with 1 if one was."""
    installation = operator.installation
    with installation.database.read() as session:
        found = audit_trail.verify(session, installation.keys.current(), installation.lanes)
    if operator.as_json:
        click.echo(
            json.dumps(
                {"rows": found.rows, "lanes": found.lanes, "unanchored": found.unanchored, "findings": found.findings}
            )
        )
    else:
        click.echo("\n".join(found.findings) or f"{found.rows} events in {found.lanes} lanes: unchanged.")
        if found.unanchored:
            click.echo(f"The ends of {found.unanchored} lanes are noted on other nodes: verify there, too.", err=True)
    if found.findings:
        raise SystemExit(CHANGED)
