"""What the clock does next to each order, what it tells people, the notices that are imported, and the daily seals.

Acceptance is deemed by the sweep and no longer by a job of its own; orders that run are looked at by the first sweep.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_clocks"
down_revision = "0006_deliberation"
branch_labels = None
depends_on = None

MOMENTS = ("asked_until", "clock_at", "contact_missed_at")
TEXTS = ("raised_to", "clock_error")
NUMBERS = ("case_step", "state_step", "clock_failures")
RINGS = "reminded, overdue, raised, contact_overdue, arrival_overdue, ask_ended, accepted, resumed"
ROLES = (
    "hotline, clerk, dispatcher, officer, leader, supervisor, caller, evaluator, editor, publisher, auditor, "
    "administrator"
)


def _one_of(column: str, words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words.split(", "))
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_reminders_{column}"))


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("orders", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in TEXTS:
        op.add_column("orders", sa.Column(name, sa.Text(), nullable=True))
    for name in NUMBERS:
        op.add_column("orders", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        op.alter_column("orders", name, server_default=None)
    op.add_column("order_units", sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE orders SET clock_at = now() WHERE state NOT IN ('closed', 'merged', 'feedback.surveying')")
    op.execute("DELETE FROM pgqueuer WHERE entrypoint = 'deem_accepted'")
    op.create_index(
        "ix_orders_clock_at_case_no",
        "orders",
        ["clock_at", "case_no"],
        postgresql_where=sa.text("clock_at IS NOT NULL"),
    )
    _reminders()
    _calendar()
    _seals()


def _reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        _one_of("kind", RINGS),
        _one_of("role", ROLES),
        sa.ForeignKeyConstraint(["case_no"], ["orders.case_no"], name=op.f("fk_reminders_case_no_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    op.create_index(op.f("ix_reminders_case_no"), "reminders", ["case_no"])
    op.create_index(
        "ix_reminders_path_role_id", "reminders", ["path", "role", "id"], postgresql_ops={"path": "text_pattern_ops"}
    )


def _calendar() -> None:
    op.create_table(
        "calendar_notices",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_notices")),
    )
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["year"],
            ["calendar_notices.year"],
            name=op.f("fk_calendar_days_year_calendar_notices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )
    op.create_index(op.f("ix_calendar_days_year"), "calendar_days", ["year"])


def _seals() -> None:
    op.create_table(
        "seals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
    )
    op.create_index(op.f("ix_seals_day"), "seals", ["day"])
    op.create_table(
        "sealed_heads",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seal"], ["seals.number"], name=op.f("fk_sealed_heads_seal_seals")),
        sa.PrimaryKeyConstraint("case_no", "number", name=op.f("pk_sealed_heads")),
    )
    op.create_index("ix_sealed_heads_seal", "sealed_heads", ["seal"])


def downgrade() -> None:
    for table in ("sealed_heads", "seals", "calendar_days", "calendar_notices", "reminders"):
        op.drop_table(table)
    op.drop_index("ix_orders_clock_at_case_no", "orders")
    op.drop_column("order_units", "missed_at")
    for name in (*MOMENTS, *TEXTS, *NUMBERS):
        op.drop_column("orders", name)
