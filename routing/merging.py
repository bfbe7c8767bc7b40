"""Orders merged into another (并单): how many of their reporters wait, and what must not be merged."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.lifecycle import Decision
from routing.models import Order
from routing.states import Effect, Move, State
from services.problems import Conflict


class HasChildren(Conflict):
    """Other orders are merged into this one."""

    remedy = "Merge the other order into this one, or undo the merges first."


async def refuse_grandchildren(session: AsyncSession, order: Order) -> None:
    """An order that others are merged into is not merged itself. Raises HasChildren."""
    held = select(func.count()).where(Order.merged_into == order.case_no, Order.state == State.MERGED)
    if await session.scalar(held):
        raise HasChildren


async def count(session: AsyncSession, order: Order, decision: Decision, *, parent: str | None) -> None:
    """Keep the parent's number of reporters who wait for it; the parent is locked already, before the child."""
    change = _change(decision)
    if parent is None or change == 0 or not order.reporter or _left_before(order, decision):
        return
    above = await session.get_one(Order, parent)
    above.waiting_children = max(0, above.waiting_children + change)


def _change(decision: Decision) -> int:
    """A parent that ends resets the number itself."""
    was, is_ = decision.from_state is State.MERGED, decision.to_state is State.MERGED
    return 0 if decision.move is Move.FOLLOW else int(is_) - int(was)


def _left_before(order: Order, decision: Decision) -> bool:
    return order.reporter_left and Effect.REPORTER_LEFT not in decision.effects
