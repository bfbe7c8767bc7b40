"""Surveys that are offered, taken and asked a second time; ratings corrected; what a test for gaming found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_verdicts"
down_revision = "0005_figures"
branch_labels = None
depends_on = None
MOMENT = sa.DateTime(timezone=True)
COUNTING = "uq_answers_counting"
WAYS = "via IN ('callback', 'page', 'caller')"
WAYS_NOW = "via IN ('callback', 'page', 'caller', 'correction')"


def upgrade() -> None:
    op.add_column("surveys", sa.Column("questions", sa.Text(), nullable=False, server_default="2026.1"))
    op.add_column("surveys", sa.Column("relay", sa.Text(), nullable=True))
    op.add_column("surveys", sa.Column("rechecks", sa.Uuid(), nullable=True))
    op.add_column("surveys", sa.Column("taken_by", sa.Uuid(), nullable=True))
    op.add_column("surveys", sa.Column("taken_until", MOMENT, nullable=True))
    op.create_foreign_key(op.f("fk_surveys_rechecks_surveys"), "surveys", "surveys", ["rechecks"], ["id"])
    op.add_column("attempts", sa.Column("by_person", sa.Uuid(), nullable=True))
    op.add_column("answers", sa.Column("by_person", sa.Uuid(), nullable=True))
    op.add_column("answers", sa.Column("unit_contacted", sa.Boolean(), nullable=True))
    op.add_column("answers", sa.Column("corrects", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_answers_corrects_answers"), "answers", "answers", ["corrects"], ["id"])
    op.create_unique_constraint(op.f("uq_answers_corrects"), "answers", ["corrects"])
    _counting("NOT late AND corrects IS NULL")
    _ways(WAYS_NOW)
    _corrections()
    _kept_with_answers()
    _offers_and_findings()


def downgrade() -> None:
    """A rating that was corrected goes back to what was said first."""
    for table in ("findings", "offers", "networks", "photos", "late_appeals", "corrections"):
        op.drop_table(table)
    op.execute("DELETE FROM answers WHERE corrects IS NOT NULL")
    _ways(WAYS)
    _counting("NOT late")
    op.drop_constraint(op.f("uq_answers_corrects"), "answers")
    op.drop_constraint(op.f("fk_answers_corrects_answers"), "answers")
    for column in ("corrects", "unit_contacted", "by_person"):
        op.drop_column("answers", column)
    op.drop_column("attempts", "by_person")
    op.drop_constraint(op.f("fk_surveys_rechecks_surveys"), "surveys")
    for column in ("taken_until", "taken_by", "rechecks", "relay", "questions"):
        op.drop_column("surveys", column)


def _counting(where: str) -> None:
    op.drop_index(COUNTING, table_name="answers")
    op.create_index(COUNTING, "answers", ["survey"], unique=True, postgresql_where=sa.text(where))


def _ways(rule: str) -> None:
    for table in ("attempts", "answers"):
        op.drop_constraint(op.f(f"ck_{table}_via"), table)
        op.create_check_constraint(op.f(f"ck_{table}_via"), table, rule)


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.Uuid(), nullable=False),
        sa.Column("solved", sa.Text(), nullable=False),
        sa.Column("satisfied", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'made', 'refused')", name=op.f("ck_corrections_state")),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_corrections_second_person")),
        sa.CheckConstraint("solved IN ('solved', 'partly', 'unsolved')", name=op.f("ck_corrections_solved")),
        sa.CheckConstraint(
            "satisfied IN ('satisfied', 'mostly', 'dissatisfied', 'unrated')", name=op.f("ck_corrections_satisfied")
        ),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], name=op.f("fk_corrections_answer_answers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    pending = sa.text("state = 'pending'")
    op.create_index("uq_corrections_pending", "corrections", ["answer"], unique=True, postgresql_where=pending)
    op.create_table(
        "late_appeals",
        sa.Column("survey", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["survey"], ["surveys.id"], name=op.f("fk_late_appeals_survey_surveys")),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], name=op.f("fk_late_appeals_answer_answers")),
        sa.PrimaryKeyConstraint("survey", name=op.f("pk_late_appeals")),
    )


def _kept_with_answers() -> None:
    op.create_table(
        "photos",
        sa.Column("answer", sa.Uuid(), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], name=op.f("fk_photos_answer_answers")),
        sa.PrimaryKeyConstraint("answer", name=op.f("pk_photos")),
    )
    op.create_index(op.f("ix_photos_at"), "photos", ["at"])
    op.create_table(
        "networks",
        sa.Column("answer", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], name=op.f("fk_networks_answer_answers")),
        sa.PrimaryKeyConstraint("answer", name=op.f("pk_networks")),
    )
    op.create_index(op.f("ix_networks_at"), "networks", ["at"])


def _offers_and_findings() -> None:
    op.create_table(
        "offers",
        sa.Column("survey", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("closed_batch", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["survey"], ["surveys.id"], name=op.f("fk_offers_survey_surveys")),
        sa.PrimaryKeyConstraint("survey", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_batch"), "offers", ["batch"])
    op.create_index(op.f("ix_offers_closed_batch"), "offers", ["closed_batch"])
    op.create_table(
        "findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("test", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("period_start", MOMENT, nullable=False),
        sa.Column("period_end", MOMENT, nullable=False),
        sa.Column("statistic", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("p_value", sa.Float(), nullable=False),
        sa.Column("cases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decision IN ('gamed', 'explained', 'unclear')", name=op.f("ck_findings_decision")),
        sa.CheckConstraint("(decision IS NULL) = (reviewed_by IS NULL)", name=op.f("ck_findings_reviewed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint(
            "test", "subject", "period_start", "period_end",
            name=op.f("uq_findings_test_subject_period_start_period_end"),
        ),
    )  # fmt: skip
