"""进度查询: how a case stands, for whoever sends its number and its code; chased and appealed against from there.

Both come in the body of a form, never in an address. A wrong pair, an unknown number and a case without a code are
answered alike. No cookie is set: the pair is sent anew each time, and no other page can know it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import followups, status_words
from intake.channels import OwnHand
from intake.faces import CaseStatus, story
from intake.models import Report
from intake.notices import choices
from intake.notices.choices import Choice, NobodyToAsk, Way
from intake.schemas import Appeal, Chase
from intake.seen_words import Seen, seen
from intake.status_codes import check_code
from intake.status_words import Told
from services import presets
from services.callers import form_of
from services.citizen_pages import CitizenPages, seconds_to_wait
from services.clocks import now
from services.guarding import router

PAGES = CitizenPages(Path(__file__).parent)
FORM_FIELDS = ("no", "code", "act", "words", "tell")
LONGEST_WORDS = 2000
TELL: Mapping[str, bool] = {"on": True, "off": False}
WRONG = "编号和查询码对不上"
status_page = router(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)


@dataclass(frozen=True)
class Sent:
    """What the form said. `act` is `chase`, `appeal`, or nothing but looking; `tell`, of notices: `on`, `off`."""

    no: str
    code: str
    act: str
    words: str
    tell: str

    @classmethod
    async def by(cls, request: Request) -> "Sent":
        form: Mapping[str, Any] = await form_of(request) or {}
        texts = {name: value for name in FORM_FIELDS if isinstance(value := form.get(name, ""), str)}
        plain = {name: texts.get(name, "").strip() for name in FORM_FIELDS}
        return cls(**{**plain, "no": "".join(plain["no"].split())[:40], "code": plain["code"][:40]})

    @property
    def pair(self) -> dict[str, str]:
        return {"no": self.no, "code": self.code}


@status_page.get("/status")
async def ask(request: Request) -> HTMLResponse:
    """The number may stand in the address, as on a slip; the code may not."""
    return _asking(request, no=request.query_params.get("no", "")[:40])


@status_page.post("/status")
async def look(request: Request) -> HTMLResponse:
    """Looking, chasing and appealing are one form: a reload does nothing twice."""
    if wait := await seconds_to_wait(request):
        page = _asking(request, status=429, wait=wait)
        page.headers["Retry-After"] = wait
        return page
    sent = await Sent.by(request)
    async with request.app.state.database.unit() as session:
        report = await _opened(session, sent)
        if report is None:
            return _asking(request, status=404, no=sent.no, fault=WRONG)
        done, fault = await _act(request, session, report, sent)
        await session.flush()
        case = CaseStatus.of(report, request.app.state.zone)
        told = await _told(request, session, report)
        looks = await seen(session, report.case_no, request.app.state.zone)
        notices = await _notices(request, session, report)
    return _shown(request, case, told, sent, looks, done=done, fault=fault, notices=notices)


async def _opened(session: AsyncSession, sent: Sent) -> Report | None:
    """The case of the pair; locked where something is to be done."""
    report = await check_code(session, sent.no, sent.code)
    if report is None or not sent.act:
        return report
    locked = select(Report).where(Report.case_no == report.case_no).with_for_update()
    return (await session.scalars(locked.execution_options(populate_existing=True))).one()


async def _act(request: Request, session: AsyncSession, report: Report, sent: Sent) -> tuple[str | None, str | None]:
    """What was done, or what is wrong. Chased once a day and appealed once a case: sent again, it does nothing more."""
    if sent.tell in TELL:
        return await _choose(request, session, report, sent.tell)
    if not sent.act:
        return None, None
    told = await _told(request, session, report)
    facts: dict[str, Any] = {"vault": request.app.state.vault, "desk": OwnHand(), "report": report}
    try:
        if sent.act == "chase" and told.may_chase:
            await followups.chase(session, **facts, told=Chase(description=sent.words or None))
            return "chase", None
        if sent.act == "appeal" and told.may_appeal:
            await followups.appeal(session, **facts, told=Appeal(reason=sent.words))
            return "appeal", None
    except ValidationError:
        return None, sent.act
    return None, "over"


async def _choose(request: Request, session: AsyncSession, report: Report, tell: str) -> tuple[str | None, str | None]:
    """Text messages or none, for all the reports of this person."""
    vault = request.app.state.vault
    try:
        before = await choices.of_report(session, vault, report)
        await choices.choose(session, vault, report, replace(before, sms=TELL[tell]), actor=None)
    except NobodyToAsk:
        return None, "over"
    return f"notices_{tell}", None


async def _notices(request: Request, session: AsyncSession, report: Report) -> bool | None:
    """Whether text messages are sent about it; None where there is no number to send them to."""
    try:
        choice: Choice = await choices.of_report(session, request.app.state.vault, report)
    except NobodyToAsk:
        return None
    return Way.SMS in choice.ways(request.app.state.settings.notice_consent)


async def _told(request: Request, session: AsyncSession, report: Report) -> Told:
    state = request.app.state
    window = timedelta(days=presets.load(state.settings.city_preset).routing.appeal_window_days)
    return status_words.told(
        CaseStatus.of(report, state.zone),
        await story(session, report.case_no, state.zone),
        closed_at=report.closed_at.astimezone(state.zone) if report.closed_at else None,
        asked_by_someone=status_words.asked_by_someone(report.channel, report.reachable),
        at=now().astimezone(state.zone),
        window=window,
    )


def _asking(request: Request, *, status: int = 200, **facts: Any) -> HTMLResponse:
    return PAGES.render(request, "status.html", status=status, **{"no": "", "fault": None, "wait": None, **facts})


def _shown(
    request: Request,
    case: CaseStatus,
    told: Told,
    sent: Sent,
    looks: Sequence[Seen],
    *,
    done: str | None,
    fault: str | None,
    notices: bool | None,
) -> HTMLResponse:
    return PAGES.render(
        request,
        "standing.html",
        status=422 if fault in ("chase", "appeal") else 409 if fault else 200,
        case=case,
        told=told,
        seen=looks,
        steps=status_words.STEPS,
        pair=sent.pair,
        again=sent.pair,
        words=sent.words if fault else "",
        done=done,
        fault=fault,
        notices=notices,
        longest=LONGEST_WORDS,
    )
