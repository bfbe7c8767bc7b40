"""What was erased and what must not be, a person's export, the runs of the rules; a disclosure's reason can go."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_retention"
down_revision = "0012_traces"
branch_labels = None
depends_on = None

CASE = ["reports.case_no"]
FORGET = """
CREATE FUNCTION intake.forget_words(erased text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = intake, pg_temp AS $$
    UPDATE disclosures SET reason = NULL
    WHERE case_no = erased AND reason IS NOT NULL
      AND EXISTS (SELECT FROM erasures WHERE case_no = erased AND part = 'everything')
$$
"""
"""The service's role may change no disclosure; it may have the owner take the words of one that was erased."""


def upgrade() -> None:
    op.create_index("ix_reports_closed_at", "reports", ["closed_at"], postgresql_where=sa.text("state = 'closed'"))
    op.create_table(
        "erasures",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("by_person", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "part IN ('originals', 'photos', 'survey_photos', 'survey_words', 'everything')",
            name=op.f("ck_erasures_part"),
        ),
        sa.CheckConstraint("cause IN ('due', 'asked', 'restored')", name=op.f("ck_erasures_cause")),
        sa.ForeignKeyConstraint(["case_no"], CASE, name=op.f("fk_erasures_case_no_reports")),
        sa.PrimaryKeyConstraint("case_no", "part", name=op.f("pk_erasures")),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.Column("lift_asked_by", sa.Uuid(), nullable=True),
        sa.Column("lift_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_agreed_by", sa.Uuid(), nullable=True),
        sa.Column("lift_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'held', 'lifting', 'lifted', 'refused')", name=op.f("ck_holds_state")),
        sa.CheckConstraint(
            "agreed_by <> asked_by AND lift_agreed_by <> lift_asked_by", name=op.f("ck_holds_second_person")
        ),
        sa.ForeignKeyConstraint(["case_no"], CASE, name=op.f("fk_holds_case_no_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(
        "uq_holds_on", "holds", ["case_no"], unique=True,
        postgresql_where=sa.text("state IN ('asked', 'held', 'lifting')"),
    )  # fmt: skip
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], CASE, name=op.f("fk_exports_case_no_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(op.f("ix_exports_case_no"), "exports", ["case_no"])
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tallies", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    op.execute(FORGET)


def downgrade() -> None:
    op.execute("DROP FUNCTION intake.forget_words(text)")
    for table in ("retention_runs", "exports", "holds", "erasures"):
        op.drop_table(table)
    op.drop_index("ix_reports_closed_at", table_name="reports")
