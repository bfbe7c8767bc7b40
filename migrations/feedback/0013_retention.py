"""Which cases were erased, the runs of the retention rules, and how words leave rows that nobody may change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_retention"
down_revision = "0012_traces"
branch_labels = None
depends_on = None

FORGET = """
CREATE FUNCTION feedback.forget_words(erased text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = feedback, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM erased_cases WHERE case_no = erased AND part IN ('everything', 'survey_words')) THEN
        RETURN;
    END IF;
    UPDATE answers SET reasons = '[]' WHERE reasons <> '[]'
        AND survey IN (SELECT id FROM surveys WHERE case_no = erased);
    IF EXISTS (SELECT FROM erased_cases WHERE case_no = erased AND part = 'everything') THEN
        UPDATE exclusions SET reason = '', evidence = '' WHERE case_no = erased AND reason || evidence <> '';
        UPDATE exclusion_rulings SET reason = '' WHERE reason <> ''
            AND exclusion IN (SELECT id FROM exclusions WHERE case_no = erased);
    END IF;
END
$$
"""
"""The service's role may change no answer; it may have the owner take the words of one whose case was erased.
What was rated stays out of reach."""


def upgrade() -> None:
    op.create_table(
        "erased_cases",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
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
    op.execute(FORGET)


def downgrade() -> None:
    op.execute("DROP FUNCTION feedback.forget_words(text)")
    op.drop_table("retention_runs")
    op.drop_table("erased_cases")
