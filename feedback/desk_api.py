"""The desks of the evaluation body: callers take surveys and write down; evaluators see photos and correct ratings."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request, Response
from fastapi.encoders import jsonable_encoder

from feedback import calling, corrections, photos
from feedback.answers import Missed, Said, Taken
from feedback.calling import Wanted
from feedback.desk_faces import (
    Call,
    CallPage,
    CallSeen,
    CallTaken,
    CorrectionSeen,
    Heard,
    NewCorrection,
    Refusal,
    Tried,
)
from feedback.models import Survey
from services.clocks import now
from services.guarding import router
from services.requests import Answer, perform
from services.requests import Call as Doing

OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
desk_api = router(tags=["feedback"])


@desk_api.get("/v1/calls", summary="Surveys that wait for a call: free ones and your own")
async def calls(request: Request, wanted: Annotated[Wanted, Query()]) -> CallPage:
    async with request.app.state.database.unit() as session:
        rows, following = await calling.free(session, request.state.actor, wanted)
    return CallPage(items=[CallSeen.model_validate(row) for row in rows], next=following)


@desk_api.get("/v1/calls/{survey}", summary="One survey with the questions to ask")
async def call(request: Request, survey: UUID) -> Call:
    """Whoever has taken it finds the `errand` here with which intake lets them reach the person."""
    state, actor = request.app.state, request.state.actor
    async with state.database.unit() as session:
        found = await calling.read(session, survey)
    return Call.of(found, calling.errand(state.settings, found, actor))


@desk_api.post("/v1/calls/{survey}/take", response_model=Call, summary="Take a survey for 45 minutes")
async def take(request: Request, survey: UUID, _: OnceKey = None) -> Response:
    async def verb(doing: Doing) -> Answer:
        taken = await calling.take(doing.session, survey, by=doing.actor)
        return Answer(200, Call.of(taken))

    return await perform(request, verb)


@desk_api.post("/v1/calls/{survey}/attempts", response_model=CallTaken, summary="Nobody was reached")
async def attempt(request: Request, survey: UUID, tried: Tried, _: OnceKey = None) -> Response:
    """The survey is free again; the last attempt allowed ends it by the city's rule."""

    async def verb(doing: Doing) -> Answer:
        missed = Missed(tried.result, tried.called_at or now())
        facts = {"by": doing.actor, "desk": request.app.state.desk}
        taken = await calling.note_missed(doing.session, survey, missed, **facts)
        return await _stands(doing, survey, taken)

    return await perform(request, verb)


@desk_api.post("/v1/calls/{survey}/answers", response_model=CallTaken, summary="What the person said")
async def heard(request: Request, survey: UUID, told: Heard, _: OnceKey = None) -> Response:
    """The answer decides at once; the words are kept redacted."""

    async def verb(doing: Doing) -> Answer:
        said = Said(
            told.solved, told.satisfied, told.called_at or now(), told.reasons, told.words,
            unit_contacted=told.unit_contacted,
        )  # fmt: skip
        facts = {"by": doing.actor, "desk": request.app.state.desk}
        taken = await calling.write_down(doing.session, survey, said, **facts)
        return await _stands(doing, survey, taken)

    return await perform(request, verb)


async def _stands(doing: Doing, survey: UUID, taken: Taken) -> Answer:
    row = await doing.session.get_one(Survey, survey)
    return Answer(200, CallTaken(result=taken.value, state=row.state, attempts=row.attempts))


@desk_api.get("/v1/ratings/{rating}/photo", response_class=Response, summary="The citizen's photo")
async def photo(request: Request, rating: UUID) -> Response:
    """Each look is recorded."""
    async with request.app.state.database.unit() as session:
        jpeg = await photos.look_at(session, rating, by=request.state.actor)
    return Response(jpeg, media_type="image/jpeg", headers=photos.HEADERS)


@desk_api.post(
    "/v1/ratings/{rating}/corrections",
    status_code=202,
    response_model=CorrectionSeen,
    responses={200: {"model": CorrectionSeen, "description": "The second person agreed: the new rating is made."}},
    summary="Correct a rating: the first evaluator proposes, a second one makes it",
)
async def correct(request: Request, rating: UUID, told: NewCorrection, _: OnceKey = None) -> Response:
    """No rating is changed: a new one supersedes it, and both stay."""
    desk = request.app.state.desk

    async def verb(doing: Doing) -> Answer:
        found = await corrections.correct(
            doing.session, rating, solved=told.solved, satisfied=told.satisfied, reason=told.reason, by=doing.actor,
            key=desk.key, rule=desk.rule,
        )  # fmt: skip
        return Answer(200 if found.state == "made" else 202, jsonable_encoder(CorrectionSeen.model_validate(found)))

    return await perform(request, verb)


@desk_api.post(
    "/v1/corrections/{correction}/refusal", response_model=CorrectionSeen, summary="Refuse a proposed correction"
)
async def refuse_correction(request: Request, correction: UUID, told: Refusal, _: OnceKey = None) -> Response:
    async def verb(doing: Doing) -> Answer:
        found = await corrections.refuse(doing.session, correction, reason=told.reason, by=doing.actor)
        return Answer(200, jsonable_encoder(CorrectionSeen.model_validate(found)))

    return await perform(request, verb)
