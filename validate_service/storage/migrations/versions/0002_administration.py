"""What administration over REST needs: scopes of keys, authentication sets, people's addresses, branding, texts.

It only adds, and every new column has a default: the version before goes on serving while this one is rolled out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "auth_sets",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("tenant_id", _NUMBER, nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("name_key", sa.String(length=256), nullable=False),
        sa.Column("factors", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_auth_sets_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_auth_sets"),
        sa.UniqueConstraint("tenant_id", "name_key", name="uq_auth_sets_tenant_id_name_key"),
    )
    op.add_column(
        "api_keys",
        sa.Column("scopes", sa.String(length=64), server_default="validate encrypt decrypt", nullable=False),
    )
    op.add_column("api_keys", sa.Column("last_used_at", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("email", sa.String(length=254), server_default="", nullable=False))
    op.add_column("users", sa.Column("phone", sa.String(length=16), server_default="", nullable=False))
    op.add_column("users", sa.Column("carrier", sa.String(length=64), server_default="", nullable=False))
    op.add_column("users", sa.Column("language", sa.String(length=16), server_default="en", nullable=False))
    op.add_column("users", sa.Column("roles", sa.String(length=64), server_default="user", nullable=False))
    op.add_column("users", sa.Column("password_hash", sa.String(length=256), nullable=True))
    op.add_column("users", sa.Column("issues_paced_until", sa.BigInteger(), server_default="0", nullable=False))
    # alembic adds a foreign key in a statement of its own, which SQLite has not; this text is good everywhere.
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE users ADD COLUMN auth_set_id {number} CONSTRAINT fk_users_auth_set_id REFERENCES auth_sets (id)"
    )
    op.create_index("ix_users_auth_set_id", "users", ["auth_set_id"], unique=False)
    op.create_table(
        "enrolments",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_enrolments_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_enrolments"),
    )
    op.create_index("ix_enrolments_user_id", "enrolments", ["user_id"], unique=False)
    op.create_table(
        "branding",
        sa.Column("tenant_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("color", sa.String(length=7), nullable=False),
        sa.Column("splash_color", sa.String(length=7), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("splash", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_branding_tenant_id"),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_branding"),
    )
    op.create_table(
        "message_texts",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("tenant_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=256), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_message_texts_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_message_texts"),
        sa.UniqueConstraint(
            "tenant_id", "kind", "channel", "language", name="uq_message_texts_tenant_id_kind_channel_language"
        ),
    )


def downgrade() -> None:
    op.drop_table("message_texts")
    op.drop_table("branding")
    op.drop_table("enrolments")
    if op.get_bind().dialect.name == "mariadb":
        # Elsewhere it goes with its column.
        op.drop_constraint("fk_users_auth_set_id", "users", type_="foreignkey")
    op.drop_index("ix_users_auth_set_id", table_name="users")
    for column in (
        *("auth_set_id", "issues_paced_until", "password_hash"),
        *("roles", "language", "carrier", "phone", "email"),
    ):
        op.drop_column("users", column)
    op.drop_column("api_keys", "last_used_at")
    op.drop_column("api_keys", "scopes")
    op.drop_table("auth_sets")
