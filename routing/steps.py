"""One move on one order: the legal check, the row, the timeline, the audit entry and the message, all or nothing.

The order's row is locked by whoever loads it to move it, so moves on one order follow each other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing import (
    circumstances,
    clockwork,
    disputes,
    lifecycle,
    marks,
    matched,
    merging,
    metering,
    notices,
    notices_kept,
    officers,
    parting,
    proposals,
    teams,
)
from routing.circumstances import Circumstances
from routing.hands import Hand, record, signature
from routing.lifecycle import Decision
from routing.models import Order
from routing.states import Move
from routing.telling import tell_moved
from routing.terms import Terms
from routing.words import facts_of, words_of
from services import timeline
from services.clocks import now

Told = Mapping[str, Any]


async def take(
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

    `notice` is what the citizen reads in place of the move's own sentence. A silent move is told to nobody, because
    the next one in the same transaction is.
    """
    with metering.moving(session, order, move) as under_way:
        decision = await _taken(session, order, move, hand, told=told, terms=terms, notice=notice, silent=silent)
        under_way.decided(decision)
    return decision


async def _taken(
    session: AsyncSession,
    order: Order,
    move: Move,
    hand: Hand,
    *,
    told: Told,
    terms: Terms,
    notice: str | None,
    silent: bool,
) -> Decision:
    at = now()
    await notices_kept.refresh(session)
    found = await circumstances.look_up(session, order, move, hand.by, told, terms=terms, at=at)
    led_by, parent = order.lead_unit, order.merged_into
    decision = lifecycle.apply(order, move, hand.by, second=hand.second, **told, **found.facts)
    if decision.proposal_only:
        return decision
    marks.mark(order, decision, told, hand.by, at)
    accused = found.facts.get("unit_accused")
    if accused and hand.second:
        order.accused_path = None  # two persons sent it there: whoever handles it may read it
    if found.rematch:
        matched.describe(order, found.rematch)
    await disputes.keep(session, order, decision, told, hand.by, at, unit=led_by)
    await merging.count(session, order, decision, parent=parent or order.merged_into)
    await parting.keep(session, order, decision, parent=parent, at=at)
    await _change_hands(session, order, decision, found, terms, at)
    entry = await _write_down(session, order, decision, hand, told, at, accused=accused)
    if not silent:
        said = notice or notices.notice(order, decision, {**told, "by": hand.by.role})
        await tell_moved(session, order, entry=entry, move=move.value, at=at, note=said)
    return decision


async def _change_hands(
    session: AsyncSession, order: Order, decision: Decision, found: Circumstances, terms: Terms, at: datetime
) -> None:
    """The team, the clocks, and what a new state or a new unit brings with it."""
    arrive_by = terms.due(at, terms.agreed.deemed_acceptance) if decision.move is Move.SUMMON else None
    teams.change(order, decision, found.units, at, arrive_by=arrive_by)
    clockwork.wind(order, decision, terms, at)
    if not clockwork.begins_anew(decision):
        return
    await proposals.void(session, order, at)
    if decision.new_lead or order.lead_unit is None:
        await officers.assign(session, order)


async def _write_down(
    session: AsyncSession,
    order: Order,
    decision: Decision,
    hand: Hand,
    told: Told,
    at: datetime,
    *,
    accused: str | None,
) -> int:
    """The timeline's entry and the audit's; the number of the first."""
    entry = await timeline.append(
        session,
        order,
        decision.move.value,
        **signature(hand),
        at=at,
        from_state=decision.from_state,
        to_state=decision.to_state,
        facts=_facts(decision, told, hand) | ({"accused": accused} if accused else {}),
        words=words_of(told),
    )
    await record(session, order, decision.move.value, hand, entry=entry)
    return entry


def _facts(decision: Decision, told: Told, hand: Hand) -> dict[str, Any]:
    facts = facts_of(told) | {"round": decision.round, "effects": sorted(decision.effects)}
    if decision.new_lead or decision.from_state is None:
        facts["lead"] = decision.lead_unit
    if decision.outcome:
        facts["outcome"] = decision.outcome
    if hand.second:
        facts["agreed_by"] = hand.second.person
    return facts
