"""Which cases were erased, and the runs of the retention rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_retention"
down_revision = "0012_traces"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_cases",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_no"], ["orders.case_no"], name=op.f("fk_erased_cases_case_no_orders")),
        sa.PrimaryKeyConstraint("case_no", "part", name=op.f("pk_erased_cases")),
    )
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tallies", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )


def downgrade() -> None:
    op.drop_table("retention_runs")
    op.drop_table("erased_cases")
