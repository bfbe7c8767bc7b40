"""One line per case with its fates, totals of the lines, exclusions by two persons, and what was published.

Triggers note every case whose raw rows change, in the transaction of the change: no writer can forget it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_figures"
down_revision = "0004_sealing"
branch_labels = None
depends_on = None

TEXTS = postgresql.ARRAY(sa.Text())
NOTE = "INSERT INTO stale_cases (case_no) VALUES ({})"
WATCHED = {
    "cases": "NEW.case_no",
    "surveys": "NEW.case_no",
    "answers": "(SELECT case_no FROM surveys WHERE id = NEW.survey)",
    "exclusion_rulings": "(SELECT case_no FROM exclusions WHERE id = NEW.exclusion)",
}


def upgrade() -> None:
    _lines()
    _exclusions()
    op.create_table(
        "published_months",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("formula", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_published_months")),
    )
    for table, case_no in WATCHED.items():
        op.execute(
            f"CREATE FUNCTION note_stale_by_{table}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS "
            f"$$BEGIN {NOTE.format(case_no)}; RETURN NULL; END$$"
        )
        op.execute(
            f"CREATE TRIGGER note_stale AFTER INSERT OR UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION note_stale_by_{table}()"
        )
    op.execute("INSERT INTO stale_cases (case_no) SELECT case_no FROM cases")


def _lines() -> None:
    op.create_table(
        "figure_lines",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("grid_chain", TEXTS, nullable=False),
        sa.Column("unit_chain", TEXTS, nullable=False),
        sa.Column("issue_chain", TEXTS, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("fates", sa.Text(), nullable=False),
        sa.Column("turns_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_figure_lines")),
    )
    op.create_index("ix_figure_lines_received_at", "figure_lines", ["received_at"])
    op.create_index(
        "ix_figure_lines_turns_at", "figure_lines", ["turns_at"], postgresql_where=sa.text("turns_at IS NOT NULL")
    )
    op.create_table(
        "figure_totals",
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("fates", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("facet", "code", "day", "parent", "fates", name=op.f("pk_figure_totals")),
    )
    op.create_index("ix_figure_totals_parent", "figure_totals", ["facet", "parent", "day"])
    op.create_index("ix_figure_totals_empty", "figure_totals", ["facet"], postgresql_where=sa.text("number = 0"))
    op.create_table(
        "figure_deep_codes",
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("facet", "code", "parent", name=op.f("pk_figure_deep_codes")),
    )
    op.create_index("ix_figure_deep_codes_parent", "figure_deep_codes", ["facet", "parent"])
    op.create_table(
        "stale_cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale_cases")),
    )


def _exclusions() -> None:
    op.create_table(
        "exclusions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Uuid(), nullable=True),
        sa.Column("rates", TEXTS, nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("by_person", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cardinality(rates) > 0", name=op.f("ck_exclusions_rates")),
        sa.ForeignKeyConstraint(["case_no"], ["dossiers.case_no"], name=op.f("fk_exclusions_case_no_dossiers")),
        sa.ForeignKeyConstraint(["undoes"], ["exclusions.id"], name=op.f("fk_exclusions_undoes_exclusions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusions")),
    )
    op.create_index(op.f("ix_exclusions_case_no"), "exclusions", ["case_no"])
    op.create_index(op.f("ix_exclusions_undoes"), "exclusions", ["undoes"])
    op.create_table(
        "exclusion_rulings",
        sa.Column("exclusion", sa.Uuid(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_person", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["exclusion"], ["exclusions.id"], name=op.f("fk_exclusion_rulings_exclusion_exclusions")
        ),
        sa.PrimaryKeyConstraint("exclusion", name=op.f("pk_exclusion_rulings")),
    )


def downgrade() -> None:
    for table in WATCHED:
        op.execute(f"DROP TRIGGER note_stale ON {table}")
        op.execute(f"DROP FUNCTION note_stale_by_{table}()")
    for table in ("exclusion_rulings", "exclusions", "published_months"):
        op.drop_table(table)
    for table in ("stale_cases", "figure_deep_codes", "figure_totals", "figure_lines"):
        op.drop_table(table)
