"""How often one address has asked what needs no key, minute by minute; the name is a digest, never the address."""

import sqlalchemy as sa
from alembic import op

revision = "0002_rate"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_buckets",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("window", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_rate_buckets")),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("ix_rate_buckets_window"), "rate_buckets", ["window"])


def downgrade() -> None:
    op.drop_table("rate_buckets")
