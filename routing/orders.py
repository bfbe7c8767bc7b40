"""Loading an order: to read it, or to move it. Whoever moves one locks its row first, and before it its parent's.

An order that is not the actor's to see does not exist for the actor.
"""

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from routing.models import Order
from routing.standing import visible
from services.identity import Actor
from services.problems import NotFound, VersionStale

EVERY: ColumnElement[bool] = true()


class NoSuchOrder(NotFound):
    """There is no order of this number, or it is not yours to see."""


async def find(session: AsyncSession, case_no: str, *, actor: Actor) -> Order:
    """To read. Raises NoSuchOrder."""
    wanted = select(Order).where(Order.case_no == case_no, visible(actor)).options(selectinload(Order.units))
    order = await session.scalar(wanted)
    if order is None:
        raise NoSuchOrder
    return order


async def find_to_move(
    session: AsyncSession, case_no: str, *, actor: Actor, version: int, other: str | None = None
) -> Order:
    """Locked, as the actor saw it, with another one that the move concerns, where that can be seen.

    Raises NoSuchOrder, and VersionStale where it has changed since.
    """
    order = await _locked(session, case_no, visible(actor), other)
    if order is None:
        raise NoSuchOrder
    if order.version != version:
        raise VersionStale(version=order.version)
    return order


async def lock(session: AsyncSession, case_no: str) -> Order | None:
    """Locked, for whoever acts without a key."""
    return await _locked(session, case_no, EVERY)


async def _locked(
    session: AsyncSession, case_no: str, seen: ColumnElement[bool], other: str | None = None
) -> Order | None:
    """With the order's parent, if it has one. What was merged is locked after what it was merged into, all else in the
    order of the numbers: a parent that ends takes its children, and two can be merged from both sides at once.
    """
    parent = select(Order.merged_into).where(Order.case_no == case_no).correlate(None).scalar_subquery()
    mine = and_(Order.case_no.in_([case_no, other] if other else [case_no]), seen)
    wanted = select(Order).where(or_(mine, Order.case_no == parent))
    found = await session.scalars(_held(wanted.order_by(Order.merged_into.is_not(None), Order.case_no)))
    return next((order for order in found.all() if order.case_no == case_no), None)


def _held(wanted: Select[Order]) -> Select[Order]:
    return wanted.with_for_update(of=Order).options(selectinload(Order.units))
