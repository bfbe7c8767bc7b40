"""Notices over the API: previews, what a reporter chose, what was sent, and a provider's receipts."""

from typing import Annotated

from fastapi import Header, Path, Request, Response
from sqlalchemy import select

from intake import cases
from intake.models import Notification
from intake.notices import choices, receipts
from intake.notices.choices import NobodyToAsk
from intake.notices.occasions import Occasion
from intake.notices.receipts import Receipts, ReceiptsTaken
from intake.notices.schemas import ChoiceTold, NoticeSent, NoticesOfCase, TemplateSeen, TemplatesSeen
from intake.notices.wording import Language, wording_of
from services.access import FRONT
from services.guarding import router
from services.requests import Answer, Call, perform
from services.roles import Role
from services.signing import BadSignature, verify

MOST = 200
CaseNo = Annotated[str, Path(description="16 digits, the last a check digit.", examples=["2025030100000426"])]
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
notices_api = router(tags=["notices"])


@notices_api.get("/v1/notices/templates", summary="What is sent at which occasion, with made-up values")
async def templates(request: Request, language: Language = "zh") -> TemplatesSeen:
    wording = wording_of(request.app.state.settings)
    items = [TemplateSeen.of(wording, occasion, language) for occasion in Occasion]
    return TemplatesSeen(version=wording.version, items=items)


@notices_api.get("/v1/notices/templates/{key}", summary="One template, with made-up values")
async def preview(request: Request, key: Occasion, language: Language = "zh") -> TemplateSeen:
    return TemplateSeen.of(wording_of(request.app.state.settings), key, language)


@notices_api.get("/v1/cases/{case_no}/notices", summary="What the reporter chose, and what was sent")
async def of_case(request: Request, case_no: CaseNo) -> NoticesOfCase:
    state, roles = request.app.state, {*FRONT, Role.AUDITOR}
    async with state.database.unit() as session:
        report = await cases.find(session, case_no, actor=request.state.actor, roles=roles)
        wanted = select(Notification).where(Notification.case_no == case_no).order_by(Notification.at.desc())
        rows = (await session.scalars(wanted.limit(MOST))).all()
        try:
            choice = ChoiceTold.of(await choices.of_report(session, state.vault, report))
        except NobodyToAsk:
            choice = None
    return NoticesOfCase(choice=choice, items=[NoticeSent.of(row, state.zone) for row in rows])


@notices_api.put(
    "/v1/cases/{case_no}/notices", response_model=ChoiceTold, summary="Write down what the reporter wants to be sent"
)
async def choose(request: Request, case_no: CaseNo, told: ChoiceTold, _: OnceKey = None) -> Response:
    """It holds for all reports of this person, from the next notice on."""

    async def verb(call: Call) -> Answer:
        report = await cases.find(call.session, case_no, actor=call.actor, roles=FRONT)
        await choices.choose(call.session, request.app.state.vault, report, told.choice, actor=call.actor)
        return Answer(200, told)

    return await perform(request, verb)


@notices_api.post("/v1/notices/receipts", summary="The text message provider says what became of messages; signed")
async def take_receipts(request: Request, told: Receipts) -> ReceiptsTaken:
    """Told twice, it is noted once. An id that is not known here is counted and nothing else."""
    secret = request.app.state.settings.sms_secret
    if secret is None:
        raise BadSignature("No text message provider is set up here.")
    verify(secret.get_secret_value(), request.headers, await request.body())
    async with request.app.state.database.unit() as session:
        return await receipts.take(session, told)
