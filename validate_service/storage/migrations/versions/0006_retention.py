"""Retention: where what is left of each lane of the audit trail starts, and indexes that find what is old.

Each one-time password changes a row of a device.  On PostgreSQL pages of devices are left a tenth empty from now on:
the new row finds its place beside the old one, and no index changes.

The version before goes on serving while this one is rolled out: it only adds, and the index that goes was never used.
"""

from contextlib import nullcontext

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_EXPIRING = ("auth_codes", "auth_tokens", "enrolments", "fido_challenges", "phone_sessions")


def upgrade() -> None:
    # The trail may be long, and the service goes on writing; what an interrupted upgrade left is no good.
    with op.get_context().autocommit_block() if op.get_bind().dialect.name == "postgresql" else nullcontext():
        op.drop_index("ix_audit_events_at", "audit_events", if_exists=True, postgresql_concurrently=True)
        op.create_index("ix_audit_events_at", "audit_events", ["at"], postgresql_concurrently=True)
    op.drop_index("ix_audit_events_tenant_id_at", "audit_events")
    op.create_table(
        "audit_lane_starts",
        sa.Column("lane", sa.String(32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(32), nullable=False),
        sa.Column("proof", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("lane", name="pk_audit_lane_starts"),
    )
    for table in _EXPIRING:
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE devices SET (fillfactor = 90)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE devices RESET (fillfactor)")
    for table in _EXPIRING:
        op.drop_index(f"ix_{table}_expires_at", table)
    op.create_index("ix_audit_events_tenant_id_at", "audit_events", ["tenant_id", "at"])
    op.drop_index("ix_audit_events_at", "audit_events")
    op.drop_table("audit_lane_starts")
