"""`POST /v1/cases/bulk`: newline-delimited JSON in, a result for every line out."""

from collections import Counter
from typing import Annotated, Any

from fastapi import Header, Request, Response
from psycopg.errors import UniqueViolation
from pydantic import BaseModel

from intake.bridge import lines as bulk_lines
from intake.bridge.bulk import Bulk
from intake.bridge.lines import Line, LineResult
from intake.channels import Channel, door
from services.guarding import router
from services.problems import Conflict, WrongMediaType
from services.requests import Answer, Call, perform

NDJSON = "application/x-ndjson"
BYTES = 32 * 2**20
"""What one request may bring."""
PATH = "/v1/cases/bulk"
ATTEMPTS = 3
"""How often it is written anew where somebody posted one of the same numbers at the same moment."""
api = router(tags=["hotline bridge"])
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {NDJSON: {"schema": {"type": "string", "description": "One report to a line, as POST /v1/cases."}}},
    }
}


class BulkResult(BaseModel):
    """How many lines became what, and each line's own result, in the order sent."""

    registered: int
    repeated: int
    refused: int
    lines: list[LineResult]

    @classmethod
    def of(cls, lines: list[Line]) -> "BulkResult":
        results = [line.result for line in lines if line.result]
        counts = Counter(result.status for result in results)
        return cls(
            registered=counts["registered"], repeated=counts["repeated"], refused=counts["refused"], lines=results
        )


class SameLinesAtOnce(Conflict):
    """Other requests post the same external ids at this moment; of this one nothing was kept."""

    remedy = "Send it again: the lines that are there by then are answered as repeats."


@api.post(PATH, summary="Post up to 10,000 reports at once", response_model=BulkResult, openapi_extra=BODY)
async def bulk(request: Request, _: Annotated[str | None, Header(alias="Idempotency-Key")] = None) -> Response:
    """Every line needs its `external_id`: the same line sent again is `repeated` and makes no second case."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != NDJSON:
        raise WrongMediaType(f"This route reads {NDJSON}.")
    for _attempt in range(ATTEMPTS):
        try:
            return await _registered(request)
        except UniqueViolation:
            continue
    raise SameLinesAtOnce


async def _registered(request: Request) -> Response:
    state = request.app.state
    desk = door(request.state.actor, Channel.HOTLINE)
    read = bulk_lines.read(await request.body(), state.answer_key)
    work = Bulk(database=state.database, serials=state.serials, vault=state.vault, hiders=state.hiders, desk=desk)
    await work.prepare(read)

    async def verb(call: Call) -> Answer:
        await work.write(call.session, read)
        return Answer(200, BulkResult.of(read))

    return await perform(request, verb)
