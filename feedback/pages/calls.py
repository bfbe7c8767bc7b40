"""The call-back agent's pages: what waits, one call with its questions, and what became of it. Keyboard only works.

The person is reached at intake's page, to which the agent's browser carries an errand: who comes, for which survey.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import ConfigDict, Field, ValidationError

from feedback import calling, overview
from feedback.answers import Missed, Said
from feedback.calling import Wanted, is_mine
from feedback.desk_faces import CallTaken, Heard, Tried
from feedback.models import State, Survey
from feedback.pages.words import KINDS, RESULTS
from feedback.questionnaires import questionnaire
from feedback.questions import Satisfied, Solved
from services.callers import form_of
from services.clocks import now
from services.problems import invalid
from services.requests import Answer, Call
from services.staff_pages import StaffPages, fields, page_router, press

PAGES = StaffPages(Path(__file__).parent)
FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "solved": "请选择问题是否解决",
        "satisfied": "请选择是否满意；没有评价的选“未评价”",
        "words": "补充说明请不要超过 2000 字",
    }
)
NOTED: Mapping[str, str] = MappingProxyType(
    {
        "answered": "评价已记录。",
        "missed": "没有联系上，已记录；这一件放回待回访，过后再拨。",
        "unreachable": "已记录；尝试次数已满，这一件按“未联系上”结束。",
        "none": "现在没有可取的回访。",
    }
)
CONTACTED: Mapping[str, bool] = MappingProxyType({"yes": True, "no": False})
calls_pages = page_router(home="feedback")


class Listed(Wanted):
    """What the list is narrowed by, and what was noted just before."""

    model_config = ConfigDict(extra="ignore")
    noted: str = Field("", max_length=20)


@calls_pages.get("/calls", response_model=None)
async def listed(request: Request, wanted: Annotated[Listed, Query()]) -> Response:
    actor = request.state.actor
    async with request.app.state.database.unit() as session:
        rows, following = await calling.free(session, actor, wanted)
    mine = [row for row in rows if is_mine(row, actor)]
    return PAGES.render(
        request,
        "calls.html",
        mine=mine,
        waiting=[row for row in rows if row not in mine],
        following=following,
        wanted=wanted,
        noted=NOTED.get(wanted.noted, ""),
        kinds=KINDS,
        zone=request.app.state.zone,
    )


@calls_pages.post("/calls/next", response_model=None)
async def take_next(request: Request) -> Response:
    """Own ones first, then those that were tried longest ago."""

    async def verb(call: Call) -> Answer:
        survey = await calling.take_next(call.session, by=call.actor, wanted=Wanted())
        return Answer(200, {"at": f"/feedback/calls/{survey.id}" if survey else "/feedback/calls?noted=none"})

    return await press(request, verb, then=lambda body: str(body["at"]))


@calls_pages.get("/calls/{survey}", response_model=None)
async def show(request: Request, survey: UUID) -> Response:
    return await _call_page(request, survey)


@calls_pages.post("/calls/{survey}/take", response_model=None)
async def take(request: Request, survey: UUID) -> Response:
    async def verb(call: Call) -> Answer:
        await calling.take(call.session, survey, by=call.actor)
        return Answer(200, None)

    return await press(request, verb, then=f"/feedback/calls/{survey}")


@calls_pages.post("/calls/{survey}/attempts", response_model=None)
async def attempt(request: Request, survey: UUID) -> Response:
    try:
        tried = Tried.model_validate({"result": (await fields(request)).get("result", "")})
    except ValidationError:
        raise invalid("result", "is one of the results of the form", "press one of the buttons") from None

    async def verb(call: Call) -> Answer:
        facts = {"by": call.actor, "desk": request.app.state.desk}
        await calling.note_missed(call.session, survey, Missed(tried.result, now()), **facts)
        return await _stands(call, survey, "missed")

    return await press(request, verb, then=lambda body: f"/feedback/calls?noted={body['result']}")


@calls_pages.post("/calls/{survey}/answers", response_model=None)
async def heard(request: Request, survey: UUID) -> Response:
    """A form that lacks something is shown again with what it said."""
    sent = await _sent(request)
    told = _read(sent)
    if not isinstance(told, Heard):
        return await _call_page(request, survey, sent=sent, faults=told, status=422)

    async def verb(call: Call) -> Answer:
        said = Said(
            told.solved, told.satisfied, now(), told.reasons, told.words, unit_contacted=told.unit_contacted,
        )  # fmt: skip
        await calling.write_down(call.session, survey, said, by=call.actor, desk=request.app.state.desk)
        return await _stands(call, survey, "answered")

    return await press(request, verb, then=lambda body: f"/feedback/calls?noted={body['result']}")


async def _stands(call: Call, survey: UUID, result: str) -> Answer:
    row = await call.session.get_one(Survey, survey)
    ended = "unreachable" if result == "missed" and row.state != State.OPEN else result
    return Answer(200, CallTaken(result=ended, state=row.state, attempts=row.attempts))


async def _sent(request: Request) -> dict[str, Any]:
    form = await form_of(request)
    sent: dict[str, Any] = dict(await fields(request))
    sent["reasons"] = [each for each in (form.getlist("reasons") if form else []) if isinstance(each, str)]
    return sent


def _read(sent: Mapping[str, Any]) -> Heard | dict[str, str]:
    """What the person said, or what is missing."""
    told = {name: sent[name] for name in ("solved", "satisfied", "reasons", "words") if name in sent}
    try:
        return Heard.model_validate(
            {"satisfied": "", **told, "unit_contacted": CONTACTED.get(sent.get("contacted", ""))}
        )
    except ValidationError as error:
        broken = {str(each["loc"][0]) for each in error.errors()}
    return {name: words for name, words in FAULTS.items() if name in broken} or dict(FAULTS)


async def _call_page(
    request: Request,
    survey_id: UUID,
    *,
    sent: Mapping[str, Any] | None = None,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    actor = request.state.actor
    async with request.app.state.database.unit() as session:
        survey = await calling.read(session, survey_id)
        told = await overview.of_case(session, survey.case_no, by=request.state.actor)
    (this,) = [each for each in told if each.id == survey_id]
    mine = is_mine(survey, actor)
    asked = questionnaire(survey.questions)
    return PAGES.render(
        request,
        "call.html",
        status=status,
        survey=survey,
        mine=mine,
        taken=survey.taken_until is not None and survey.taken_until > now() and not mine,
        tries=this.tries,
        errand=calling.errand(request.app.state.settings, survey, actor),
        questions=_questions(asked),
        reasons=asked.reasons,
        press=secrets.token_hex(8),
        results=RESULTS,
        kinds=KINDS,
        most=request.app.state.desk.rule.attempts,
        sent=sent or {},
        faults=faults or {},
        zone=request.app.state.zone,
    )


def _questions(asked: Any) -> list[tuple[str, str, list[tuple[str, str]], bool]]:
    first = [("contacted", asked.contacted, [("yes", "联系过"), ("no", "没有联系")], False)] if asked.contacted else []
    return [
        *first,
        ("solved", asked.solved, [(each.value, each.chinese) for each in Solved], True),
        ("satisfied", asked.satisfied, [(each.value, each.chinese) for each in Satisfied], True),
    ]
