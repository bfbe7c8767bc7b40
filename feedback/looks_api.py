"""Looks at the spot by API: an evaluator finds them, takes one, and writes down what was found there."""

import asyncio
import base64
import binascii
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from feedback import looks
from feedback.desk_faces import CallTaken, SolvedWord
from feedback.faces import Seen
from feedback.looks import Found
from feedback.photos import NotAPicture, Picture, renewed
from feedback.schemas import Moment, clean
from services.guarding import router
from services.problems import invalid
from services.requests import Answer, Call, perform

LOOK_BYTES = 8 * 2**20
"""What a request with a photo of 5 MiB in base64 may weigh."""
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
FoundWords = Annotated[str, AfterValidator(clean), Field(min_length=2, max_length=2000)]
looks_api = router(tags=["feedback"])


class Look(Seen):
    """A case to be looked at: where and what the case's copy says, and what the unit says it did."""

    id: UUID
    case_no: str
    round: int
    item_type: str
    lead_code: str | None
    public_answer: str
    handled_at: datetime
    due_at: datetime
    taken_until: datetime | None


class LookList(BaseModel):
    items: list[Look]


class NewFinding(BaseModel):
    """What was found at the spot."""

    model_config = ConfigDict(extra="forbid")
    solved: SolvedWord
    words: FoundWords
    looked_at: Moment
    photo: Annotated[str, Field(max_length=LOOK_BYTES)] | None = Field(
        None, description="A JPEG, PNG or WebP of up to 5 MiB in base64; made anew without its place.", repr=False
    )


@looks_api.get("/v1/looks", summary="Cases with nobody to ask that wait for a look at the spot 实地复核")
async def looks_waiting(
    request: Request, mine: Annotated[bool, Query(description="Only those that you have taken.")] = False
) -> LookList:
    """Free ones and your own, those that end soonest first, at most 200; never one that you have judged before."""
    async with request.app.state.database.unit() as session:
        rows = await looks.waiting(session, request.state.actor, mine=mine)
    return LookList(items=[Look.model_validate(row) for row in rows])


@looks_api.post("/v1/looks/{survey}/take", response_model=Look, summary="Take a look for three days")
async def take_look(request: Request, survey: UUID, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return Answer(200, Look.model_validate(await looks.take(call.session, survey, by=call.actor)))

    return await perform(request, verb)


@looks_api.post("/v1/looks/{survey}/finding", response_model=CallTaken, summary="What was found at the spot")
async def look_found(request: Request, survey: UUID, told: NewFinding, _: OnceKey = None) -> Response:
    """It decides at once: `solved` leaves the case closed, all else has it handled again one level up."""
    photo = await _picture(told.photo)

    async def verb(call: Call) -> Answer:
        facts = Found(told.solved, told.looked_at, told.words, photo)
        row = await looks.write_down(call.session, survey, facts, by=call.actor, desk=request.app.state.desk)
        return Answer(200, CallTaken(result="recorded", state=row.state, attempts=row.attempts))

    return await perform(request, verb)


async def _picture(sent: str | None) -> Picture | None:
    if sent is None:
        return None
    try:
        return await asyncio.to_thread(renewed, base64.b64decode(sent, validate=True))
    except (binascii.Error, NotAPicture):
        raise invalid("photo", "is a JPEG, PNG or WebP of up to 5 MiB in base64", "send another one, or none") from None
