"""Moves that need a second person: proposed by one, completed or refused by another, void once the order has moved."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing import lifecycle
from routing.facts import By
from routing.hands import Hand, record, signature
from routing.lifecycle import Decision
from routing.models import Order, Proposal, ProposalState
from routing.moves import MOVES
from routing.refusals import NotForYou, Refused
from routing.rules import Second
from routing.schemas import BODIES, Told
from routing.standing import stance, stances
from routing.states import Move
from routing.words import facts_of, words_of
from services import timeline
from services.clocks import now
from services.identity import Actor, Grant, RoleGrant, Unit
from services.ids import new_id
from services.problems import Conflict, NotFound
from services.roles import Role


class ProposalLapsed(Conflict):
    """Who proposed this no longer holds the role it takes."""

    remedy = "Refuse the proposal; somebody who holds the role can propose it anew."


class ProposalDiffers(Conflict):
    """This move waits for a second person already, with other facts than yours."""

    remedy = "Send the proposal's own fields to agree to it, or refuse it first."


@dataclass(frozen=True)
class Pending:
    """A proposal that waits: its row, what it told, and its first person, if they still hold the role, as seen now."""

    row: Proposal
    body: Told
    first: By | None


async def pending(session: AsyncSession, order: Order, move: Move) -> Pending | None:
    """The proposal of this move that waits for a second person."""
    if order.proposals_pending == 0 or MOVES[move].second is None:
        return None
    waiting = select(Proposal).where(Proposal.case_no == order.case_no, Proposal.state == ProposalState.PENDING)
    row = await session.scalar(waiting.where(Proposal.move == move))
    if row is None:
        return None
    return Pending(row, BODIES[Move(row.move)].model_validate(row.needs), await _first(session, order, row))


async def _first(session: AsyncSession, order: Order, row: Proposal) -> By | None:
    """Who proposed it, by the grants they hold now."""
    held = select(RoleGrant.role, RoleGrant.unit, Unit.path).join(Unit, Unit.code == RoleGrant.unit)
    held = held.where(RoleGrant.person == row.by_person, RoleGrant.ended_at.is_(None), Unit.closed_at.is_(None))
    grants = tuple(Grant(Role(each.role), each.unit, each.path) for each in await session.execute(held))
    actor = Actor(person=row.by_person, key="", machine=False, grants=grants)
    used = next((each for each in grants if (each.role, each.unit) == (row.by_role, row.by_unit)), None)
    return stance(actor, used, order, None) if used else None


async def propose(session: AsyncSession, order: Order, decision: Decision, hand: Hand, body: Told) -> Proposal:
    """Keep the move until a second person agrees. The order's version grows, its state stays."""
    assert decision.awaits is not None
    assert hand.actor is not None
    row = Proposal(
        id=new_id(),
        case_no=order.case_no,
        district=order.district,
        move=decision.move.value,
        needs=body.model_dump(mode="json", exclude_none=True),
        by_person=hand.actor.person,
        by_role=hand.by.role.value,
        by_unit=str(hand.by.unit),
        second_role=decision.awaits.role.value,
        proposed_at=now(),
        state=ProposalState.PENDING,
    )
    session.add(row)
    order.proposals_pending += 1
    await _note(session, order, row, hand, "proposed", body, why=decision.awaits.why)
    return row


def agree(order: Order, row: Proposal, actor: Actor, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at = ProposalState.AGREED, actor.person, at
    order.proposals_pending -= 1


async def refuse(session: AsyncSession, order: Order, proposal: UUID, *, actor: Actor, reason: str) -> Proposal:
    """Any second person may. Raises NotFound where nothing of this id waits, NotForYou for others."""
    row = await session.get(Proposal, proposal)
    if row is None or row.case_no != order.case_no:
        raise NotFound("This order has no such proposal.")
    if row.state != ProposalState.PENDING:
        raise Conflict("This proposal is decided already.", state=row.state)
    by = second_person(order, row, actor)
    row.state, row.decided_by, row.decided_at, row.refusal = ProposalState.REFUSED, actor.person, now(), reason
    order.proposals_pending -= 1
    await _note(session, order, row, Hand(by, actor), "refused", None, reason=reason)
    return row


def second_person(order: Order, row: Proposal, actor: Actor) -> By:
    """The actor as the second person of a proposal. Raises NotForYou where they cannot be."""
    needed = MOVES[Move(row.move)].second
    assert needed is not None
    refused: Refused = NotForYou()
    for by in stances(actor, order):
        try:
            lifecycle.check_second(order, _proposer(row), by, needed)
        except NotForYou as error:
            refused = _nearer(refused, error, by, needed)
        else:
            return by
    raise refused


def can_decide(order: Order, row: Proposal, actor: Actor) -> By | None:
    """The actor as the second person of a proposal, or None."""
    try:
        return second_person(order, row, actor) if row.state == ProposalState.PENDING else None
    except NotForYou:
        return None


def _proposer(row: Proposal) -> By:
    return By(Role(row.by_role), str(row.by_person), row.by_unit)


def _nearer(before: Refused, now_: Refused, by: By, needed: Second) -> Refused:
    """Of several refusals, that of a grant with the right role says most."""
    return now_ if by.role is needed.role or type(before) is NotForYou else before


async def void(session: AsyncSession, order: Order, at: datetime) -> None:
    """What waited for a second person was proposed for an order that stood otherwise."""
    if order.proposals_pending:
        waiting = update(Proposal).where(Proposal.case_no == order.case_no, Proposal.state == ProposalState.PENDING)
        await session.execute(waiting.values(state=ProposalState.VOID, decided_at=at))
        order.proposals_pending = 0


async def _note(
    session: AsyncSession,
    order: Order,
    row: Proposal,
    hand: Hand,
    step: str,
    body: Told | None,
    why: str | None = None,
    **words: str,
) -> None:
    """`why` is a sentence of ours and no words of a person's, so it is a fact."""
    told = body.told() if body else {}
    said = {"why": why} if why else {}
    entry = await timeline.append(
        session,
        order,
        row.move,
        **signature(hand),
        from_state=order.state,
        to_state=order.state,
        facts={**facts_of(told), **said, "proposal": row.id, "step": step},
        words=words_of(told) | words,
    )
    await record(session, order, f"{row.move}.{step}", hand, entry=entry, proposal=str(row.id))
