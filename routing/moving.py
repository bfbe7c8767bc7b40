"""The one way to move an order: the step itself and what follows from it for others, in the session's transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing import abolished, endings, steps
from routing.hands import Hand
from routing.lifecycle import Decision
from routing.models import Order
from routing.states import Move
from routing.terms import Terms
from services.clocks import now


async def make(
    session: AsyncSession,
    order: Order,
    move: Move,
    hand: Hand,
    *,
    told: Mapping[str, Any],
    terms: Terms,
    notice: str | None = None,
    silent: bool = False,
) -> Decision:
    """Make the move, or raise the rule against it. A decision that is a proposal only has changed nothing."""
    with session.no_autoflush:
        decision = await steps.take(session, order, move, hand, told=told, terms=terms, notice=notice, silent=silent)
        if not decision.proposal_only:
            await endings.follow_up(session, order, decision, terms, now())
            await abolished.go_on(session, order, decision, terms)
    return decision
