"""Which officer of the lead unit an order goes to: whoever has least to do, the same one on ties."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import Order
from routing.states import Stage
from services.identity import Person, RoleGrant
from services.roles import Role


async def assign(session: AsyncSession, order: Order) -> None:
    """Write the officer on the order; none where no unit leads it, or the lead unit has none."""
    order.officer = None
    if order.lead_unit is None:
        return
    load = (
        select(func.count())
        .where(Order.officer == Person.id, Order.state.startswith(f"{Stage.HANDLE}."))
        .correlate(Person)
        .scalar_subquery()
    )
    of_unit = select(RoleGrant.person).where(
        RoleGrant.unit == order.lead_unit, RoleGrant.role == Role.OFFICER, RoleGrant.ended_at.is_(None)
    )
    least = select(Person.id).where(Person.id.in_(of_unit), Person.active).order_by(load, Person.id).limit(1)
    order.officer = await session.scalar(least)
