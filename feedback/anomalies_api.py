"""Findings of the tests for gaming, for the evaluation body's reviewers and for auditors."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request, Response
from fastapi.encoders import jsonable_encoder

from feedback.anomalies import reviewing
from feedback.anomalies.reviewing import Wanted
from feedback.desk_faces import FindingPage, FindingSeen, NewReview
from services.guarding import router
from services.requests import Answer, Call, perform

OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
anomalies_api = router(tags=["feedback"])


@anomalies_api.get("/v1/anomalies", summary="What looks too good to be true, with statistic and cases")
async def findings(request: Request, wanted: Annotated[Wanted, Query()]) -> FindingPage:
    """About units, never about persons; nothing follows from a finding by itself."""
    async with request.app.state.database.unit() as session:
        rows, following = await reviewing.page(session, wanted, by=request.state.actor)
    return FindingPage(items=[FindingSeen.model_validate(row) for row in rows], next=following)


@anomalies_api.get("/v1/anomalies/{finding}", summary="One finding")
async def finding(request: Request, finding: UUID) -> FindingSeen:
    async with request.app.state.database.unit() as session:
        return FindingSeen.model_validate(await reviewing.one(session, finding, by=request.state.actor))


@anomalies_api.post("/v1/anomalies/{finding}/review", response_model=FindingSeen, summary="Say what it is, and why")
async def review(request: Request, finding: UUID, told: NewReview, _: OnceKey = None) -> Response:
    """`gamed`, `explained` or `unclear`. An exclusion or a correction is a step of its own, by two people."""

    async def verb(call: Call) -> Answer:
        facts = {"decision": told.decision, "reason": told.reason}
        found = await reviewing.review(call.session, finding, **facts, by=call.actor)
        return Answer(200, jsonable_encoder(FindingSeen.model_validate(found)))

    return await perform(request, verb)
