"""议事: a leader opens a deliberation on an order, residents vote by code, the result binds."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from routing import orders
from routing.api.orders import CaseNo, IfMatch, OnceKey
from routing.api.pressing import pressed
from routing.api.refusals import refusals_told
from routing.deliberation import closing, finding, opening, reading, statements, voting
from routing.deliberation.finding import Talk
from routing.deliberation.reading import (
    DeliberationFace,
    DeliberationPage,
    DeliberationView,
    PaperSeen,
    Thresholds,
)
from routing.deliberation.schemas import Closing, Ended, Opening, PaperAsked, Said, Vote
from routing.models.deliberation import Standing
from routing.terms import terms
from services.guarding import router
from services.limits_of_use import within_limits
from services.requests import Answer, Call, etag, version_wanted

api = router(tags=["deliberations"])


@api.post(
    "/v1/orders/{case_no}/deliberations",
    status_code=201,
    response_model=DeliberationFace,
    summary="议事: ask the residents about an order",
    responses={202: {"model": DeliberationFace, "description": "It begins when a supervisor grants its extension."}},
)
async def open_deliberation(
    request: Request, case_no: CaseNo, told: Opening, _: IfMatch = None, __: OnceKey = None
) -> Response:
    """`If-Match` is the order's. With `new_limit` the answer is 202 and names the proposal that a supervisor completes
    by the order's own move `extend`."""

    async def verb(call: Call) -> Answer:
        agreed = terms(request.app.state.settings)
        order = await orders.find_to_move(call.session, case_no, actor=call.actor, version=version_wanted(request))
        with refusals_told():
            opened = await opening.open_(call.session, order, told, actor=call.actor, terms=agreed)
        await call.session.flush()
        headers = {"ETag": etag(opened.row.version), "Location": f"/routing/v1/deliberations/{opened.row.id}"}
        face = DeliberationFace.of(opened.row, agreed.calendar.zone)
        return Answer(202 if opened.waits_for else 201, face, headers)

    return await pressed(request, verb)


@api.get("/v1/deliberations", response_model=DeliberationPage, summary="Deliberations about orders that you may see")
async def list_deliberations(
    request: Request, state: Annotated[Standing | None, Query(description="Only those that stand so.")] = None
) -> DeliberationPage:
    zone = terms(request.app.state.settings).calendar.zone
    async with request.app.state.database.unit() as session:
        rows = await reading.listed(session, actor=request.state.actor, state=state)
    return DeliberationPage(items=[DeliberationFace.of(row, zone) for row in rows])


@api.get("/v1/deliberations/thresholds", response_model=Thresholds, summary="The rules by which a vote decides")
async def list_thresholds() -> Thresholds:
    return reading.all_thresholds()


@api.get("/v1/deliberations/{deliberation}", response_model=DeliberationView, summary="One with all that was said")
async def deliberation(request: Request, deliberation: UUID) -> Response:
    zone = terms(request.app.state.settings).calendar.zone
    async with request.app.state.database.unit() as session:
        talk = await finding.find(session, deliberation, actor=request.state.actor)
        view = await reading.whole(session, talk.row, zone)
    return JSONResponse(view.model_dump(mode="json"), headers={"ETag": etag(talk.row.version)})


@api.post(
    "/v1/deliberations/{deliberation}/statements",
    status_code=201,
    response_model=DeliberationFace,
    summary="发言: take down what somebody said",
)
async def take_down_statement(
    request: Request, deliberation: UUID, told: Said, _: IfMatch = None, __: OnceKey = None
) -> Response:
    async def step(call: Call, talk: Talk) -> None:
        await statements.take_down(call.session, talk, told, actor=call.actor)

    return await _step(request, deliberation, step, status=201)


@api.post(
    "/v1/deliberations/{deliberation}/close",
    response_model=DeliberationFace,
    summary="形成结果: count or record what was agreed, with minutes",
)
async def close_deliberation(
    request: Request, deliberation: UUID, told: Closing, _: IfMatch = None, __: OnceKey = None
) -> Response:
    async def step(call: Call, talk: Talk) -> None:
        await closing.close(call.session, talk, told, actor=call.actor)

    return await _step(request, deliberation, step)


@api.post("/v1/deliberations/{deliberation}/withdraw", response_model=DeliberationFace, summary="撤回")
async def withdraw_deliberation(
    request: Request, deliberation: UUID, told: Ended, _: IfMatch = None, __: OnceKey = None
) -> Response:
    async def step(call: Call, talk: Talk) -> None:
        await closing.withdraw(call.session, talk, told.reason, actor=call.actor)

    return await _step(request, deliberation, step)


@api.post(
    "/v1/deliberations/{deliberation}/set-aside",
    response_model=DeliberationFace,
    summary="A supervisor takes a result its force",
)
async def set_aside_result(
    request: Request, deliberation: UUID, told: Ended, _: IfMatch = None, __: OnceKey = None
) -> Response:
    async def step(call: Call, talk: Talk) -> None:
        await closing.set_aside(call.session, talk, told.reason, actor=call.actor)

    return await _step(request, deliberation, step)


async def _step(
    request: Request, deliberation: UUID, step: Callable[[Call, Talk], Awaitable[None]], *, status: int = 200
) -> Response:
    """One step on a deliberation as it was read, its order locked."""

    async def verb(call: Call) -> Answer:
        wanted = version_wanted(request)
        talk = await finding.lock(call.session, deliberation, actor=call.actor, version=wanted)
        await step(call, talk)
        await call.session.flush()
        zone = terms(request.app.state.settings).calendar.zone
        return Answer(status, reading.face(talk, zone), {"ETag": etag(talk.row.version)})

    return await pressed(request, verb)


class Counted(BaseModel):
    """The vote is in the urn. It cannot be changed, and nobody can find it again."""

    counted: bool = True


@api.post(
    "/v1/votes/paper",
    response_model=PaperSeen,
    summary="选票: what a one-time code is asked (no key)",
    dependencies=[Depends(within_limits)],
)
async def voting_paper(request: Request, response: Response, told: PaperAsked) -> PaperSeen:
    """The code goes in the body: an address is written down on its way."""
    response.headers["Cache-Control"] = "no-store"
    zone = terms(request.app.state.settings).calendar.zone
    async with request.app.state.database.unit() as session:
        return await reading.paper_seen(session, await voting.paper(session, told.code), zone)


@api.post(
    "/v1/votes",
    status_code=201,
    response_model=Counted,
    summary="投票: one code, one vote, never changed (no key)",
    dependencies=[Depends(within_limits)],
)
async def cast_vote(request: Request, response: Response, told: Vote) -> Counted:
    """The code itself makes it once: the same code again is 409, whatever it chooses."""
    response.headers["Cache-Control"] = "no-store"
    async with request.app.state.database.unit() as session:
        await voting.vote(session, told.code, told.option)
    return Counted()
