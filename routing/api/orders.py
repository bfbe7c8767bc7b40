"""Orders: lists, one order with all that belongs to it, and a route for every move that a person makes."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from psycopg.errors import DeadlockDetected
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError

from routing import orders, proposals, views, worklists
from routing.api.refusals import refusals_told
from routing.asking import attempt
from routing.details import OrderView
from routing.faces import OrderFace, OrderPage, Proposed, dashed, plain_line
from routing.list_filters import Filters
from routing.models import Order
from routing.moves import MOVES
from routing.schemas import BODIES, Merge, Refusal, Told
from routing.terms import terms
from routing.words import hidden
from services.clocks import now
from services.guarding import router
from services.problems import VersionStale
from services.requests import Answer, Call, etag, perform, version_wanted

CaseNo = Annotated[str, Path(description="16 digits, the last a check digit.", examples=["2025030100000425"])]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag of the version you read; 428 without, 412 when stale.")
]
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
PROPOSED: dict[int | str, dict[str, Any]] = {
    202: {"model": Proposed, "description": "Kept as a proposal: a second person has to agree."}
}
api = router(tags=["orders"])


@api.get("/v1/orders", summary="Orders that you may see", response_model=OrderPage)
async def list_orders(request: Request, filters: Annotated[Filters, Query()]) -> Response:
    actor, zone, at = request.state.actor, terms(request.app.state.settings).calendar.zone, now()
    async with request.app.state.database.unit() as session:
        await worklists.reading(session)
        found = await worklists.wanted(session, filters, actor=actor, at=at, zone=zone)
        rows, following = await worklists.page(session, found, after=filters.cursor, limit=filters.limit)
        total = await worklists.count(session, found) if filters.count else None
    lines = [plain_line(row, zone) for row in rows]
    page = {"items": lines, "next": following, **_told(total, found.most)}
    return Response(to_json(page), media_type="application/json")


def _told(total: int | None, most: int) -> dict[str, Any]:
    more = total is not None and total > most
    return {"count": most if more else total, "count_more": more}


@api.get("/v1/orders/{case_no}", summary="An order with everything that belongs to it", response_model=OrderView)
async def order(request: Request, case_no: CaseNo) -> Response:
    zone = terms(request.app.state.settings).calendar.zone
    async with request.app.state.database.unit() as session:
        found = await orders.find(session, case_no, actor=request.state.actor)
        view = await views.whole(session, found, actor=request.state.actor, zone=zone)
    return JSONResponse(view.model_dump(mode="json"), headers={"ETag": etag(found.version)})


def _endpoint(body: type[Told]) -> Callable[..., Awaitable[Response]]:
    """The route of one move: locks the order as it was read, makes the move or proposes it, answers how it stands."""

    async def move(request: Request, case_no: CaseNo, told: Any, _: IfMatch = None, __: OnceKey = None) -> Response:
        return await _pressed(request, lambda call: make_move(call, case_no, told or body()))

    move.__name__ = body.move.value
    move.__annotations__["told"] = body
    if not any(field.is_required() for field in body.model_fields.values()):
        move.__annotations__["told"], move.__defaults__ = body | None, (None, None, None)
    return move


async def _pressed(request: Request, verb: Callable[[Call], Awaitable[Answer]]) -> Response:
    """Of two that wait for each other's orders, the database lets one go on; the other has seen an old version."""
    try:
        return await perform(request, verb)
    except DBAPIError as error:
        if isinstance(error.orig, DeadlockDetected):
            raise VersionStale from None
        raise


async def make_move(call: Call, case_no: str, told: Told) -> Answer:
    """One move on the order as it was read, or the proposal of one: what routes and pages have in common."""
    other = told.parent if isinstance(told, Merge) else None
    version = version_wanted(call.request)
    found = await orders.find_to_move(call.session, case_no, actor=call.actor, version=version, other=other)
    with refusals_told():
        waiting = await attempt(
            call.session, found, told, actor=call.actor, terms=terms(call.request.app.state.settings)
        )
    await call.session.flush()
    face = await _face(call, found)
    if waiting is None:
        return Answer(200, face, {"ETag": etag(found.version)})
    why = second.why if (second := MOVES[told.move].second) else None
    named = {"proposal": waiting.id, "move": dashed(waiting.move), "second_role": waiting.second_role}
    proposed = Proposed(**named, why=why, order=face)
    return Answer(202, proposed, {"ETag": etag(found.version)})


async def _face(call: Call, found: Order) -> OrderFace:
    zone = terms(call.request.app.state.settings).calendar.zone
    return await views.face(call.session, found, actor=call.actor, zone=zone)


@api.post(
    "/v1/orders/{case_no}/proposals/{proposal}/refusal",
    summary="Refuse, as second person, what was proposed",
    response_model=OrderFace,
)
async def refuse_proposal(
    request: Request, case_no: CaseNo, proposal: UUID, told: Refusal, _: IfMatch = None, __: OnceKey = None
) -> Response:
    return await _pressed(request, lambda call: refuse(call, case_no, proposal, told))


async def refuse(call: Call, case_no: str, proposal: UUID, told: Refusal) -> Answer:
    """What somebody else proposed is refused."""
    version = version_wanted(call.request)
    found = await orders.find_to_move(call.session, case_no, actor=call.actor, version=version)
    with refusals_told():
        await proposals.refuse(call.session, found, proposal, actor=call.actor, reason=hidden(told.reason))
    await call.session.flush()
    return Answer(200, await _face(call, found), {"ETag": etag(found.version)})


def _add_moves(to: APIRouter) -> None:
    for move, body in BODIES.items():
        to.add_api_route(
            f"/v1/orders/{{case_no}}/{dashed(move)}",
            _endpoint(body),
            methods=["POST"],
            summary=MOVES[move].term,
            description=body.__doc__,
            response_model=OrderFace,
            responses=PROPOSED if MOVES[move].second else {},
        )


_add_moves(api)
