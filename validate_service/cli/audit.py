"""``validate-service audit``."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

import click

from validate_service.cli.operator import ROW_NUMBER, Operator, operator_command
from validate_service.cli.times import instant_of, iso
from validate_service.core.retention import EVENTS, Batch
from validate_service.storage import audit_trail

CHANGED = 1

REST_TIMES = 4
"""How many times as long as it worked ``prune`` rests after each batch: others have the database meanwhile."""

LONGEST_REST_S = 1.0


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


@audit.command("prune")
@click.option(
    "--older-than",
    "days",
    required=True,
    metavar="DAYS",
    type=click.IntRange(1, 100_000),
    help="Delete events older than so many days.",
)
@operator_command
def prune(operator: Operator, days: int) -> None:
    """Delete old events of all tenants, and what has expired; exit with 1 if a part was changed and so is kept.

    It may run beside the service, at any time, on any node, and be stopped and run again.
    """
    rows, findings = Counter[str](), list[str]()
    for batch in _rested(operator.installation.core.retention_desk.prune(operator.call("audit prune"), days)):
        rows[batch.kind] += batch.rows
        findings += [batch.finding] if batch.finding else []
    others = rows.total() - rows[EVENTS]
    summary = f"Deleted {rows[EVENTS]} events, and {others} codes, links, pushes and sessions that had ended."
    operator.tell("\n".join([*findings, summary]), rows=rows, findings=findings)
    if findings:
        raise SystemExit(CHANGED)


def _rested(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield *batches*, and rest after each."""
    began = time.monotonic()
    for batch in batches:
        yield batch
        time.sleep(min(REST_TIMES * (time.monotonic() - began), LONGEST_REST_S))
        began = time.monotonic()
