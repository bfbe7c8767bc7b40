"""What a list reads of its orders: columns in place of whole orders, and with them the co-units of now."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import Order, OrderUnit, TeamRole

SUMMARY = 60
"""Characters of the text that a list shows."""
Listed = Row[Any]
"""One order of a list: the columns below by their names, `summary`, and `joined`: code and name of each co-unit."""

_JOINED = (
    select(
        func.array_agg(aggregate_order_by(func.jsonb_build_array(OrderUnit.unit, OrderUnit.name), OrderUnit.id.asc()))
    )
    .where(OrderUnit.case_no == Order.case_no, OrderUnit.until.is_(None), OrderUnit.role == TeamRole.CO)
    .scalar_subquery()
)
_COLUMNS: tuple[Any, ...] = (
    Order.case_no, Order.version, Order.state, Order.outcome, Order.round, Order.channel, Order.item_type,
    Order.grade, Order.tags, Order.officer, Order.supervised, Order.levels_raised, Order.disputes, Order.chases,
    Order.appealed, Order.confidential, Order.merged_into, Order.received_at, Order.state_since, Order.accepted_at,
    Order.contacted_at, Order.handled_at, Order.closed_at, Order.issue, Order.issue_name, Order.grid,
    Order.grid_name, Order.lead_unit, Order.lead_name, Order.desk_unit, Order.case_due, Order.contact_due,
    Order.state_due, Order.due_at, func.left(Order.text, SUMMARY).label("summary"), _JOINED.label("joined"),
)  # fmt: skip


async def listed(session: AsyncSession, numbers: Collection[str]) -> Mapping[str, Listed]:
    """These orders by their numbers; one that does not exist is left out."""
    if not numbers:
        return {}
    found = await session.execute(_wanted(numbers))
    return {row.case_no: row for row in found}


def _wanted(numbers: Collection[str]) -> Select[Any]:
    return select(*_COLUMNS).where(Order.case_no == func.any(list(numbers)))
