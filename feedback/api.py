"""feedback's app: the provider's callback, surveys, one-time links, and the evaluation body's staff."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, FastAPI, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from feedback import callbacks, examples, links, overview, staff
from feedback.anomalies_api import anomalies_api
from feedback.answers import Desk
from feedback.desk_api import desk_api
from feedback.faces import (
    CallbackAnswer,
    CaseSurveys,
    KeyMade,
    LinkMade,
    PersonMade,
    SurveyPage,
    SurveySeen,
)
from feedback.figures_api import figures_api
from feedback.formulas import formulas
from feedback.held import held
from feedback.inbound import handlers
from feedback.looks_api import LOOK_BYTES, looks_api
from feedback.overview import Filters
from feedback.pages import calls_pages, evaluation_pages, figures_pages, looks_pages, survey_page
from feedback.pages.survey import PHOTO_BYTES
from feedback.public_api import public_api
from feedback.reports_api import reports_api
from feedback.schemas import LinkWanted, NewKey, NewPerson
from feedback.terms import terms
from services import presets
from services.accounts.api import account_routes
from services.accounts.oidc_pages import oidc_pages
from services.accounts.own_page import own_page
from services.accounts.pages import sign_in_pages
from services.application import create
from services.guarding import router
from services.messaging import BATCH_BYTES, Peers, messages_endpoint
from services.problems import Problem
from services.queue_page import queue_page
from services.requests import Answer, Call, perform
from services.retention.held import held_endpoint
from services.settings import Settings
from services.signing import verify

CALLBACK_BYTES = 4 * 2**20
"""What a callback of 500 lines may weigh."""
CaseNo = Annotated[str, Path(description="16 digits, the last a check digit.", examples=["2025030100000425"])]
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
api = router(tags=["feedback"])


class NotTheNotifier(Problem):
    """Only intake, which alone knows the person, fetches a link."""

    status = 403
    title = "Not the notifier"


@api.post(
    "/v1/callbacks",
    response_model=CallbackAnswer,
    response_model_exclude_none=True,
    summary="The survey provider's answers, signed by Standard Webhooks",
    openapi_extra=examples.CALLBACK,
)
async def callback(request: Request) -> CallbackAnswer:
    """One event or a list of at most 500 (4 MiB). Where the signature holds and the JSON can be read the answer is 200,
    with the result of every line: `recorded`, `duplicate`, `late` (kept, decides nothing), `cancelled` (likewise),
    `unknown`, `ignored` (another kind of event), `invalid` (with the fields to mend; the other lines are taken)."""
    state = request.app.state
    body = await request.body()
    verify(_secrets(state.settings), request.headers, body)
    events = callbacks.lines(body)
    message = request.headers["webhook-id"]
    return CallbackAnswer(results=await callbacks.take(state.database, events, message=message, desk=state.desk))


def _secrets(settings: Settings) -> list[str]:
    """While the secret rotates the setting names several, with spaces between."""
    return settings.need("survey_secret", "the survey provider signs with it").split()


@api.post("/v1/links", summary="A fresh one-time link, for intake to send to the person")
async def link(request: Request, wanted: LinkWanted) -> LinkMade:
    state = request.app.state
    if await state.peers.signed_source(request) != "intake":
        raise NotTheNotifier
    async with state.database.unit() as session:
        token, survey = await links.issue(session, wanted.survey, key=state.desk.key)
    url = f"{state.settings.public_url.rstrip('/')}/feedback/s/{token}"
    return LinkMade(url=url, expires_at=survey.link_expires_at)


@api.get("/v1/surveys", summary="Surveys, oldest first")
async def surveys(request: Request, filters: Annotated[Filters, Query()]) -> SurveyPage:
    async with request.app.state.database.unit() as session:
        rows, following = await overview.page(session, filters, by=request.state.actor)
    return SurveyPage(items=[SurveySeen.model_validate(row) for row in rows], next=following)


@api.get("/v1/surveys/{case_no}", summary="Every survey of a case, and what came back")
async def surveys_of_case(request: Request, case_no: CaseNo) -> CaseSurveys:
    async with request.app.state.database.unit() as session:
        found = await overview.of_case(session, case_no, by=request.state.actor)
    return CaseSurveys(case_no=case_no, surveys=found)


@api.post("/v1/people", status_code=201, response_model=PersonMade, summary="Appoint a caller or an evaluator")
async def appoint(request: Request, wanted: NewPerson, _: OnceKey = None) -> Response:
    """For the evaluation body's own administrator alone: those who are judged do not choose who judges."""
    staff.must_be_ours(request.state.actor)

    async def verb(call: Call) -> Answer:
        person, grants = await staff.appoint(
            call.session, name=wanted.name, roles=wanted.roles, machine=wanted.machine, by=call.actor
        )
        return Answer(201, PersonMade(id=person, name=wanted.name, machine=wanted.machine, grants=grants))

    return await perform(request, verb)


@api.post("/v1/keys", status_code=201, response_model=KeyMade, summary="A key for one of the evaluation body's people")
async def hand_key(request: Request, wanted: NewKey, _: OnceKey = None) -> Response:
    """The key is in this answer and nowhere else: a repeat with the same Idempotency-Key answers without it."""
    staff.must_be_ours(request.state.actor)
    made: dict[str, str] = {}

    async def verb(call: Call) -> Answer:
        key_id, made["key"] = await staff.hand_key(
            call.session, person=wanted.person, expires_at=wanted.expires_at, by=call.actor
        )
        return Answer(201, KeyMade(id=key_id, person=wanted.person, expires_at=wanted.expires_at))

    response = await perform(request, verb)
    if not made:
        return response
    headers = {"cache-control": "no-store"}
    return JSONResponse(json.loads(bytes(response.body)) | made, status_code=response.status_code, headers=headers)


@api.delete("/v1/people/{person}", status_code=200, summary="Dismiss one of the evaluation body's people")
async def dismiss(request: Request, person: UUID, _: OnceKey = None) -> Response:
    """None of their keys is good for anything from now on; what they did stays as it is."""
    staff.must_be_ours(request.state.actor)

    async def verb(call: Call) -> Answer:
        await staff.dismiss(call.session, person=person, by=call.actor)
        return Answer(200, {"id": person, "active": False})

    return await perform(request, verb)


@api.delete("/v1/keys/{key}", status_code=200, summary="Revoke a key of the evaluation body")
async def revoke_key(request: Request, key: Annotated[str, Path(max_length=64)], _: OnceKey = None) -> Response:
    """It is good for nothing from now on."""
    staff.must_be_ours(request.state.actor)

    async def verb(call: Call) -> Answer:
        await staff.revoke_key(call.session, key=key, by=call.actor)
        return Answer(200, {"id": key, "revoked": True})

    return await perform(request, verb)


def people_of_our_own() -> list[APIRouter]:
    """How the evaluation body's people sign in, and how its administrator keeps their accounts."""
    accounts = account_routes(staff.may_keep_account, tag="feedback")
    return [sign_in_pages(), own_page("feedback"), queue_page("feedback"), oidc_pages(), accounts]


def create_app(settings: Settings) -> FastAPI:
    """feedback's app, to be mounted under `/feedback`."""
    app = create(
        "feedback",
        settings=settings,
        routers=[
            api,
            desk_api,
            looks_api,
            anomalies_api,
            figures_api,
            reports_api,
            public_api,
            survey_page,
            calls_pages,
            evaluation_pages,
            looks_pages,
            figures_pages,
            *people_of_our_own(),
            held_endpoint(held),
            messages_endpoint(handlers(settings)),
        ],
        title="gridloop feedback",
        description="反馈：回访、评价与指标，由不受评价的机构负责。Surveys, verdicts, figures: by a body not judged.",
        body_limits={
            "/v1/messages": BATCH_BYTES,
            "/v1/callbacks": CALLBACK_BYTES,
            "/v1/looks": LOOK_BYTES,
            "/s/": PHOTO_BYTES,
            "/evaluation/looks": PHOTO_BYTES,
        },
    )
    agreed = terms(settings)
    app.state.desk = Desk(agreed.rule, app.state.answer_key, agreed.recheck_percent, agreed.open_for)
    app.state.formulas = formulas(settings)
    app.state.zone = presets.load(settings.city_preset).zone
    app.state.peers = Peers(settings, "feedback")
    app.state.own_person = staff.is_ours
    return app
