"""One order as this actor may see and move it, put together from its rows."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import details, faces, lifecycle, proposals
from routing.catalogue import current
from routing.deliberation import reading as deliberations
from routing.details import OrderView, PlaceSeen, ProposalSeen, ResultSeen
from routing.disputes import open_dispute
from routing.faces import OrderFace, OrderLine
from routing.listed import Listed
from routing.models import Dispute, Order, Proposal
from routing.projects import reading as projects
from routing.schemas import BODIES
from routing.standing import stances
from routing.states import Move
from services import timeline
from services.identity import Actor


def line(order: Listed, zone: ZoneInfo) -> OrderLine:
    return OrderLine.line(order, zone)


async def face(session: AsyncSession, order: Order, *, actor: Actor, zone: ZoneInfo) -> OrderFace:
    return OrderFace.of(order, zone, await moves(session, order, actor))


async def moves(session: AsyncSession, order: Order, actor: Actor) -> list[Move]:
    """What the actor can do to the order now, under any of their grants, in the order of the table of moves."""
    dispute = await open_dispute(session, order)
    open_to = {move for by in stances(actor, order, dispute=dispute) for move in lifecycle.possible(order, by)}
    return [move for move in BODIES if move in open_to]


async def whole(session: AsyncSession, order: Order, *, actor: Actor, zone: ZoneInfo) -> OrderView:
    """All there is to read: two statements beside the order for what was disputed or proposed, one for the timeline."""
    disputed = select(Dispute).where(Dispute.case_no == order.case_no).order_by(Dispute.id)
    entries = await timeline.entries(session, order.case_no)
    return OrderView(
        **faces.standing(order, zone),
        **_reported(order),
        **await _matter(session, order),
        moves=[faces.dashed(move) for move in await moves(session, order, actor)],
        units=details.units_seen(order.units, zone),
        dispute_list=details.disputes_seen((await session.scalars(disputed)).all(), zone),
        proposals=await _proposals(session, order, actor, zone),
        deliberations=await deliberations.on_order(session, order.case_no, zone),
        bound_by=_result(order),
        projects=await projects.on_order(session, order.case_no),
        timeline=[details.entry_seen(entry, words, zone) for entry, words in entries],
    )


def _reported(order: Order) -> dict[str, Any]:
    same = ("text", "has_reporter", "split_from", "done", "public_answer", "evidence", "review_date")
    place = PlaceSeen(
        address=order.told_address,
        grid=order.told_grid,
        district=order.told_district,
        lon=order.lon,
        lat=order.lat,
        crs=order.crs,
    )
    settled = {"done": order.settled_done, "unit": order.settled_unit, "by": order.settled_by}
    return {
        **{name: getattr(order, name) for name in same},
        "place": place,
        "settled": settled if order.settled_done else None,
    }


def _result(order: Order) -> ResultSeen | None:
    if order.bound_by is None or order.bound_option is None:
        return None
    return ResultSeen(deliberation=order.bound_by, option=order.bound_option)


async def _matter(session: AsyncSession, order: Order) -> dict[str, Any]:
    """Why it is here, and what the issue's row asks for at the end."""
    closing = None
    if order.issue:
        issues = (await current(session)).lists.issues
        closing = issues.find(order.issue).closing_condition if order.issue in issues else None
    return {
        "evidence_needed": order.evidence_needed,
        "closing_condition": closing,
        "explanation": order.explanation,
        "because": order.explanation.get("sentence", ""),
    }


async def _proposals(session: AsyncSession, order: Order, actor: Actor, zone: ZoneInfo) -> list[ProposalSeen]:
    rows = await session.scalars(select(Proposal).where(Proposal.case_no == order.case_no).order_by(Proposal.id))
    return [details.proposal_seen(row, zone, yours=proposals.can_decide(order, row, actor) is not None) for row in rows]
