"""The page behind a citizen's one-time link: the questions, optional words and a photo; and what is shown at its end.

It shows the public answer and the case number; nothing of the report and nothing of the person.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from starlette.datastructures import UploadFile

from feedback.answers import Said, Source, answer
from feedback.links import LinkReplaced, LinkUnknown, SurveyOver, grasped, opened
from feedback.models import Survey, Via
from feedback.networks import network_of
from feedback.photos import FORMATS, NotAPicture, Picture, renewed
from feedback.questionnaires import questionnaire
from feedback.questions import Satisfied, Solved
from feedback.schemas import clean
from services.clocks import now
from services.guarding import router
from services.pages import Pages
from services.problems import BodyTooLarge, Problem
from services.scanning import Malware, NotScanned, harmless

LONGEST_WORDS = 500
FORM_BYTES, PHOTO_BYTES = 2**14, 6 * 2**20
"""What a form may weigh without a photo, and with one."""
PAGES = Pages(Path(__file__).parent)
FAULTS = {
    "solved": "请选择问题是否解决",
    "satisfied": "请选择您是否满意，也可以选“未评价”",
    "words": "补充说明请不要超过 500 字",
    "photo": "照片请用 5 兆以内的 JPEG、PNG 或 WebP",
}
CONTACTED = {"yes": "联系过", "no": "没有联系"}
survey_page = router(tags=["feedback"], default_response_class=HTMLResponse)


def _plain_breaks(text: Any) -> Any:
    """A browser sends each line break as two characters and counts one."""
    return clean(text.replace("\r\n", "\n")) if isinstance(text, str) else text


class Form(BaseModel):
    """What the page asks. What a questionnaire does not ask is left out unread."""

    contacted: Literal["yes", "no"] | None = None
    solved: Solved
    satisfied: Satisfied
    reasons: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=10)] = []
    words: Annotated[str, BeforeValidator(_plain_breaks), Field(max_length=LONGEST_WORDS)] = ""


REFUSED: dict[int | str, dict[str, Any]] = {
    "4XX": {"content": {"text/html": {}, "application/problem+json": {}}, "description": "A page that says why."}
}


@survey_page.get("/s/{token}", summary="The citizen's one-time page", responses=REFUSED)
async def open_survey(request: Request, token: str) -> HTMLResponse:
    """Opening it does not spend it."""
    state = request.app.state
    try:
        async with state.database.unit() as session:
            survey = await opened(session, token, key=state.desk.key)
    except (LinkUnknown, LinkReplaced, SurveyOver) as problem:
        return _closed(request, problem)
    return _form(request, survey, {}, {})


@survey_page.post(
    "/s/{token}",
    summary="The citizen answers, once",
    responses=REFUSED,
    openapi_extra={
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {"schema": Form.model_json_schema()},
                "multipart/form-data": {"schema": Form.model_json_schema()},
            }
        }
    },
)
async def answer_survey(request: Request, token: str) -> HTMLResponse:
    """The photo is looked at only behind a link that holds, and before the case is locked."""
    state = request.app.state
    await _must_weigh_little(request)
    try:
        async with state.database.unit() as session:
            await opened(session, token, key=state.desk.key)
        sent, photo = await _sent(request)
        async with state.database.unit() as session:
            dossier, survey = await grasped(session, token, key=state.desk.key)
            form = _read(sent, photo)
            if isinstance(form, Form):
                said = _said(form, survey, photo, network_of(request))
                await answer(session, dossier, survey, said, Source(Via.PAGE), state.desk)
    except (LinkUnknown, LinkReplaced, SurveyOver) as problem:
        return _closed(request, problem)
    if isinstance(form, Form):
        return PAGES.render(request, "thanks.html")
    return _form(request, survey, sent, form, status=422)


async def _must_weigh_little(request: Request) -> None:
    """Only a form with a photo may be large."""
    multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    if not multipart and len(await request.body()) > FORM_BYTES:
        raise BodyTooLarge(f"This form takes up to {FORM_BYTES} bytes.", limit=FORM_BYTES)


async def _sent(request: Request) -> tuple[dict[str, Any], Picture | NotAPicture | None]:
    """The form's texts, and its photo made anew, if there is one and it is one."""
    async with request.form(max_files=1, max_fields=30) as form:
        sent: dict[str, Any] = {name: value for name, value in form.items() if isinstance(value, str)}
        sent["reasons"] = [value for value in form.getlist("reasons") if isinstance(value, str)]
        upload = form.get("photo")
        content = await upload.read() if isinstance(upload, UploadFile) else b""
    sent.pop("photo", None)
    if not content:
        return sent, None
    try:
        return sent, await asyncio.to_thread(renewed, await harmless(request, content))
    except (Malware, NotScanned):
        return sent, NotAPicture()
    except NotAPicture as error:
        return sent, error


def _read(sent: Mapping[str, Any], photo: Picture | NotAPicture | None) -> Form | dict[str, str]:
    """The form, or what is wrong with each of its fields."""
    broken = {"photo"} if isinstance(photo, NotAPicture) else set()
    try:
        form = Form.model_validate(sent)
    except ValidationError as error:
        broken |= {str(each["loc"][0]) for each in error.errors()}
    return {name: words for name, words in FAULTS.items() if name in broken} if broken else form


def _said(form: Form, survey: Survey, photo: Picture | NotAPicture | None, network: bytes) -> Said:
    """The answer to what this survey's questionnaire asks."""
    asked = questionnaire(survey.questions)
    contacted = {"yes": True, "no": False}.get(form.contacted or "") if asked.contacted else None
    picture = photo if isinstance(photo, Picture) and asked.photo else None
    reasons = [asked.reasons[each] for each in form.reasons if each in asked.reasons]
    return Said(
        form.solved, form.satisfied, now(), reasons, form.words,
        unit_contacted=contacted, photo=picture, network=network,
    )  # fmt: skip


def _form(
    request: Request, survey: Survey, sent: Mapping[str, Any], faults: Mapping[str, str], *, status: int = 200
) -> HTMLResponse:
    zone, asked = request.app.state.zone, questionnaire(survey.questions)
    contacted = [("contacted", asked.contacted, list(CONTACTED.items()), False)] if asked.contacted else []
    return PAGES.render(
        request,
        "survey.html",
        status=status,
        case_no=survey.case_no,
        round=survey.round,
        answered_on=survey.handled_at.astimezone(zone).date(),
        open_until=min(survey.due_at, survey.link_expires_at).astimezone(zone),
        public_answer=survey.public_answer,
        questions=[
            *contacted,
            ("solved", asked.solved, [(each.value, each.chinese) for each in Solved], True),
            ("satisfied", asked.satisfied, [(each.value, each.chinese) for each in Satisfied], True),
        ],
        reasons=asked.reasons,
        formats=",".join(f"image/{name.lower()}" for name in FORMATS) if asked.photo else "",
        longest=LONGEST_WORDS,
        sent=sent,
        faults=faults,
    )


def _closed(request: Request, problem: Problem) -> HTMLResponse:
    """A page, not a problem document: who reads it is no program."""
    return PAGES.render(request, "closed.html", status=problem.status, why=problem.slug)
