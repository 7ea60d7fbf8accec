"""How often users are asked to approve, and by whom: pushes are paced, and a newer one takes an older one's place.

It only adds, and every new column has a default: the version before goes on serving while this one is rolled out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("tenants", sa.Column("pushes_paced_until", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("users", sa.Column("pushes_unapproved", sa.Integer(), server_default="0", nullable=False))
    op.add_column("users", sa.Column("push_asked_at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("approvals", sa.Column("caller_id", _NUMBER, nullable=True))


def downgrade() -> None:
    op.drop_column("approvals", "caller_id")
    op.drop_column("users", "push_asked_at")
    op.drop_column("users", "pushes_unapproved")
    op.drop_column("tenants", "pushes_paced_until")
