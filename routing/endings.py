"""What follows from a move for others: who may be asked how it went, and the orders merged into one that ends."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from routing import steps
from routing.hands import Hand
from routing.lifecycle import Decision
from routing.models import Order
from routing.states import Effect, Move, State, Voice
from routing.telling import in_sample, tell_handled
from routing.terms import Terms
from services.messages import Kind
from services.presets import Routing

SAMPLES: dict[Move, Kind] = {Move.SETTLE_ON_SPOT: "settled", Move.WITHDRAW: "withdrawn", Move.APPROVE: "recheck"}


async def follow_up(session: AsyncSession, order: Order, decision: Decision, terms: Terms, at: datetime) -> None:
    """Ask whoever reported it, or a sample; take along what was merged into it."""
    if Effect.SAMPLED in decision.effects:
        await _ask_sample(session, order, SAMPLES[decision.move], terms.agreed, at)
    if Effect.SURVEYED in decision.effects:
        await _ask_all(session, order)
    if decision.to_state is State.CLOSED and decision.from_state is not State.CLOSED:
        await _end_children(session, order, terms)
    if decision.next_round:
        await _take_along(session, order, terms)


async def _ask_sample(session: AsyncSession, order: Order, kind: Kind, agreed: Routing, at: datetime) -> None:
    """A sample of those who have a reporter; a second look needs none."""
    percent = {
        "settled": agreed.settled_sample_percent,
        "withdrawn": agreed.withdrawn_sample_percent,
        "recheck": agreed.recheck_sample_percent,
    }[kind]
    if (order.reporter or kind == "recheck") and in_sample(order.case_no, kind, percent):
        await tell_handled(session, order, kind, answer=order.public_answer or "", at=order.handled_at or at)


async def _ask_all(session: AsyncSession, order: Order) -> None:
    """Its own reporter, and each of those whose reports were merged into it, about their own case."""
    assert order.handled_at is not None
    for each in [order, *(await children(session, order))]:
        if each.reporter and not each.reporter_left:
            each.public_answer = order.public_answer
            await tell_handled(session, each, "handled", answer=order.public_answer or "", at=order.handled_at)


async def _end_children(session: AsyncSession, order: Order, terms: Terms) -> None:
    """They end as it ends, each with the answer it was given."""
    for child in await children(session, order):
        child.public_answer, child.handled_at = order.public_answer, order.handled_at
        told = {"outcome": order.outcome}
        await steps.take(session, child, Move.FOLLOW, Hand.voice(Voice.PARENT), told=told, terms=terms)
    order.waiting_children = 0


async def _take_along(session: AsyncSession, order: Order, terms: Terms) -> None:
    """What is merged into it is handled once more with it, and its reporters are asked once more."""
    for child in await children(session, order):
        told = {"round": order.round}
        await steps.take(session, child, Move.FOLLOW, Hand.voice(Voice.PARENT), told=told, terms=terms)


async def children(session: AsyncSession, order: Order) -> list[Order]:
    """The orders that are merged into this one now, locked, in the order of their numbers."""
    if order.merged_into is not None:
        return []
    merged = select(Order).where(Order.merged_into == order.case_no, Order.state == State.MERGED)
    merged = merged.options(selectinload(Order.units)).order_by(Order.case_no).with_for_update()
    return list(await session.scalars(merged))
