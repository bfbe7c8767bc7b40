"""What must hold of an order whatever was pressed: read from the rows alone, apart from the code that wrote them."""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from routing.models import Order, Proposal, ProposalState, TeamRole
from routing.states import State
from services.timeline import Entry, first_broken

TIMED = frozenset({State.TRIAGE, State.DISPATCHED, State.WORKING, State.DISPUTED, State.DEFERRED, State.CHECKING})
"""States that somebody here has to end in time."""
UNTOLD = ("proposed", "refused")


async def broken(session: AsyncSession, case_no: str) -> list[str]:
    """What does not hold, in words; nothing where all is well."""
    wanted = select(Order).where(Order.case_no == case_no).options(selectinload(Order.units))
    order = (await session.scalars(wanted)).one()
    entries = (await session.scalars(select(Entry).where(Entry.case_no == case_no).order_by(Entry.number))).all()
    faults = [*_state(order, entries), *_clocks(order), *_team(order)]
    if await first_broken(session, case_no, chain=order.chain or b"", count=order.entries) is not None:
        faults.append("the timeline's chain is broken")
    faults += await _proposals(session, order)
    faults += _outbox(order, entries, await _told(session, case_no))
    audited = text("select count(*) from audit where subject = :it and action like 'order.%'")
    if await session.scalar(audited, {"it": case_no}) != len(entries):
        faults.append("the audit does not have every entry")
    return faults


def _state(order: Order, entries: Sequence[Entry]) -> Iterator[str]:
    last = entries[-1].to_state
    if order.state != last:
        yield f"the row says {order.state}, the timeline {last}"
    for before, after in pairwise(entries):
        if before.to_state != after.from_state:
            yield f"entry {after.number} does not begin where the one before ended"
    if (order.state == State.CLOSED) != (order.closed_at is not None):
        yield "closed_at does not fit the state"


def _clocks(order: Order) -> Iterator[str]:
    if order.state in TIMED and (order.state_due is None or order.due_at is None):
        yield f"{order.state} has no clock"
    if order.state not in TIMED and order.due_at is not None:
        yield f"{order.state} is due"
    if order.case_due is None:
        yield "the case clock is gone"


def _team(order: Order) -> Iterator[str]:
    leads = [unit.unit for unit in order.team if unit.role == TeamRole.LEAD]
    if leads != ([order.lead_unit] if order.lead_unit else []):
        yield f"the row is led by {order.lead_unit}, the team by {leads}"
    if len({unit.unit for unit in order.team}) != len(order.team):
        yield "a unit is on the order twice"


async def _proposals(session: AsyncSession, order: Order) -> list[str]:
    waiting = select(Proposal).where(Proposal.case_no == order.case_no, Proposal.state == ProposalState.PENDING)
    open_ = (await session.scalars(waiting)).all()
    faults = [] if len(open_) == order.proposals_pending else ["the row counts other proposals than there are"]
    if len({each.move for each in open_}) != len(open_):
        faults.append("one move is proposed twice")
    return faults


async def _told(session: AsyncSession, case_no: str) -> list[dict[str, Any]]:
    named = text(
        "select payload from pgqueuer where entrypoint = 'to_feedback' "
        "and position(convert_to(:it, 'utf8') in payload) > 0 order by id"
    )
    events = [json.loads(bytes(payload)) for payload in await session.scalars(named, {"it": case_no})]
    return [event for event in events if event["subject"] == case_no]


def _outbox(order: Order, entries: Sequence[Entry], told: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Every entry but the first and those of proposals is told once, in its order, and nothing else is."""
    wanted = [entry.number for entry in entries[1:] if entry.facts.get("step") not in UNTOLD]
    moved = [event["data"]["entry"] for event in told if event["type"] == "order.moved"]
    if moved != wanted:
        yield f"told were the entries {moved}, there are {wanted}"
    if [int(event["sequence"]) for event in told] != list(range(1, order.told + 1)):
        yield "the numbers of what was told have a gap"
