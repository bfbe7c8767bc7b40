"""The evaluator's pages of a look at the spot: what is to be looked at, and the form of what was found."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from feedback import looks
from feedback.breakdowns import named
from feedback.looks import Found
from feedback.looks_api import NewFinding
from feedback.models import CaseCopy, State
from feedback.photos import FORMATS, NotAPicture, Picture, renewed
from feedback.questions import Solved
from services.callers import form_of
from services.clocks import now
from services.requests import Answer, Call
from services.roles import Role
from services.staff_pages import StaffPages, fields, page_router, press

PAGES = StaffPages(Path(__file__).parent)
HOME = "/feedback/evaluation"
FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "solved": "请选择现场看到的是否解决",
        "words": "请写下看到了什么（2 到 2000 字）",
        "looked_at": "请填写到现场的时间，不早于办理时间，不晚于现在",
        "photo": "照片请用 5 兆以内的 JPEG、PNG 或 WebP",
    }
)
looks_pages = page_router(home="feedback")


@looks_pages.get("/evaluation/looks/{survey}", response_model=None)
async def show(request: Request, survey: UUID) -> Response:
    return await _page(request, survey)


@looks_pages.post("/evaluation/looks/{survey}/take", response_model=None)
async def take(request: Request, survey: UUID) -> Response:
    async def verb(call: Call) -> Answer:
        await looks.take(call.session, survey, by=call.actor)
        return Answer(200, None)

    return await press(request, verb, then=f"{HOME}/looks/{survey}")


@looks_pages.post("/evaluation/looks/{survey}/finding", response_model=None)
async def found(request: Request, survey: UUID) -> Response:
    """A form that lacks something is shown again with what it said."""
    sent, photo = await fields(request), await _photo(request)
    told = await _read(request, survey, sent, photo)
    if not isinstance(told, Found):
        return await _page(request, survey, sent=sent, faults=told, status=422)

    async def verb(call: Call) -> Answer:
        await looks.write_down(call.session, survey, told, by=call.actor, desk=request.app.state.desk)
        return Answer(200, None)

    return await press(request, verb, then=f"{HOME}?done=looked")


async def _photo(request: Request) -> Picture | NotAPicture | None:
    """The form's photo made anew, if there is one and it is one."""
    form = await form_of(request)
    upload = form.get("photo") if form else None
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    if form:
        await form.close()
    if not content:
        return None
    try:
        return await asyncio.to_thread(renewed, content)
    except NotAPicture as error:
        return error


async def _read(
    request: Request, survey: UUID, sent: Mapping[str, str], photo: Picture | NotAPicture | None
) -> Found | dict[str, str]:
    """What was found, or what is wrong with each field of the form."""
    async with request.app.state.database.unit() as session:
        handled_at = (await looks.read(session, survey)).handled_at
    told = {"solved": sent.get("solved", ""), "words": sent.get("words", "")}
    told["looked_at"] = _moment(sent.get("looked_at", ""), request.app.state.zone)
    broken = {"photo"} if isinstance(photo, NotAPicture) else set()
    try:
        form = NewFinding.model_validate(told)
        broken |= {"looked_at"} if form.looked_at < handled_at else set()
    except ValidationError as error:
        broken |= {str(each["loc"][0]) for each in error.errors()}
    if broken:
        return {name: words for name, words in FAULTS.items() if name in broken}
    return Found(form.solved, form.looked_at, form.words, photo if isinstance(photo, Picture) else None)


def _moment(sent: str, zone: ZoneInfo) -> str:
    """The form's time, which is the city's."""
    try:
        return datetime.fromisoformat(sent).replace(tzinfo=zone).isoformat()
    except ValueError:
        return ""


async def _page(
    request: Request,
    survey_id: UUID,
    *,
    sent: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    actor = request.state.actor
    async with request.app.state.database.unit() as session:
        survey = await looks.read(session, survey_id)
        copy = await session.get(CaseCopy, survey.case_no)
        places: dict[str, Any] = {code: None for code in (copy.lead_code, copy.grid_code) if code} if copy else {}
        names = await named(session, places)
    mine = looks.is_mine(survey, actor)
    return PAGES.render(
        request,
        "look.html",
        status=status,
        survey=survey,
        copy=copy,
        names=names,
        mine=mine,
        decides=actor.has((Role.EVALUATOR,)),
        over=survey.state != State.OPEN,
        taken=survey.taken_until is not None and survey.taken_until > now() and not mine,
        solved=[(each.value, each.chinese) for each in Solved],
        formats=",".join(f"image/{name.lower()}" for name in FORMATS),
        at=now().astimezone(request.app.state.zone).strftime("%Y-%m-%dT%H:%M"),
        sent=sent or {},
        faults=faults or {},
        zone=request.app.state.zone,
    )
