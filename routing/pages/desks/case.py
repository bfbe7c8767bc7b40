"""One case as a desk sees it: what was said, why it is here, what can be done now, and what has happened."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import orders, photos, repeated, views, worklists
from routing.catalogue import Catalogue, current
from routing.details import OrderView
from routing.faces import OrderLine, dashed
from routing.list_filters import Narrowing
from routing.listed import listed
from routing.models import Order
from routing.named_lists import Worklist, open_to
from routing.orders import NoSuchOrder
from routing.pages.desks import matters
from routing.pages.desks.candidates import choices
from routing.pages.desks.desk import Desk, render
from routing.pages.desks.forms import FORMS, SECOND_PERSON
from routing.repeated import Likely, Reported
from routing.standing import visible
from routing.states import State
from routing.terms import terms
from services.clocks import now
from services.identity import Actor
from services.problems import Problem

IN_QUEUE, ALIKE, CHILDREN = 12, 5, 20
BESIDE: Mapping[State, Worklist] = {State.DISPUTED: Worklist.DISPUTES}
"""The list that is worked through where a case stands so; the desk's queue everywhere else."""


async def shown(
    request: Request,
    desk: Desk,
    case_no: str,
    *,
    problem: Problem | None = None,
    sent: Mapping[str, str] | None = None,
    about: str | None = None,
) -> Response:
    """The page; after a problem with what stood in the way and what was filled in (`about` names the move)."""
    actor, known = request.state.actor, terms(request.app.state.settings)
    async with request.app.state.database.unit() as session:
        await worklists.reading(session)
        order = await orders.find(session, case_no, actor=actor)
        catalogue, zone = await current(session), known.calendar.zone
        view = await views.whole(session, order, actor=actor, zone=zone)
        facts: dict[str, Any] = {
            "choices": choices(order, catalogue, known) if "dispatch" in (view.moves or ()) else [],
            "rows": matters.rows(order, catalogue, known) if order.disputes else [],
            "precedents": await matters.precedents(session, order, catalogue, actor=actor) if order.disputes else [],
            "alike": await _alike(request, session, order) if "merge" in (view.moves or ()) else [],
            "photos": await photos.of_order(session, case_no),
            "children": await _children(session, order, actor, request),
            "beside": await _beside(request, session, order),
            "queue": await _queue(request, session, BESIDE.get(State(order.state), desk.queue)),
        }
    beside = facts["beside"].case_no if facts["beside"] else None
    facts["likeness"] = next((each for each in facts["alike"] if each.order.case_no == beside), None)
    return render(
        request,
        desk,
        "case.html",
        status=problem.status if problem else 200,
        order=view,
        forms=_forms(view),
        names=_names(view, catalogue),
        units=_units(order, catalogue),
        questions=_questions(order, catalogue, facts["choices"]),
        problem=problem,
        sent=sent or {},
        about=about,
        **facts,
    )


def _forms(view: OrderView) -> list[dict[str, Any]]:
    """What the lifecycle leaves open to this person, in the order of the desk's forms."""
    open_to_them = set(view.moves or ())
    return [
        {"move": dashed(move), "name": move.value, "fields": fields, "second": move in SECOND_PERSON}
        for move, fields in FORMS.items()
        if dashed(move) in open_to_them
    ]


async def _queue(request: Request, session: AsyncSession, worklist: Worklist) -> list[OrderLine]:
    """What waits beside a case; nothing where that list is for others."""
    if worklist not in open_to(request.state.actor):
        return []
    return await _lines(request, session, Narrowing(worklist=worklist), IN_QUEUE)


async def _alike(request: Request, session: AsyncSession, order: Order) -> list[Likely]:
    """Open cases that likely tell the same, with the reasons in words; found anew at every look, so also after an
    amendment. No score is shown: it rises by what no reason may tell.
    """
    known = terms(request.app.state.settings)
    found = await repeated.likely(session, Reported.of(order), known, seen=visible(request.state.actor))
    return found[:ALIKE]


async def _lines(request: Request, session: AsyncSession, asked: Narrowing, limit: int) -> list[OrderLine]:
    actor, zone = request.state.actor, terms(request.app.state.settings).calendar.zone
    try:
        found = await worklists.wanted(session, asked, actor=actor, at=now(), zone=zone)
    except Problem:  # an issue or a grid of a list that is no longer kept
        return []
    rows, _ = await worklists.page(session, found, limit=limit)
    return [views.line(row, zone) for row in rows]


async def _children(session: AsyncSession, order: Order, actor: Actor, request: Request) -> Sequence[OrderLine]:
    zone = terms(request.app.state.settings).calendar.zone
    merged = select(Order.case_no).where(Order.merged_into == order.case_no, visible(actor))
    numbers = (await session.scalars(merged.order_by(Order.case_no).limit(CHILDREN))).all()
    rows = await listed(session, numbers)
    return [views.line(rows[number], zone) for number in numbers]


async def _beside(request: Request, session: AsyncSession, order: Order) -> Order | None:
    """The case to be held against this one: the one asked for, or the one it was merged into."""
    asked = request.query_params.get("beside") or order.merged_into
    try:
        return await orders.find(session, asked, actor=request.state.actor) if asked else None
    except NoSuchOrder:
        return None


def _names(view: OrderView, catalogue: Catalogue) -> dict[str, str]:
    """The units that the page speaks of, by code."""
    codes = {entry.by_unit for entry in view.timeline} | {proposal.by_unit for proposal in view.proposals}
    for dispute in view.dispute_list:
        codes |= {dispute.unit, dispute.proposed_unit, dispute.ruled_unit}
    told = {entry.facts.get(name) for entry in view.timeline for name in ("unit", "lead", "absent", "proposed_unit")}
    return {code: str(matters.unit_name(code, catalogue)) for code in codes | told if isinstance(code, str)}


def _units(order: Order, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Units near the case, to choose from: those over the place, and the offices of each."""
    city, place = catalogue.city, order.grid if order.grid in catalogue.city else None
    over = city.unit_chain(place) if place else ()
    codes = {unit.code for unit in over}
    near = [*over, *(unit for unit in city.units if unit.parent in codes and unit.function)]
    return [(unit.code, unit.name) for unit in near]


def _questions(order: Order, catalogue: Catalogue, found: Sequence[Any]) -> list[str]:
    """What the issue list says should be asked, for the likeliest matter."""
    issue = order.issue or (found[0].issue if found else None)
    known = issue is not None and issue in catalogue.lists.issues
    return list(catalogue.lists.issues.find(str(issue)).questions) if known and order.state == State.TRIAGE else []
