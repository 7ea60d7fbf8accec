"""The program ``validate-service``."""

import json

import click

from validate_service.bootstrap import create_installation
from validate_service.cli.api_keys import api_keys
from validate_service.cli.audit import audit
from validate_service.cli.auth_sets import auth_sets
from validate_service.cli.branding import branding
from validate_service.cli.cards import cards
from validate_service.cli.credentials import first_credentials
from validate_service.cli.db import db
from validate_service.cli.demo import demo
from validate_service.cli.devices import devices
from validate_service.cli.keys import keys
from validate_service.cli.message_texts import message_texts
from validate_service.cli.operator import errors_as_exits, require_bind
from validate_service.cli.pushes import pushes
from validate_service.cli.questions import questions
from validate_service.cli.tenants import tenants
from validate_service.cli.users import users
from validate_service.config import DEFAULT_BIND, read_settings
from validate_service.server.serving import serve


@click.group()
@click.version_option(package_name="validate-service")
def main() -> None:
    """An MFA server for clients of RapidIdentity MFA Server and SurePassID.

    Settings come from VALIDATE_SERVICE_* environment variables, or a TOML file named by VALIDATE_SERVICE_CONFIG.
    """


@main.command("init")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def init(as_json: bool) -> None:
    """Make the data folder, key ring and database, and print the first credentials: this once."""
    with errors_as_exits():
        credentials = first_credentials(create_installation(read_settings()))
    if as_json:
        click.echo(json.dumps(credentials))
    else:
        click.echo("Keep these; they are not shown again.")
        for name, value in credentials.items():
            click.echo(f"  {name:19} {value}")


@main.command("serve")
@click.option("--bind", default=DEFAULT_BIND, show_default=True, callback=require_bind, help="HOST:PORT.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes; as many as cores.")
def serve_command(bind: str, workers: int) -> None:
    """Serve until told to stop."""
    with errors_as_exits():
        serve(read_settings(), bind, workers)


main.add_command(demo)
for noun in (
    *(tenants, branding, message_texts, api_keys, auth_sets, users),
    *(devices, cards, questions, pushes, keys, audit, db),
):
    main.add_command(noun)
