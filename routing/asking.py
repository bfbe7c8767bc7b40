"""What a person asks for: under one of their grants, and with a second person where the move needs one."""

from sqlalchemy.ext.asyncio import AsyncSession

from routing import disputes, proposals, reclassifying
from routing.hands import Hand
from routing.lifecycle import Decision
from routing.merging import refuse_grandchildren
from routing.models import Order, Proposal
from routing.moves import MOVES
from routing.moving import make
from routing.proposals import Pending, ProposalDiffers
from routing.refusals import NotForYou, Refused, WrongRole
from routing.schemas import Told
from routing.standing import stances
from routing.states import Move
from routing.terms import Terms
from routing.words import cleaned
from services.clocks import now
from services.identity import Actor
from services.roles import Role


async def attempt(session: AsyncSession, order: Order, body: Told, *, actor: Actor, terms: Terms) -> Proposal | None:
    """What a person asks for: made, or kept as a proposal that waits for a second person.

    Where one waits already, the same request by another person completes it. Raises Refused, ProposalDiffers,
    ProposalLapsed, Invalid for a unit or an issue that there is none of.
    """
    body = cleaned(body)
    if body.move is Move.MERGE:
        await refuse_grandchildren(session, order)
    with session.no_autoflush:
        waiting = await proposals.pending(session, order, body.move)
        if waiting:
            await _complete(session, order, waiting, body, actor, terms)
            return None
        hand, decision = await _under_some_grant(session, order, body, actor, terms)
        if decision.proposal_only:
            return await proposals.propose(session, order, decision, hand, body)
        await reclassifying.follow_up(session, order, decision, hand, body, terms)
    return None


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
    session: AsyncSession, order: Order, waiting: Pending, body: Told, actor: Actor, terms: Terms
) -> None:
    second = proposals.second_person(order, waiting.row, actor)
    if body != waiting.body:
        raise ProposalDiffers(proposal=waiting.row.id, fields=waiting.row.needs)
    proposals.agree(order, waiting.row, actor, now())
    hand = Hand(waiting.first, actor, second)
    decision = await make(session, order, body.move, hand, told=waiting.body.told(), terms=terms)
    await reclassifying.follow_up(session, order, decision, hand, waiting.body, terms)
