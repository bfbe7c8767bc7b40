"""The page behind a citizen's one-time link: two questions, optional words, and what is shown when it no longer opens.

It shows the public answer and the case number; nothing of the report and nothing of the person.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from feedback.answers import Said, Source, answer
from feedback.links import LinkReplaced, LinkUnknown, SurveyOver, grasped, opened
from feedback.models import Survey, Via
from feedback.questions import Satisfied, Solved
from feedback.schemas import clean
from services.application import router
from services.clocks import now
from services.pages import Pages
from services.problems import Problem

LONGEST_WORDS = 500
PAGES = Pages(Path(__file__).parent)
FAULTS = {
    "solved": "请选择问题是否解决",
    "satisfied": "请选择您是否满意，也可以选“未评价”",
    "words": "补充说明请不要超过 500 字",
}
survey_page = router(tags=["feedback"], default_response_class=HTMLResponse)


def _plain_breaks(text: Any) -> Any:
    """A browser sends each line break as two characters and counts one."""
    return clean(text.replace("\r\n", "\n")) if isinstance(text, str) else text


class Form(BaseModel):
    """What the page asks."""

    solved: Solved
    satisfied: Satisfied
    words: Annotated[str, BeforeValidator(_plain_breaks), Field(max_length=LONGEST_WORDS)] = ""


@survey_page.get("/s/{token}", summary="The citizen's one-time page")
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
    openapi_extra={
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": Form.model_json_schema()}}}
    },
)
async def answer_survey(request: Request, token: str) -> HTMLResponse:
    state = request.app.state
    sent = {name: value for name, value in (await request.form(max_files=0)).items() if isinstance(value, str)}
    try:
        async with state.database.unit() as session:
            dossier, survey = await grasped(session, token, key=state.desk.key)
            form = _read(sent)
            if isinstance(form, Form):
                said = Said(form.solved, form.satisfied, now(), words=form.words)
                await answer(session, dossier, survey, said, Source(Via.PAGE), state.desk)
    except (LinkUnknown, LinkReplaced, SurveyOver) as problem:
        return _closed(request, problem)
    if isinstance(form, Form):
        return PAGES.render(request, "thanks.html")
    return _form(request, survey, sent, form, status=422)


def _read(sent: Mapping[str, str]) -> Form | dict[str, str]:
    """The form, or what is wrong with each of its fields."""
    try:
        return Form.model_validate(sent)
    except ValidationError as error:
        broken = {str(each["loc"][0]) for each in error.errors()}
        return {name: words for name, words in FAULTS.items() if name in broken}


def _form(
    request: Request, survey: Survey, sent: Mapping[str, str], faults: Mapping[str, str], *, status: int = 200
) -> HTMLResponse:
    zone = request.app.state.zone
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
            ("solved", "您反映的问题解决了吗？", [(each.value, each.chinese) for each in Solved]),
            ("satisfied", "您对办理过程满意吗？", [(each.value, each.chinese) for each in Satisfied]),
        ],
        longest=LONGEST_WORDS,
        sent=sent,
        faults=faults,
    )


def _closed(request: Request, problem: Problem) -> HTMLResponse:
    """A page, not a problem document: who reads it is no program."""
    return PAGES.render(request, "closed.html", status=problem.status, why=problem.slug)
