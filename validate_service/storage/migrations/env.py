"""Run by alembic for each command; the connection comes from ``validate_service.storage.schema``."""

from alembic import context

from validate_service.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
