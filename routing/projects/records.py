"""A project's steps: in the audit, and on the timelines of the orders concerned."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing.facts import By
from routing.hands import Hand, record, signature
from routing.models import Order, Project
from routing.telling import tell_moved
from services import audit, timeline
from services.clocks import now
from services.identity import Actor, Grant

MOVE = "project"
"""How the steps are named on the timeline; they are no moves, the order stays where it is."""


async def note(
    session: AsyncSession,
    order: Order,
    project: Project,
    hand: Hand,
    step: str,
    *,
    facts: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
    notice: str | None = None,
) -> None:
    """One step on the order's timeline and in the audit; with a notice, also on the citizen's status line."""
    at = now()
    entry = await timeline.append(
        session, order, MOVE, **signature(hand), at=at, from_state=order.state, to_state=order.state,
        facts={"project": project.id, "step": step, **(facts or {})}, words=words,
    )  # fmt: skip
    await record(session, order, f"{MOVE}.{step}", hand, entry=entry, project=str(project.id))
    if notice:
        await tell_moved(session, order, entry=entry, move=MOVE, at=at, note=notice)


def hand_of(actor: Actor, grant: Grant) -> Hand:
    """Whoever acts on a project, as its steps on an order are signed."""
    return Hand(By(grant.role, str(actor.person), grant.unit), actor)


async def keep(session: AsyncSession, step: str, subject: UUID, actor: Actor, **facts: Any) -> None:
    await audit.record(session, step, str(subject), actor=actor, **facts)
