"""What a person asks for: under one of their grants, and with a second person where the move needs one."""

from sqlalchemy.ext.asyncio import AsyncSession

from routing import disputes, proposals, reclassifying
from routing.deliberation import granting
from routing.facts import By
from routing.hands import Hand
from routing.lifecycle import Decision
from routing.merging import refuse_grandchildren
from routing.models import Order, Proposal
from routing.moves import MOVES
from routing.moving import make
from routing.orders import NoSuchOrder, find
from routing.proposals import Pending, ProposalDiffers, ProposalLapsed
from routing.refusals import NotForYou, Refused, WrongRole
from routing.schemas import Merge, Told
from routing.standing import stances
from routing.terms import Terms
from routing.words import cleaned
from services.clocks import now
from services.identity import Actor
from services.problems import invalid
from services.roles import Role


async def attempt(session: AsyncSession, order: Order, body: Told, *, actor: Actor, terms: Terms) -> Proposal | None:
    """What a person asks for: made, or kept as a proposal that waits for a second person.

    Where one waits already, the same request by a second person completes it; whoever needs no second person makes
    the move all the same. Raises Refused, ProposalDiffers,
    ProposalLapsed, Invalid for a unit or an issue that there is none of.
    """
    body = cleaned(body)
    if isinstance(body, Merge):
        await refuse_grandchildren(session, order)
        await _parent(session, body, actor)
    with session.no_autoflush:
        waiting = await proposals.pending(session, order, body.move)
        second = proposals.can_decide(order, waiting.row, actor) if waiting else None
        if waiting and second:
            await _complete(session, order, waiting, second, body, actor, terms)
            return None
        hand, decision = await _under_some_grant(session, order, body, actor, terms)
        if not decision.proposal_only:
            await reclassifying.follow_up(session, order, decision, hand, body, terms)
            return None
        if waiting:
            proposals.second_person(order, waiting.row, actor)
        return await proposals.propose(session, order, decision, hand, body)


async def _parent(session: AsyncSession, body: Merge, actor: Actor) -> None:
    """Raises Invalid where the actor sees no such order."""
    try:
        await find(session, body.parent, actor=actor)
    except NoSuchOrder:
        raise invalid("parent", "is the number of an order that you see", "look it up under /v1/orders") from None


async def _under_some_grant(
    session: AsyncSession, order: Order, body: Told, actor: Actor, terms: Terms
) -> tuple[Hand, Decision]:
    """The first grant that may do it does it; where none may, what the last one lacked is raised."""
    refused: Refused = WrongRole(sorted(role for role in MOVES[body.move].who if isinstance(role, Role)))
    dispute = await disputes.open_dispute(session, order)
    for by in stances(actor, order, move=body.move, dispute=dispute):
        hand = Hand(by, actor)
        try:
            return hand, await make(session, order, body.move, hand, told=body.told(), terms=terms)
        except NotForYou as error:
            refused = error
    raise refused


async def _complete(
    session: AsyncSession, order: Order, waiting: Pending, second: By, body: Told, actor: Actor, terms: Terms
) -> None:
    if body != waiting.body:
        raise ProposalDiffers(proposal=str(waiting.row.id), fields=waiting.row.needs)
    if waiting.first is None:
        raise ProposalLapsed
    proposals.agree(order, waiting.row, actor, now())
    hand = Hand(waiting.first, actor, second)
    decision = await make(session, order, body.move, hand, told=waiting.body.told(), terms=terms)
    await reclassifying.follow_up(session, order, decision, hand, waiting.body, terms)
    await granting.follow_up(session, order, hand, waiting.body, terms)
