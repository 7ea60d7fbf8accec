"""What the connector's types need: FIDO keys, devices in stock, passwords and FIDO as factors, people's names.

It only adds, and lets a device be nobody's: the version before goes on serving while this one is rolled out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("first_name", "last_name"):
        op.add_column("users", sa.Column(name, sa.String(length=256), server_default="", nullable=False))
    for name in ("password_failures", "fido_failures"):
        op.add_column("users", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column("auth_tokens", sa.Column("purpose", sa.String(length=16), server_default="sso", nullable=False))
    with op.batch_alter_table("devices") as devices:
        devices.alter_column("user_id", existing_type=_NUMBER, nullable=True)
        devices.add_column(sa.Column("activated", sa.Boolean(), server_default=sa.true(), nullable=False))
        devices.add_column(sa.Column("hardware", sa.Boolean(), server_default=sa.false(), nullable=False))
        devices.add_column(sa.Column("holder_hash", sa.LargeBinary(length=32), nullable=True))
    op.create_table(
        "fido_keys",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("tenant_id", _NUMBER, nullable=False),
        sa.Column("device_id", _NUMBER, nullable=False),
        sa.Column("app_id", sa.String(length=256), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("protocol", sa.String(length=8), nullable=False),
        sa.Column("handle", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("handle_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_fido_keys_tenant_id"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_fido_keys_device_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_fido_keys"),
        sa.UniqueConstraint("tenant_id", "handle_hash", name="uq_fido_keys_tenant_id_handle_hash"),
        sa.UniqueConstraint("device_id", "app_id", name="uq_fido_keys_device_id_app_id"),
    )
    op.create_table(
        "fido_challenges",
        sa.Column("user_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("protocol", sa.String(length=8), nullable=False),
        sa.Column("app_id", sa.String(length=256), nullable=False),
        sa.Column("challenge", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_fido_challenges_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_fido_challenges"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("fido_challenges")
    op.drop_table("fido_keys")
    op.execute("DELETE FROM devices WHERE user_id IS NULL")
    with op.batch_alter_table("devices") as devices:
        for column in ("holder_hash", "hardware", "activated"):
            devices.drop_column(column)
        devices.alter_column("user_id", existing_type=_NUMBER, nullable=False)
    op.drop_column("auth_tokens", "purpose")
    for column in ("fido_failures", "password_failures", "last_name", "first_name"):
        op.drop_column("users", column)
