"""A move is made: the legal check, the row, the timeline, the audit entry and the messages, in one transaction.

The order's row is locked by whoever loads it to move it (`routing.orders`), so moves on one order follow each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing import circumstances, clockwork, disputes, endings, lifecycle, marks, notices, officers, proposals, teams
from routing.circumstances import Circumstances
from routing.facts import By
from routing.lifecycle import Decision
from routing.models import Order
from routing.schemas import BODIES
from routing.states import Move, State, Voice
from routing.telling import tell_moved
from routing.terms import Terms
from services import audit, timeline
from services.clocks import now
from services.identity import Actor
from services.queue import enqueue

Told = Mapping[str, Any]
WORDS = frozenset(name for body in BODIES.values() for name in body.free_text()) | {"text"}
"""What is told in words: it lies with the timeline's words, which can be erased, and never among its facts."""
UNTOLD = frozenset({"explanation", "evidence", "by"})
"""What the row keeps and the timeline does not repeat."""
DEEM_ACCEPTED = "deem_accepted"


@dataclass(frozen=True)
class Hand:
    """Who makes a move: as seen from the order, and with which key; `second` agreed to it."""

    by: By
    actor: Actor | None = None
    second: By | None = None

    @classmethod
    def voice(cls, voice: Voice) -> "Hand":
        return cls(By.voice(voice))


async def make(
    session: AsyncSession,
    order: Order,
    move: Move,
    hand: Hand,
    *,
    told: Told,
    terms: Terms,
    notice: str | None = None,
    silent: bool = False,
) -> Decision:
    """Make the move, or raise the rule against it; a decision that is a proposal only has changed nothing.

    `notice` is what the citizen reads in place of the move's own sentence. A silent move is told to nobody: the next
    one in the same transaction is.
    """
    at = now()
    with session.no_autoflush:
        found = await circumstances.look_up(session, order, move, hand.by, told, terms=terms, at=at)
        led_before = order.lead_unit
        decision = lifecycle.apply(order, move, hand.by, second=hand.second, **told, **found.facts)
        if decision.proposal_only:
            return decision
        await _write(session, order, decision, hand, told, found, terms, at, led_before)
        entry = await _record(session, order, decision, hand, told, at)
        if not silent:
            said = notice or notices.notice(order, decision, {**told, "by": hand.by.role})
            await tell_moved(session, order, entry=entry, move=move.value, at=at, note=said)
        await endings.follow_up(session, order, decision, terms, at)
        await session.flush()
    return decision


async def _write(
    session: AsyncSession,
    order: Order,
    decision: Decision,
    hand: Hand,
    told: Told,
    found: Circumstances,
    terms: Terms,
    at: datetime,
    led_before: str | None,
) -> None:
    marks.mark(order, decision, told, hand.by, at)
    await disputes.keep(session, order, decision, told, hand.by, at, unit=led_before)
    arrive_by = terms.due(at, terms.agreed.deemed_acceptance) if decision.move is Move.SUMMON else None
    teams.change(order, decision, found.units, at, arrive_by=arrive_by)
    clockwork.wind(order, decision, terms, at)
    if clockwork.begins_anew(decision):
        await proposals.void(session, order, at)
        if decision.to_state is State.DISPATCHED:
            await officers.assign(session, order, new_lead=decision.new_lead is not None, at=at)
            await await_acceptance(session, order, at)


async def await_acceptance(session: AsyncSession, order: Order, at: datetime) -> None:
    """A job for the moment at which nobody has accepted in time; its payload names this dispatch and no later one."""
    if order.state_due is not None:
        left = max(order.state_due - at, timedelta())
        payload = f"{order.case_no} {order.state_since.isoformat()}".encode()
        await enqueue(session, DEEM_ACCEPTED, payload, after=left)


async def _record(
    session: AsyncSession, order: Order, decision: Decision, hand: Hand, told: Told, at: datetime
) -> int:
    """The timeline's entry and the audit's; the number of the first."""
    words = {name: str(value) for name, value in told.items() if name in WORDS and value}
    entry = await timeline.append(
        session,
        order,
        decision.move.value,
        **signature(hand),
        at=at,
        from_state=decision.from_state,
        to_state=decision.to_state,
        facts=_facts(decision, told, hand),
        words=words,
    )
    await record(session, order, decision.move.value, hand, entry=entry)
    return entry


def signature(hand: Hand) -> dict[str, Any]:
    """As timeline entries are signed."""
    person = hand.actor.person if hand.actor else None
    return {"by_role": hand.by.role.value, "by_person": person, "by_unit": hand.by.unit}


def _facts(decision: Decision, told: Told, hand: Hand) -> dict[str, Any]:
    facts = {name: value for name, value in told.items() if name not in WORDS | UNTOLD}
    if decision.new_lead or decision.from_state is None:
        facts["lead"] = decision.lead_unit
    if decision.outcome:
        facts["outcome"] = decision.outcome
    if hand.second:
        facts["agreed_by"] = hand.second.person
    return facts | {"round": decision.round, "effects": sorted(decision.effects)}


async def record(session: AsyncSession, order: Order, action: str, hand: Hand, **facts: Any) -> None:
    voice = None if hand.actor else hand.by.role.value
    await audit.record(session, f"order.{action}", order.case_no, actor=hand.actor, voice=voice, **facts)
