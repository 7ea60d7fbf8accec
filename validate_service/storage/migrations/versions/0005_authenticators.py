"""Authenticators of our own: their keys, their sessions, where messages reach them; and who answered which push.

It only adds, and every new column has a default: the version before goes on serving while this one is rolled out.
"""

from contextlib import nullcontext

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # The trail may be long, and the service goes on writing; what an interrupted upgrade left is no good.
    with op.get_context().autocommit_block() if op.get_bind().dialect.name == "postgresql" else nullcontext():
        op.drop_index("ix_audit_events_user_id_at", "audit_events", if_exists=True, postgresql_concurrently=True)
        op.create_index("ix_audit_events_user_id_at", "audit_events", ["user_id", "at"], postgresql_concurrently=True)
    op.add_column("users", sa.Column("pushes_muted_until", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("approvals", sa.Column("purpose", sa.String(8), server_default="sign_in", nullable=False))
    op.add_column("approvals", sa.Column("wrong_numbers", sa.Integer(), server_default="0", nullable=False))
    op.add_column("approvals", sa.Column("answered_by", _NUMBER, nullable=True))
    op.add_column("approvals", sa.Column("changed_at", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_approvals_changed_at", "approvals", ["changed_at"])
    op.create_table(
        "authenticators",
        sa.Column("device_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=True),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(32), nullable=True),
        sa.Column("challenge_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("endpoint", sa.Text(), nullable=True),
        sa.Column("endpoint_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("message_key", sa.LargeBinary(65), nullable=True),
        sa.Column("message_secret", sa.LargeBinary(16), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_authenticators_device_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id", name="pk_authenticators"),
        sa.UniqueConstraint("uid", name="uq_authenticators_uid"),
        sa.UniqueConstraint("endpoint_hash", name="uq_authenticators_endpoint_hash"),
    )
    op.create_table(
        "phone_sessions",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("device_id", _NUMBER, nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_phone_sessions_device_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_phone_sessions"),
    )
    op.create_index("ix_phone_sessions_device_id", "phone_sessions", ["device_id"])


def downgrade() -> None:
    op.drop_table("phone_sessions")
    op.drop_table("authenticators")
    op.drop_index("ix_audit_events_user_id_at", "audit_events")
    op.drop_index("ix_approvals_changed_at", "approvals")
    for column in ("changed_at", "answered_by", "wrong_numbers", "purpose"):
        op.drop_column("approvals", column)
    op.drop_column("users", "pushes_muted_until")
