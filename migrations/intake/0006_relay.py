"""Who got personal data, when and why; relay handles; who belongs to the evaluation body."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_relay"
down_revision = "0005_sealing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("survey", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_disclosures_case_no_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    op.create_index("ix_disclosures_case_no", "disclosures", ["case_no"])
    op.create_table(
        "relay_handles",
        sa.Column("survey", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_relay_handles_case_no_reports")),
        sa.PrimaryKeyConstraint("survey", name=op.f("pk_relay_handles")),
        sa.UniqueConstraint("handle", name=op.f("uq_relay_handles_handle")),
    )
    op.create_table(
        "evaluation_staff",
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_evaluation_staff")),
    )


def downgrade() -> None:
    op.drop_table("evaluation_staff")
    op.drop_table("relay_handles")
    op.drop_index("ix_disclosures_case_no", table_name="disclosures")
    op.drop_table("disclosures")
