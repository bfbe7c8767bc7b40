"""Which officer of the lead unit an order goes to."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import Order


async def assign(session: AsyncSession, order: Order, *, new_lead: bool, at: datetime) -> None:
    """Another lead unit has its own officer; the same unit keeps the one it had."""
