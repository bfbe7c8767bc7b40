"""Lists of all history are narrowed, and numbers looked up among open orders, by indexes alone."""

from typing import Any

import sqlalchemy as sa

from migrations.growing import create_index, drop_index

revision = "0018_lists"
down_revision = "0017_speed"
branch_labels = None
depends_on = None

OPEN = (
    "state IN ('discover.registered', 'discover.triage', 'handle.dispatched', 'handle.working', 'handle.disputed', "
    "'handle.deferred', 'supervise.checking', 'feedback.surveying')"
)
NARROWING = ["state", "grade", "issue", "tags"]
RECEIVED = ["received_at", "case_no"]
LEAD, DESK = ({column: "text_pattern_ops"} for column in ("lead_path", "desk_path"))
WIDENED: dict[str, tuple[list[str], list[str], list[str], dict[str, Any]]] = {
    "ix_orders_received_at_case_no": (RECEIVED, [], ["desk_path", "lead_path", *NARROWING], {}),
    "ix_orders_lead_received": (["lead_path", *RECEIVED], ["desk_path"], ["desk_path", *NARROWING], LEAD),
    "ix_orders_desk_received": (["desk_path", *RECEIVED], ["lead_path"], ["lead_path", *NARROWING], DESK),
}
"""The columns, and what an index had and has beside them."""


def upgrade() -> None:
    for name, (columns, _, has, ops) in WIDENED.items():
        create_index(name, "orders", columns, postgresql_include=has, postgresql_ops=ops)
    create_index(
        "ix_orders_open_number",
        "orders",
        ["case_no"],
        postgresql_include=["state", "due_at", "desk_path", "lead_path", "received_at", "grade", "issue"],
        postgresql_where=sa.text(OPEN),
    )


def downgrade() -> None:
    drop_index("ix_orders_open_number", "orders")
    for name, (columns, had, _, ops) in WIDENED.items():
        create_index(name, "orders", columns, postgresql_include=had, postgresql_ops=ops)
