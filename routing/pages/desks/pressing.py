"""What a form of a desk asks for: the verb of the JSON route, once; of a problem the case's page tells."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request, Response
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import DBAPIError

from routing import orders
from routing.api.orders import make_move, refuse
from routing.api.refusals import refusals_told
from routing.asking import attempt
from routing.models import Order, Proposal
from routing.pages.desks.forms import FORMS, body_of
from routing.schemas import BODIES, Dispatch, Reclassify, Refusal, Told
from routing.states import Move
from routing.terms import terms
from services.problems import NotFound, VersionStale, invalid
from services.requests import Answer, Call, version_wanted
from services.staff_pages import fields, press

Verb = Callable[[Call], Awaitable[Answer]]
CHOSEN = "派单时按所选候选确认事项"


@dataclass
class Made:
    """What came of it, for the page that is shown next."""

    waits: bool = False
    """A second person has to agree."""


async def moved(request: Request, case_no: str, name: str, *, then: Callable[[Made], str]) -> Response:
    """One of the desks' moves. Raises NotFound for others."""
    move = next((each for each in FORMS if each.value == name.replace("-", "_")), None)
    if move is None:
        raise NotFound
    zone = terms(request.app.state.settings).calendar.zone
    told = body_of(move, await fields(request), zone)
    return await _pressed(request, lambda call: make_move(call, case_no, told), then)


async def confirmed(request: Request, case_no: str, *, then: Callable[[Made], str]) -> Response:
    """A candidate was chosen: its issue, where the order has another or none, and its unit, in one transaction."""
    unit, _, issue = (await fields(request)).get("choice", "").partition("|")
    if not unit:
        raise invalid("choice", "is one of the candidates", "choose one")

    async def verb(call: Call) -> Answer:
        found = await _found(call, case_no)
        bodies: list[Told] = [Dispatch(unit=unit)]
        if issue and issue != found.issue:
            bodies.insert(0, Reclassify(issue=issue, reason=CHOSEN))
        for body in bodies:
            await _attempt(call, found, body)
        return Answer(200, {"case_no": case_no})

    return await _pressed(request, verb, then)


async def _attempt(call: Call, found: Order, body: Told) -> None:
    with refusals_told():
        await attempt(call.session, found, body, actor=call.actor, terms=terms(call.request.app.state.settings))
    await call.session.flush()


async def _found(call: Call, case_no: str) -> Order:
    version = version_wanted(call.request)
    return await orders.find_to_move(call.session, case_no, actor=call.actor, version=version)


async def agreed(request: Request, case_no: str, proposal: UUID, *, then: Callable[[Made], str]) -> Response:
    """The same move as it was proposed, which the version in the form shows this person has read."""

    async def verb(call: Call) -> Answer:
        row = await call.session.get(Proposal, proposal)
        if row is None or row.case_no != case_no:
            raise NotFound
        return await make_move(call, case_no, BODIES[Move(row.move)].model_validate(row.needs))

    return await _pressed(request, verb, then)


async def refused(request: Request, case_no: str, proposal: UUID, *, then: Callable[[Made], str]) -> Response:
    reason = (await fields(request)).get("reason", "").strip()
    if not reason:
        raise invalid("reason", "says why", "fill it in")
    told = Refusal(reason=reason)
    return await _pressed(request, lambda call: refuse(call, case_no, proposal, told), then)


async def _pressed(request: Request, verb: Verb, then: Callable[[Made], str]) -> Response:
    """Of two that wait for each other's orders the database stops one: it has seen an old version."""
    try:
        return await press(request, verb, then=lambda body: then(Made(waits="proposal" in (body or {}))))
    except DBAPIError as error:
        if isinstance(error.orig, DeadlockDetected):
            raise VersionStale from None
        raise
