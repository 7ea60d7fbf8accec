"""``validate-service db``."""

import click

from validate_service.bootstrap import SystemClock, World, assemble
from validate_service.cli.operator import Operator, operator_command
from validate_service.storage import schema
from validate_service.storage.durability import careless_settings
from validate_service.storage.tables import SCHEMA_REVISION


@click.group("db")
def db() -> None:
    """The database."""


@db.command("upgrade")
@operator_command
def upgrade(operator: Operator) -> None:
    """Bring the schema up to this version's."""
    schema.upgrade(assemble(operator.settings, World(SystemClock())).database.engine)
    operator.tell("The schema is up to date.", schema=SCHEMA_REVISION)


@db.command("check")
@operator_command
def check(operator: Operator) -> None:
    """Check that schema and key ring fit this version and each other, and that the database is durable."""
    installation = operator.installation
    installation.keys.current()
    with installation.database.read() as session:
        for setting in careless_settings(session, installation.database.kind):
            click.echo(f"Warning: the database may lose answered calls in a power cut: {setting}", err=True)
    operator.tell("Schema and key ring fit.", schema=SCHEMA_REVISION)
