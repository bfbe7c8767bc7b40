"""A deliberation begins: at once where the order has the time, else when a supervisor has granted it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.deliberation import records
from routing.hands import Hand
from routing.models import Deliberation, DeliberationGrid, Order
from routing.models.deliberation import Method, Standing
from routing.schemas import Extend, Told
from routing.terms import Terms
from services.clocks import now
from services.messages import CodesDue, CodesFor, GridName
from services.messaging import tell
from services.problems import Conflict, invalid


class TooLateToBegin(Conflict):
    """The time was granted when the deliberation should have been over already."""

    remedy = "Refuse the proposal; the leader can ask anew with a later end."


async def follow_up(session: AsyncSession, order: Order, hand: Hand, body: Told, terms: Terms) -> None:
    """After an extension that was granted for a deliberation: it is open from now on. Raises Invalid."""
    if not isinstance(body, Extend) or body.deliberation is None:
        return
    wanted = select(Deliberation).where(Deliberation.id == body.deliberation, Deliberation.case_no == order.case_no)
    row = await session.scalar(wanted.with_for_update())
    if row is None or row.state != Standing.PROPOSED:
        raise invalid("deliberation", "waits for its time on this order", "open a deliberation on the order first")
    if row.closes_at <= now():
        raise TooLateToBegin
    row.granted_limit, row.granted_until = order.granted_limit, order.case_due
    await begin(session, order, row, hand, terms)


async def begin(session: AsyncSession, order: Order, row: Deliberation, hand: Hand, terms: Terms) -> None:
    """Open: the order is not done before its end, and of a vote the codes are due."""
    row.state, row.opened_at = Standing.OPEN, now()
    order.deliberating = True
    day = row.closes_at.astimezone(terms.calendar.zone).date()
    facts = {
        "method": row.method,
        "threshold": row.threshold,
        "entitled": row.entitled,
        "closes_at": row.closes_at,
        "granted": row.granted_limit,
        "granted_from": row.granted_from,
        "granted_until": row.granted_until,
    }
    notice = f"此事居民意见不一，已开启议事协商，至{day}结束"
    await records.note(
        session, order, row, hand, "opened", facts=facts, words={"question": row.question}, notice=notice
    )
    if row.method == Method.VOTE:
        await _codes_due(session, order, row)


async def _codes_due(session: AsyncSession, order: Order, row: Deliberation) -> None:
    wanted = select(DeliberationGrid).where(DeliberationGrid.deliberation == row.id).order_by(DeliberationGrid.grid)
    grids = tuple(
        CodesFor.model_validate(
            {
                "grid": GridName(code=each.grid, name=each.name, path=each.path),
                "households": each.households,
                "hand_out": each.hand_out,
            }
        )
        for each in await session.scalars(wanted)
    )
    order.told += 1
    due = CodesDue(
        case_no=order.case_no, deliberation=row.id, question=row.question, closes_at=row.closes_at, grids=grids
    )
    await tell(session, due, sequence=order.told)
