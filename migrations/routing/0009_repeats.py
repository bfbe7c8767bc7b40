"""Repeats: open orders by grid and issue, and the pairs that a person has parted again."""

import sqlalchemy as sa
from alembic import op

revision = "0009_repeats"
down_revision = "0008_worklists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parted_pairs",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_no", "other", name=op.f("pk_parted_pairs")),
        sa.ForeignKeyConstraint(["case_no"], ["orders.case_no"], name=op.f("fk_parted_pairs_case_no_orders")),
        sa.ForeignKeyConstraint(["other"], ["orders.case_no"], name=op.f("fk_parted_pairs_other_orders")),
    )
    op.create_index(op.f("ix_parted_pairs_other"), "parted_pairs", ["other"])
    unended = sa.text("state <> 'closed'")
    op.create_index("ix_orders_grid_received_at_open", "orders", ["grid", "received_at"], postgresql_where=unended)


def downgrade() -> None:
    op.drop_index("ix_orders_grid_received_at_open", table_name="orders")
    op.drop_table("parted_pairs")
