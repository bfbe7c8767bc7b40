"""A merge undone by a person: the two are remembered, so that nothing but a person brings them together again."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from routing.lifecycle import Decision
from routing.models import Order, PartedPair
from routing.states import Move


async def keep(session: AsyncSession, order: Order, decision: Decision, *, parent: str | None, at: datetime) -> None:
    """Remember the pair of an unmerge; every other move leaves nothing."""
    if decision.move is not Move.UNMERGE or parent is None:
        return
    pair = {"case_no": order.case_no, "other": parent, "district": order.district, "at": at}
    await session.execute(insert(PartedPair).values(**pair).on_conflict_do_nothing())


async def parted_from(session: AsyncSession, case_no: str) -> frozenset[str]:
    """The orders that a person parted this one from, whichever of the two was merged into the other."""
    mine = or_(PartedPair.case_no == case_no, PartedPair.other == case_no)
    pairs = await session.execute(select(PartedPair.case_no, PartedPair.other).where(mine))
    return frozenset(number for pair in pairs for number in pair) - {case_no}
