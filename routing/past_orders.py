"""What past orders were about, where and when, and who really led them: what a draft is tried on. Read-only."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import Order
from routing.replay import PastOrder

MOST = 10_000


async def newest(session: AsyncSession, zone: ZoneInfo, *, limit: int = MOST) -> list[PastOrder]:
    """The last orders with an issue and a grid, each on its day in that zone, with its last lead."""
    columns = (Order.case_no, Order.issue, Order.grid, Order.received_at, Order.lead_unit)
    wanted = select(*columns).where(Order.issue.is_not(None), Order.grid.is_not(None))
    wanted = wanted.order_by(Order.received_at.desc(), Order.case_no.desc()).limit(limit)
    return [
        PastOrder(case_no=case_no, issue=issue, grid=grid, day=at.astimezone(zone).date(), lead=lead)
        for case_no, issue, grid, at, lead in await session.execute(wanted)
        if issue and grid
    ]
