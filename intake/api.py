"""intake's public API: cases are posted, read and followed up. Each write is one transaction, answered after it."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import FastAPI, Header, Path, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from sqlalchemy import select

from intake import cases, followups, hand_outs, splits
from intake.bridge import apis as bridge
from intake.bridge.callbacks import Caller
from intake.bridge.hiding import Hiders
from intake.cases import Filters
from intake.channels import Desk
from intake.contact_api import contact_api
from intake.faces import Case, CasePage, CaseStatus
from intake.inbound import HANDLERS
from intake.keeping.api import api as rights_api
from intake.models import REGISTERED, Report
from intake.notices.api import notices_api
from intake.notices.wording import wording_of
from intake.open311 import api as open311
from intake.open311.errors import Errors
from intake.pages import desk, visits
from intake.pages.contact import contact_pages
from intake.pages.errand import errand_page
from intake.pages.holds import holds_pages
from intake.pages.pictures import picture_pages
from intake.pages.rights import rights_pages
from intake.pages.status import status_page
from intake.picture_api import picture_api
from intake.relay import RELAYS
from intake.reporters import vault_of
from intake.reveal_api import reveal_api
from intake.schemas import Amendment, Appeal, Chase, NewCase, Split, Withdrawal
from intake.serials import Serials
from intake.taking_down import answer, take_down
from services import presets
from services.access import FRONT
from services.application import create
from services.database import Database
from services.guarding import router
from services.messaging import BATCH_BYTES, Peers, messages_endpoint
from services.queue_page import queue_page
from services.requests import Answer, Call, etag, perform
from services.roles import Role
from services.settings import Settings

LONGEST_WAIT = 10
POLL = 0.1
CaseNo = Annotated[str, Path(description="16 digits, the last a check digit.", examples=["2025030100000426"])]
Prefer = Annotated[
    str | None, Header(description="`wait=N`: answer when it is routed, at most N (0-10) seconds later.")
]
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
api = router(tags=["cases"])


@api.post(
    "/v1/cases",
    status_code=201,
    response_model=CaseStatus,
    summary="Post a report",
    responses={200: {"model": CaseStatus, "description": "This external_id was posted before, with this very body."}},
)
async def register(request: Request, told: NewCase, prefer: Prefer = None, _: OnceKey = None) -> Response:
    response = await take_down(request, told)
    return await _preferred(request, response, prefer)


@api.get("/v1/cases", summary="The cases that are yours to see")
async def listed(request: Request, filters: Annotated[Filters, Query()]) -> CasePage:
    async with request.app.state.database.unit() as session:
        rows, following = await cases.page(session, request.state.actor, filters)
    return CasePage(items=[CaseStatus.of(row, request.app.state.zone) for row in rows], next=following)


@api.get("/v1/cases/{case_no}", summary="One case: how it stands, and everything that happened")
async def shown(request: Request, response: Response, case_no: CaseNo) -> Case:
    async with request.app.state.database.unit() as session:
        report = await cases.find(session, case_no, actor=request.state.actor)
        response.headers["etag"] = etag(report.version)
        return await Case.told(session, report, request.app.state.zone)


@api.post("/v1/cases/{case_no}/amendments", status_code=202, response_model=CaseStatus, summary="Add words or a place")
async def amend(request: Request, case_no: CaseNo, told: Amendment, _: OnceKey = None) -> Response:
    return await _follow_up(request, case_no, partial(followups.amend, told=told))


@api.post("/v1/cases/{case_no}/withdrawal", status_code=202, response_model=CaseStatus, summary="Withdraw it")
async def withdraw(request: Request, case_no: CaseNo, told: Withdrawal, _: OnceKey = None) -> Response:
    return await _follow_up(request, case_no, partial(followups.withdraw, told=told))


@api.post("/v1/cases/{case_no}/chases", status_code=202, response_model=CaseStatus, summary="Ask where it stands")
async def chase(request: Request, case_no: CaseNo, told: Chase, _: OnceKey = None) -> Response:
    return await _follow_up(request, case_no, partial(followups.chase, told=told))


@api.post(
    "/v1/cases/{case_no}/appeals", status_code=202, response_model=CaseStatus, summary="Appeal against its closing"
)
async def appeal(request: Request, case_no: CaseNo, told: Appeal, _: OnceKey = None) -> Response:
    return await _follow_up(request, case_no, partial(followups.appeal, told=told))


@api.post("/v1/cases/{case_no}/splits", status_code=201, response_model=CaseStatus, summary="Make it two cases")
async def split(request: Request, case_no: CaseNo, told: Split, _: OnceKey = None) -> Response:
    """The answer and its `Location` are those of the new case."""
    state, roles = request.app.state, {*FRONT, Role.DISPATCHER}
    second = await state.serials.next_number()

    async def verb(call: Call) -> Answer:
        report = await cases.find(call.session, case_no, actor=call.actor, roles=roles, lock=True)
        at = Desk.at(call.actor, roles, like=report.by_role)
        facts = {"vault": state.vault, "desk": at, "report": report, "told": told, "case_no": second}
        return answer(request, 201, await splits.split(call.session, **facts))

    return await perform(request, verb)


async def _follow_up(request: Request, case_no: str, act: Callable[..., Awaitable[None]]) -> Response:
    async def verb(call: Call) -> Answer:
        report = await cases.find(call.session, case_no, actor=call.actor, roles=FRONT, lock=True)
        at = Desk.at(call.actor, FRONT, like=report.by_role)
        await act(call.session, vault=request.app.state.vault, desk=at, report=report)
        await call.session.flush()
        return answer(request, 202, report)

    return await perform(request, verb)


async def _preferred(request: Request, response: Response, prefer: str | None) -> Response:
    """The answer as it is some seconds later, if that was asked for; a repeat that asks for it gets it as well."""
    seconds = _wait(prefer)
    if seconds is None:
        return response
    report = await _routed(request.app.state.database, response.headers["location"].rpartition("/")[2], seconds)
    told = answer(request, response.status_code, report)
    headers = {**told.headers, "Preference-Applied": f"wait={seconds}"}
    if "idempotent-replayed" in response.headers:
        headers["Idempotent-Replayed"] = "true"
    return JSONResponse(jsonable_encoder(told.body), status_code=told.status, headers=headers)


def _wait(prefer: str | None) -> int | None:
    found = re.search(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,4})\b", prefer or "", re.IGNORECASE)
    return min(int(found[1]), LONGEST_WAIT) if found else None


async def _routed(database: Database, case_no: str, seconds: int) -> Report:
    """The case once routing has answered, or as it stands when the time is over; no connection is held meanwhile."""
    over = time.monotonic() + seconds
    while True:
        async with database.unit() as session:
            report = (await session.scalars(select(Report).where(Report.case_no == case_no))).one()
        if report.state != REGISTERED or time.monotonic() >= over:
            return report
        await asyncio.sleep(POLL)


def create_app(settings: Settings) -> FastAPI:
    """intake's app, to be mounted under `/intake`."""
    app = create(
        "intake",
        settings=settings,
        routers=[
            api,
            status_page,
            queue_page("intake"),
            hand_outs.api,
            contact_api,
            notices_api,
            reveal_api,
            rights_api,
            contact_pages,
            picture_api,
            picture_pages,
            rights_pages,
            holds_pages,
            errand_page,
            desk.pages,
            visits.pages,
            *open311.ROUTERS,
            *bridge.ROUTERS,
            messages_endpoint(HANDLERS),
        ],
        title="gridloop intake",
        description="受理：市民诉求的登记、查询、补充、撤诉、催单、申诉与拆单。Reports and the people behind them.",
        body_limits={"/v1/messages": BATCH_BYTES, "/open311/": open311.LARGEST_POST, **bridge.BODY_LIMITS},
    )
    app.add_middleware(Errors)
    app.state.vault = vault_of(settings)
    wording_of(settings)  # a faulty file of the city's is said at the start
    app.state.peers = Peers(settings, "intake")
    app.state.relay = RELAYS[settings.relay_adapter]()
    app.state.zone = presets.load(settings.city_preset).zone
    app.state.serials = Serials(app.state.database, app.state.zone)
    app.state.hiders = Hiders()
    app.state.callback_caller = Caller(settings, app.state.database, app.state.zone)
    return app
