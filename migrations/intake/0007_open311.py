"""Open311: its channel, the copy of the public issues, tokens, pictures, updates; outcomes of the order's entries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_open311"
down_revision = "0006_relay"
branch_labels = None
depends_on = None

CHECK = op.f("ck_reports_channel")


def upgrade() -> None:
    op.drop_constraint(CHECK, "reports", type_="check")
    op.create_check_constraint(CHECK, "reports", "channel IN ('hotline', 'walk_in', 'visit', 'open311')")
    op.create_index(
        "ix_reports_open311", "reports", ["received_at", "case_no"], postgresql_where=sa.text("channel = 'open311'")
    )
    op.add_column("order_entries", sa.Column("outcome", sa.Text(), nullable=True))
    op.create_index(op.f("ix_order_entries_at_case_no_entry"), "order_entries", ["at", "case_no", "entry"])
    op.create_table(
        "offered_parts",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", "part", name=op.f("pk_offered_parts")),
    )
    op.create_table(
        "offered_issues",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("questions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("keywords", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("version", "code", name=op.f("pk_offered_issues")),
    )
    op.create_table(
        "open311_posts",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("media_url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_open311_posts_case_no_reports")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_open311_posts")),
        sa.UniqueConstraint("token", name=op.f("uq_open311_posts_token")),
    )
    op.create_table(
        "open311_pictures",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('image/jpeg', 'image/png')", name=op.f("ck_open311_pictures_kind")),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_open311_pictures_case_no_reports")),
        sa.PrimaryKeyConstraint("case_no", "number", name=op.f("pk_open311_pictures")),
    )
    op.create_table(
        "open311_updates",
        sa.Column("by_person", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("update_id", sa.Text(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_open311_updates_case_no_reports")),
        sa.PrimaryKeyConstraint("by_person", "case_no", "update_id", name=op.f("pk_open311_updates")),
    )


def downgrade() -> None:
    for table in ("open311_updates", "open311_pictures", "open311_posts", "offered_issues", "offered_parts"):
        op.drop_table(table)
    op.drop_index(op.f("ix_order_entries_at_case_no_entry"), table_name="order_entries")
    op.drop_column("order_entries", "outcome")
    op.drop_index("ix_reports_open311", table_name="reports")
    op.drop_constraint(CHECK, "reports", type_="check")
    op.create_check_constraint(CHECK, "reports", "channel IN ('hotline', 'walk_in', 'visit')")
