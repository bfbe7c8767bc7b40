"""What worklists need beside the order's own row: indexes that fit them, the letters of its text, and saved views.

Every filter and every sort of a list is served by one of these indexes; `gridloop bench worklists` shows by which.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from routing.models.base import Base
from routing.models.orders import Order, OrderUnit
from routing.states import OPEN, State

OPEN_STATES = tuple(state for state in State if state.stage in OPEN)
"""States in which somebody has something to do; what is merged or closed is on nobody's worklist."""
IS_OPEN = text(f"state IN ({', '.join(repr(state.value) for state in OPEN_STATES)})")
PREFIX = "text_pattern_ops"
NARROWING = ("state", "grade", "issue", "tags")
"""What all history is narrowed by most: with these in the index no order itself is read to be left out."""

Index(
    "ix_orders_open_due", Order.due_at, Order.case_no,
    postgresql_include=["state", "desk_path", "lead_path", "grade", "issue"], postgresql_where=IS_OPEN,
)  # fmt: skip
Index(
    "ix_orders_open_state_due", Order.state, Order.due_at, Order.case_no,
    postgresql_include=["desk_path", "lead_path", "lead_unit", "handler", "grade", "issue"],
    postgresql_where=IS_OPEN,
)  # fmt: skip
Index(
    "ix_orders_open_lead", Order.lead_path, Order.state, Order.due_at,
    postgresql_include=["case_no", "desk_path", "lead_unit", "handler"],
    postgresql_ops={"lead_path": PREFIX}, postgresql_where=IS_OPEN,
)  # fmt: skip
Index(
    "ix_orders_open_desk", Order.desk_path, Order.state, Order.due_at,
    postgresql_include=["case_no", "lead_path"], postgresql_ops={"desk_path": PREFIX}, postgresql_where=IS_OPEN,
)  # fmt: skip
Index(
    "ix_orders_open_grid", Order.grid_path, Order.state, Order.due_at,
    postgresql_include=["case_no", "desk_path", "lead_path"],
    postgresql_ops={"grid_path": PREFIX}, postgresql_where=IS_OPEN,
)  # fmt: skip
Index(
    "ix_orders_open_number", Order.case_no,
    postgresql_include=["state", "due_at", "desk_path", "lead_path", "received_at", "grade", "issue"],
    postgresql_where=IS_OPEN,
)  # fmt: skip
Index(
    "ix_orders_received_at_case_no", Order.received_at, Order.case_no,
    postgresql_include=["desk_path", "lead_path", *NARROWING],
)  # fmt: skip
Index(
    "ix_orders_lead_received", Order.lead_path, Order.received_at, Order.case_no,
    postgresql_include=["desk_path", *NARROWING], postgresql_ops={"lead_path": PREFIX},
)  # fmt: skip
Index(
    "ix_orders_desk_received", Order.desk_path, Order.received_at, Order.case_no,
    postgresql_include=["lead_path", *NARROWING], postgresql_ops={"desk_path": PREFIX},
)  # fmt: skip
Index("ix_orders_issue_received", Order.issue, Order.received_at, Order.case_no, postgresql_ops={"issue": PREFIX})
Index("ix_orders_handler", Order.handler, postgresql_where=text("handler IS NOT NULL"))
Index("ix_orders_tags", Order.tags, postgresql_using="gin")
Index("ix_orders_state_received", Order.state, Order.received_at, Order.case_no)
Index(
    "ix_order_units_awaited", OrderUnit.path, OrderUnit.case_no,
    postgresql_ops={"path": PREFIX}, postgresql_where=text("until IS NULL AND role = 'co'"),
)  # fmt: skip


class OrderText(Base):
    """The pairs of neighbouring letters of an order's text, by which any piece of it is found.

    The database writes this row whenever it writes the text (a trigger), so no writer can forget it; the function
    `text_pairs` makes the pairs, for the text and for what is searched.
    """

    __tablename__ = "order_texts"
    __table_args__ = (Index("ix_order_texts_pairs", "pairs", postgresql_using="gin"),)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no", ondelete="CASCADE"), primary_key=True)
    district: Mapped[str]
    pairs: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class SavedView(Base):
    """A list with its filters that a person gave a name; theirs alone."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("person", "name"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[UUID]
    name: Mapped[str]
    filters: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
