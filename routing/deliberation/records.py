"""A deliberation's steps on the order's own timeline, in the audit, and in what the citizen reads."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing.hands import Hand, record, signature
from routing.models import Deliberation, Order
from routing.telling import tell_moved
from services import timeline
from services.clocks import now

MOVE = "deliberation"
"""How the steps are named on the timeline; they are no moves, the order stays where it is."""


async def note(
    session: AsyncSession,
    order: Order,
    deliberation: Deliberation,
    hand: Hand,
    step: str,
    *,
    facts: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
    notice: str | None = None,
) -> None:
    """One step on the timeline and in the audit; with a notice, also on the citizen's status line."""
    at = now()
    entry = await timeline.append(
        session,
        order,
        MOVE,
        **signature(hand),
        at=at,
        from_state=order.state,
        to_state=order.state,
        facts={"deliberation": deliberation.id, "step": step, **(facts or {})},
        words=words,
    )
    await record(session, order, f"{MOVE}.{step}", hand, entry=entry, deliberation=str(deliberation.id))
    if notice:
        await tell_moved(session, order, entry=entry, move=MOVE, at=at, note=notice)
