"""The handler's ways to the reporter, the supervisor's grants, and the report of who has seen what."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from intake import cases, disclosure_report, grants, reveals
from intake.disclosure_report import DisclosuresOfCase
from intake.models import Disclosure, RevealRequest
from intake.reveals import NewCall, NewReveal, Why
from services import audit
from services.access import FRONT
from services.guarding import router
from services.problems import Problem
from services.requests import Answer, Call, perform
from services.roles import Role

CaseNo = Annotated[str, Path(description="16 digits, the last a check digit.", examples=["2025030100000426"])]
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
NO_STORE = {"cache-control": "no-store"}
reveal_api = router(tags=["identity"])


class Reveal(BaseModel):
    """What may be looked at now, until when; the answer with the data is at `Location`."""

    reveal: UUID
    fields: list[str]
    purpose: str
    until: datetime


class Waiting(BaseModel):
    """A request for a grant, as the handler and the supervisor see it. `state` is pending, granted or refused."""

    request: UUID
    case_no: str
    person: UUID
    unit: str
    fields: list[str]
    purpose: str
    reason: str
    state: str
    asked_at: datetime
    refusal: str | None


class WaitingList(BaseModel):
    items: list[Waiting]


class Shown(BaseModel):
    """The fields as the reporter left them; kept by no cache, and shown until then to this person alone."""

    reveal: UUID
    until: datetime
    fields: dict[str, str]


class CallMade(BaseModel):
    """The relay rings both; `reference` is its name for the call, in the first answer alone."""

    disclosure: UUID
    until: datetime
    reference: str | None = None


class Refusal(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Why


@reveal_api.post(
    "/v1/cases/{case_no}/reveals",
    status_code=201,
    response_model=Reveal,
    summary="Ask to be shown fields of the reporter: logged before anything is shown",
    responses={202: {"model": Waiting, "description": "Confidential: a supervisor has to grant it first."}},
)
async def ask(request: Request, case_no: CaseNo, told: NewReveal, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return asked(await reveals.ask(call.session, case_no, told, by=call.actor))

    async with refusals_noted(request, case_no):
        return await perform(request, verb)


@reveal_api.get(
    "/v1/cases/{case_no}/reveals/{reveal}", response_model=Shown, summary="The fields, while the reveal lasts"
)
async def look(request: Request, case_no: CaseNo, reveal: UUID) -> Response:
    """Each look is in the audit before the answer. It ends with the time and with the task, whichever is first."""
    row, found = await looked(request, case_no, reveal)
    body = Shown(reveal=row.id, until=row.until, fields=found)
    return JSONResponse(body.model_dump(mode="json"), headers=NO_STORE)


@reveal_api.post(
    "/v1/cases/{case_no}/calls",
    status_code=201,
    response_model=CallMade,
    summary="Be put through to the reporter by the relay, without the number",
)
async def ring(request: Request, case_no: CaseNo, told: NewCall, _: OnceKey = None) -> Response:
    """A repeat with the same Idempotency-Key rings nobody again."""
    made: list[reveals.Call] = []

    async def verb(call: Call) -> Answer:
        state = request.app.state
        made.append(
            await reveals.call(call.session, case_no, told, vault=state.vault, through=state.relay, by=call.actor)
        )
        return Answer(201, CallMade(disclosure=made[0].disclosure, until=made[0].until))

    async with refusals_noted(request, case_no):
        response = await perform(request, verb)
    if not made:
        return response
    reference = await put_through(request, made[0])
    body = CallMade(disclosure=made[0].disclosure, until=made[0].until, reference=reference)
    return JSONResponse(body.model_dump(mode="json"), status_code=201, headers=NO_STORE)


@reveal_api.get("/v1/reveal-requests", summary="Requests to be shown confidential cases that you may decide")
async def requests_waiting(request: Request) -> WaitingList:
    async with request.app.state.database.unit() as session:
        return WaitingList(items=[waiting(row) for row in await grants.waiting(session, by=request.state.actor)])


@reveal_api.post(
    "/v1/reveal-requests/{reveal_request}/grant", response_model=Waiting, summary="Grant it, as the second person"
)
async def grant_request(request: Request, reveal_request: UUID, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return Answer(200, waiting(await grants.grant(call.session, reveal_request, by=call.actor)))

    return await perform(request, verb)


@reveal_api.post("/v1/reveal-requests/{reveal_request}/refusal", response_model=Waiting, summary="Refuse it")
async def refuse_request(request: Request, reveal_request: UUID, told: Refusal, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        row = await grants.refuse(call.session, reveal_request, by=call.actor, reason=told.reason)
        return Answer(200, waiting(row))

    return await perform(request, verb)


@reveal_api.get("/v1/cases/{case_no}/disclosures", summary="Who has seen the person of this case, when and why")
async def disclosures_of_case(request: Request, case_no: CaseNo) -> DisclosuresOfCase:
    """For an auditor by person; for the desk that took it down, on the reporter's request, by role. Asking is noted."""
    actor, zone = request.state.actor, request.app.state.zone
    auditor = actor.has((Role.AUDITOR,))
    async with request.app.state.database.unit() as session:
        await cases.find(session, case_no, actor=actor, roles=(Role.AUDITOR,) if auditor else FRONT)
        await audit.record(session, "disclosures.read", case_no, actor=actor)
        tell = disclosure_report.for_auditor if auditor else disclosure_report.for_reporter
        return await tell(session, case_no, zone)


@asynccontextmanager
async def refusals_noted(request: Request, case_no: str) -> AsyncIterator[None]:
    """Whoever asks for a person's data and is refused by a rule stands in the audit, in a transaction of its own."""
    try:
        yield
    except Problem as problem:
        async with request.app.state.database.unit() as session:
            known = await cases.known(session, case_no)
            if known:
                await audit.record(session, "disclosure.refused", known, actor=request.state.actor, rule=problem.slug)
        raise


async def looked(request: Request, case_no: str, reveal: UUID) -> tuple[Disclosure, dict[str, str]]:
    """The look is committed, then the fields are opened."""
    state = request.app.state
    async with refusals_noted(request, case_no):
        async with state.database.unit() as session:
            row = await reveals.look(session, case_no, reveal, by=request.state.actor)
        async with state.database.unit() as session:
            return row, await reveals.shown(session, state.vault, row)


async def put_through(request: Request, call: reveals.Call) -> str:
    """After the commit: the relay gets the number for as long as the disclosure says, and rings."""
    relay = request.app.state.relay
    await relay.bind(call.handle, call.number, call.until)
    return str(await relay.connect(call.handle, str(request.state.actor.person)))


def asked(row: Disclosure | RevealRequest) -> Answer:
    if isinstance(row, RevealRequest):
        return Answer(202, waiting(row))
    body: dict[str, Any] = {"reveal": row.id, "fields": row.fields, "purpose": row.purpose, "until": row.until}
    return Answer(201, Reveal(**body), {"Location": f"/intake/v1/cases/{row.case_no}/reveals/{row.id}"})


def waiting(row: RevealRequest) -> Waiting:
    same = {name: getattr(row, name) for name in Waiting.model_fields if name != "request"}
    return Waiting(request=row.id, **same)
