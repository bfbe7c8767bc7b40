"""Another issue can have another lead: then the order goes there in the same transaction."""

from sqlalchemy.ext.asyncio import AsyncSession

from routing import matched
from routing.hands import Hand
from routing.lifecycle import Decision
from routing.models import Order
from routing.moving import make
from routing.schemas import Reclassify, Told
from routing.states import Move, Stage, State
from routing.terms import Terms


async def follow_up(
    session: AsyncSession, order: Order, decision: Decision, hand: Hand, body: Told, terms: Terms
) -> None:
    """Redirect an order that a unit handles, where the new issue's lead is another one."""
    if not isinstance(body, Reclassify) or body.issue is None or State(order.state).stage is not Stage.HANDLE:
        return
    found = await matched.answer(session, order, terms)
    if found.lead is None or found.lead == order.lead_unit:
        return
    told = {"reason": body.reason, "unit": found.lead, "co_units": found.co_units}
    await make(session, order, Move.REDIRECT, hand, told=told, terms=terms)
