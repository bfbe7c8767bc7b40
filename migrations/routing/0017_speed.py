"""Open orders by their place: a board counts them by an index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0017_speed"
down_revision = "0015_events"
branch_labels = None
depends_on = None

OPEN = (
    "state IN ('discover.registered', 'discover.triage', 'handle.dispatched', 'handle.working', 'handle.disputed', "
    "'handle.deferred', 'supervise.checking', 'feedback.surveying')"
)


def upgrade() -> None:
    op.create_index(
        "ix_orders_open_grid",
        "orders",
        ["grid_path", "state", "due_at"],
        postgresql_include=["case_no", "desk_path", "lead_path"],
        postgresql_ops={"grid_path": "text_pattern_ops"},
        postgresql_where=sa.text(OPEN),
    )


def downgrade() -> None:
    op.drop_index("ix_orders_open_grid", table_name="orders")
