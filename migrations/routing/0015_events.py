"""Events of cases for others to read, in one line without a gap."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015_events"
down_revision = "0013_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_events_waiting",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_facts(),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case_events_waiting")),
    )
    op.create_table(
        "case_events",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        *_facts(),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_case_events")),
    )
    op.create_index("ix_case_events_noted_at", "case_events", ["noted_at"])


def downgrade() -> None:
    op.drop_table("case_events")
    op.drop_table("case_events_waiting")


def _facts() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("lead_path", sa.Text(), nullable=True),
        sa.Column("accused_path", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    ]
