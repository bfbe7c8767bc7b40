"""Rights and holds by HTTP: export, correction and erasure at the desk; holds by two supervisors."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict

from intake import cases
from intake.channels import Desk
from intake.keeping import exports, holds, rights
from intake.keeping.proof import Proof
from intake.keeping.readable import readable
from intake.keeping.records import Hold
from intake.keeping.rights import Correction
from intake.keeping.tries import counted, refuse_too_many
from intake.models import Report
from intake.schemas import In, Reason, example
from services.access import FRONT
from services.guarding import router
from services.requests import Answer, Call, perform
from services.retention.rules import rules

CaseNo = Annotated[str, Path(description="16 digits, the last a check digit.", examples=["2025030100000426"])]
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
NO_STORE = {"cache-control": "no-store"}
api = router(tags=["rights"])


class ExportAsked(BaseModel):
    """It is gathered from the three services; fetch it at `Location` until then."""

    export: UUID
    until: datetime


class Corrected(BaseModel):
    """Which fields changed; never what they hold."""

    case_no: str
    fields: list[str]


class ErasureDone(BaseModel):
    """It is gone here; the two other services erase their words when the message reaches them, within seconds."""

    case_no: str
    erased: bool


class HoldSeen(BaseModel):
    """A hold, who asked for it and who agreed. `state`: asked, held, lifting, lifted, refused."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    case_no: str
    state: str
    reason: str
    asked_by: UUID
    asked_at: datetime
    agreed_by: UUID | None
    agreed_at: datetime | None
    lift_reason: str | None
    lift_asked_by: UUID | None
    lift_agreed_by: UUID | None


class Holds(BaseModel):
    items: list[HoldSeen]


class Why(In):
    reason: Reason


class Known(In):
    """How the person at the desk was known to be the reporter."""

    model_config = example(proof=rights.PROOF)
    proof: Proof


@api.post(
    "/v1/cases/{case_no}/exports",
    status_code=202,
    response_model=ExportAsked,
    summary="A copy of everything held of the reporter, on their request",
)
async def ask_export(request: Request, case_no: CaseNo, told: Known, _: OnceKey = None) -> Response:
    """The proof is compared with the vault and kept nowhere."""
    kept_for = rules(request.app.state.settings)["exports"].keep

    async def verb(call: Call) -> Answer:
        report, desk = await _at_desk(call, case_no)
        facts: dict[str, Any] = {"vault": request.app.state.vault, "desk": desk, "report": report}
        made = await exports.ask(call.session, **facts, told=told.proof, kept_for=kept_for)
        where = f"/intake/v1/cases/{case_no}/exports/{made.id}"
        return Answer(202, ExportAsked(export=made.id, until=made.until), {"Location": where})

    async with counted(request, case_no):
        return await perform(request, verb)


@api.get(
    "/v1/cases/{case_no}/exports/{export}",
    summary="The copy, for who asked for it, to hand to the reporter; each fetching is logged",
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}, "text/plain": {}}},
        202: {"model": ExportAsked, "description": "Still being gathered."},
    },
)
async def fetch_export(
    request: Request, case_no: CaseNo, export: UUID, format: Annotated[Literal["json", "text"], Query()] = "json"
) -> Response:
    state = request.app.state
    async with state.database.unit() as session:
        report = await cases.find(session, case_no, actor=request.state.actor, roles=FRONT)
        desk = Desk.at(request.state.actor, FRONT, like=report.by_role)
        row, held = await exports.fetch(session, state.vault, case_no, export, desk=desk)
    if held is None:
        return JSONResponse(ExportAsked(export=row.id, until=row.until).model_dump(mode="json"), 202, headers=NO_STORE)
    if format == "text":
        return PlainTextResponse(readable(held), headers=NO_STORE)
    return JSONResponse(held, headers=NO_STORE)


@api.post(
    "/v1/cases/{case_no}/corrections",
    response_model=Corrected,
    summary="Correct or remove what is held of the reporter",
)
async def correct(request: Request, case_no: CaseNo, told: Correction, _: OnceKey = None) -> Response:
    """Old values are destroyed; that, which fields and how the person was known is in the audit."""

    async def verb(call: Call) -> Answer:
        report, desk = await _at_desk(call, case_no)
        facts: dict[str, Any] = {"vault": request.app.state.vault, "desk": desk, "report": report}
        fields = await rights.correct(call.session, **facts, told=told)
        return Answer(200, Corrected(case_no=case_no, fields=fields))

    async with counted(request, case_no):
        return await perform(request, verb)


@api.post(
    "/v1/cases/{case_no}/erasure",
    response_model=ErasureDone,
    summary="Erase the reporter of a closed case, on their request",
)
async def erase(request: Request, case_no: CaseNo, told: Known, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        report, desk = await _at_desk(call, case_no)
        facts: dict[str, Any] = {"vault": request.app.state.vault, "desk": desk, "report": report}
        erased = await rights.erase_asked(call.session, **facts, told=told.proof)
        return Answer(200, ErasureDone(case_no=case_no, erased=erased))

    async with counted(request, case_no):
        return await perform(request, verb)


@api.get("/v1/holds", summary="Cases that must not be erased")
async def list_holds(request: Request, state: Literal["on", "all"] = "on") -> Holds:
    async with request.app.state.database.unit() as session:
        rows = await holds.listed(session, by=request.state.actor, state=state)
        return Holds(items=[HoldSeen.model_validate(row) for row in rows])


@api.post(
    "/v1/cases/{case_no}/holds",
    status_code=202,
    response_model=HoldSeen,
    summary="Ask that nothing of a case be erased; a second supervisor agrees",
)
async def place_hold(request: Request, case_no: CaseNo, told: Why, _: OnceKey = None) -> Response:
    """From the asking on nothing is erased."""

    async def verb(call: Call) -> Answer:
        return _seen(await holds.ask(call.session, case_no, reason=told.reason, by=call.actor), 202)

    return await perform(request, verb)


@api.post("/v1/holds/{hold}/agreement", response_model=HoldSeen, summary="Agree to a hold or its end, as the second")
async def agree(request: Request, hold: UUID, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return _seen(await holds.agree(call.session, hold, by=call.actor))

    return await perform(request, verb)


@api.post("/v1/holds/{hold}/refusal", response_model=HoldSeen, summary="Refuse a hold, or its end")
async def refuse(request: Request, hold: UUID, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return _seen(await holds.refuse(call.session, hold, by=call.actor))

    return await perform(request, verb)


@api.post("/v1/holds/{hold}/lifting", status_code=202, response_model=HoldSeen, summary="Ask for the end of a hold")
async def lift(request: Request, hold: UUID, told: Why, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return _seen(await holds.ask_lifting(call.session, hold, reason=told.reason, by=call.actor), 202)

    return await perform(request, verb)


def _seen(row: Hold, status: int = 200) -> Answer:
    return Answer(status, HoldSeen.model_validate(row))


async def _at_desk(call: Call, case_no: str) -> tuple[Report, Desk]:
    report = await cases.find(call.session, case_no, actor=call.actor, roles=FRONT, lock=True)
    refuse_too_many(call.request)
    return report, Desk.at(call.actor, FRONT, like=report.by_role)
