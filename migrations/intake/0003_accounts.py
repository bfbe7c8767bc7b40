"""Scopes of keys, their last use, and who signs the passes of people: the accounts are kept elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0003_accounts"
down_revision = "0002_rate"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("keys", sa.Column("scope", sa.Text(), nullable=True))
    op.create_table(
        "key_uses",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_key_uses")),
    )
    op.create_table(
        "signers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signers")),
    )


def downgrade() -> None:
    op.drop_table("signers")
    op.drop_table("key_uses")
    op.drop_column("keys", "scope")
