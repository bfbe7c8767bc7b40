"""Deemed acceptance (视为签收): what nobody accepts in time is accepted by the clock."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from routing.hands import Hand
from routing.models import Order
from routing.moving import make
from routing.orders import lock
from routing.states import Move, State, Voice
from routing.steps import DEEM_ACCEPTED, await_acceptance
from routing.terms import Terms
from services.clocks import now

__all__ = ["DEEM_ACCEPTED", "deem_accepted"]


async def deem_accepted(session: AsyncSession, payload: bytes, terms: Terms) -> None:
    """The job of one dispatch. Too early, it comes back in time; too late or twice, nothing happens.

    The payload names the case and when it was dispatched: a later dispatch has a job of its own.
    """
    case_no, _, since = payload.decode().partition(" ")
    order = await lock(session, case_no)
    if order is None or not _still_waits(order, datetime.fromisoformat(since)):
        return
    at = now()
    if order.state_due and order.state_due - at > timedelta():
        await await_acceptance(session, order, at)
        return
    await make(session, order, Move.ACCEPT, Hand.voice(Voice.CLOCK), told={}, terms=terms)


def _still_waits(order: Order, since: datetime) -> bool:
    return order.state == State.DISPATCHED and order.state_since == since
