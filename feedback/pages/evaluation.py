"""The evaluator's desk: what waits for a decision, findings with their evidence, a case with what may be corrected.

Every decision needs a reason, and corrections and exclusions a second person; nothing here ranks anybody.
"""

import re
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from feedback import corrections, exclusions, looks, overview, photos
from feedback.anomalies import reviewing
from feedback.anomalies.reviewing import Wanted
from feedback.breakdowns import named
from feedback.desk_faces import FindingSeen, NewCorrection, NewReview
from feedback.desk_faces import Refusal as Told
from feedback.figure_faces import exclusion
from feedback.figure_schemas import NewExclusion, Refusal, Undoing
from feedback.models import State
from feedback.overview import Filters
from feedback.pages import words
from feedback.questions import Satisfied, Solved
from services.callers import form_of
from services.identity import Actor
from services.problems import FieldFault, Invalid, NotFound
from services.requests import Answer, Call
from services.roles import Role
from services.staff_pages import StaffPages, fields, page_router, press

PAGES = StaffPages(Path(__file__).parent)
HOME = "/feedback/evaluation"
SHOWN = 20
Form = TypeVar("Form", bound=BaseModel)
evaluation_pages = page_router(home="feedback")


@evaluation_pages.get("/evaluation", response_model=None)
async def desk(request: Request, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    by = request.state.actor
    async with request.app.state.database.unit() as session:
        findings, more = await reviewing.page(session, Wanted(reviewed=False, limit=SHOWN), by=by)
        units = await named(session, dict.fromkeys(each.subject for each in findings))
        pending = await corrections.pending(session, by=by)
        waiting = await exclusions.waiting(session, by=by)
        calls = Filters(state=State.OPEN, kind="recheck", on_site=False, limit=SHOWN)
        rechecks, further = await overview.page(session, calls, by=by)
        looked_at = await looks.waiting(session, by, limit=SHOWN)
    return _render(
        request, "evaluation.html", done=done, findings=findings, more=more, units=units, pending=pending,
        waiting=waiting, rechecks=rechecks, further=further, looks=looked_at,
        held={each.id for each in looked_at if looks.is_mine(each, request.state.actor)},
    )  # fmt: skip


@evaluation_pages.get("/evaluation/findings/{finding}", response_model=None)
async def finding(request: Request, finding: UUID) -> Response:
    async with request.app.state.database.unit() as session:
        row = await reviewing.one(session, finding, by=request.state.actor)
        units = await named(session, {row.subject: None})
    return _render(request, "finding.html", finding=FindingSeen.model_validate(row), units=units)


@evaluation_pages.post("/evaluation/findings/{finding}/review", response_model=None)
async def review(request: Request, finding: UUID) -> Response:
    told = await _told(request, NewReview)

    async def verb(call: Call) -> Answer:
        await reviewing.review(call.session, finding, **told.model_dump(), by=call.actor)
        return Answer(200, None)

    return await press(request, verb, then=f"{HOME}/findings/{finding}")


@evaluation_pages.get("/evaluation/cases", response_model=None)
async def find_case(request: Request, case_no: Annotated[str, Query(max_length=40)] = "") -> Response:
    """From the number somebody typed to its page."""
    digits = re.sub(r"\D", "", case_no)[:32]
    if not digits:
        raise NotFound("Type a case number.")
    return RedirectResponse(f"{HOME}/cases/{digits}", 303)


@evaluation_pages.get("/evaluation/cases/{case_no}", response_model=None)
async def case(request: Request, case_no: str, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    by = request.state.actor
    async with request.app.state.database.unit() as session:
        copy = await overview.case(session, case_no, by=by)
        surveys = await _surveys(session, case_no, by)
        if copy is None and not surveys:
            raise NotFound("No case of this number is known here.")
        shut, _ = await exclusions.page(session, case_no=case_no, after=None, limit=SHOWN, by=by)
        pending = [each for each in await corrections.pending(session, by=by) if each.case_no == case_no]
        units = await named(session, {copy.lead_code or "": None}) if copy else {}
        seen, found = await photos.of_case(session, case_no), await looks.words_of(session, case_no)
    return _render(
        request, "case.html", done=done, case_no=case_no, copy=copy, surveys=surveys, pending=pending,
        exclusions=[exclusion(each) for each in shut], units=units, superseded=_superseded(surveys),
        photos=seen, found=found,
    )  # fmt: skip


async def _surveys(session: Any, case_no: str, by: Actor) -> list[Any]:
    try:
        return list(await overview.of_case(session, case_no, by=by))
    except NotFound:
        return []


def _superseded(surveys: list[Any]) -> set[UUID]:
    """Ratings that another row corrects."""
    return {each.corrects for survey in surveys for each in survey.answers if each.corrects}


@evaluation_pages.post("/evaluation/ratings/{rating}/corrections", response_model=None)
async def correct(request: Request, rating: UUID) -> Response:
    sent, told, desk = await fields(request), await _told(request, NewCorrection), request.app.state.desk

    async def verb(call: Call) -> Answer:
        found = await corrections.correct(
            call.session, rating, solved=told.solved, satisfied=told.satisfied, reason=told.reason, by=call.actor,
            key=desk.key, rule=desk.rule,
        )  # fmt: skip
        return Answer(200, {"state": found.state})

    return await press(request, verb, then=lambda body: _case_page(sent, str(body["state"])))


@evaluation_pages.post("/evaluation/corrections/{correction}/agreement", response_model=None)
async def agree_correction(request: Request, correction: UUID) -> Response:
    desk = request.app.state.desk

    async def verb(call: Call) -> Answer:
        await corrections.agree(call.session, correction, by=call.actor, key=desk.key, rule=desk.rule)
        return Answer(200, None)

    return await press(request, verb, then=f"{HOME}?done=agreed")


@evaluation_pages.post("/evaluation/corrections/{correction}/refusal", response_model=None)
async def refuse_correction(request: Request, correction: UUID) -> Response:
    told = await _told(request, Told)

    async def verb(call: Call) -> Answer:
        await corrections.refuse(call.session, correction, reason=told.reason, by=call.actor)
        return Answer(200, None)

    return await press(request, verb, then=f"{HOME}?done=refused")


@evaluation_pages.post("/evaluation/cases/{case_no}/exclusions", response_model=None)
async def exclude(request: Request, case_no: str) -> Response:
    form, sent = await form_of(request), await fields(request)
    rates = [each for each in (form.getlist("rates") if form else []) if isinstance(each, str)]
    told = await _told(request, NewExclusion, case_no=case_no, rates=rates)
    wanted = exclusions.Wanted(
        case_no=told.case_no, rates=tuple(told.rates), ground=told.ground, reason=told.reason, evidence=told.evidence
    )

    async def verb(call: Call) -> Answer:
        made = await exclusions.ask(call.session, wanted, call.actor)
        return Answer(200, {"state": made.state})

    return await press(request, verb, then=lambda body: _case_page({**sent, "case_no": case_no}, str(body["state"])))


@evaluation_pages.post("/evaluation/exclusions/{number}/agreement", response_model=None)
async def agree_exclusion(request: Request, number: UUID) -> Response:
    told = await _told(request, Refusal)

    async def verb(call: Call) -> Answer:
        await exclusions.agree(call.session, number, reason=told.reason, by=call.actor)
        return Answer(200, None)

    return await press(request, verb, then=f"{HOME}?done=agreed")


@evaluation_pages.post("/evaluation/exclusions/{number}/refusal", response_model=None)
async def refuse_exclusion(request: Request, number: UUID) -> Response:
    told = await _told(request, Refusal)

    async def verb(call: Call) -> Answer:
        await exclusions.refuse(call.session, number, reason=told.reason, by=call.actor)
        return Answer(200, None)

    return await press(request, verb, then=f"{HOME}?done=refused")


@evaluation_pages.post("/evaluation/exclusions/{number}/undoing", response_model=None)
async def undo_exclusion(request: Request, number: UUID) -> Response:
    """The first evaluator proposes it; the same from another one, or their agreement, undoes the exclusion."""
    sent, told = await fields(request), await _told(request, Undoing)

    async def verb(call: Call) -> Answer:
        made = await exclusions.undo(call.session, number, reason=told.reason, evidence=told.evidence, by=call.actor)
        return Answer(200, {"state": "undone" if made.ruling else made.state})

    return await press(request, verb, then=lambda body: _case_page(sent, str(body["state"])))


@evaluation_pages.get("/evaluation/ratings/{rating}/photo", response_model=None)
async def photo(request: Request, rating: UUID) -> Response:
    """The picture itself, for who is signed in; each look is recorded."""
    async with request.app.state.database.unit() as session:
        jpeg = await photos.look_at(session, rating, by=request.state.actor)
    return Response(jpeg, media_type="image/jpeg", headers=photos.HEADERS)


async def _told(request: Request, form: type[Form], **more: Any) -> Form:
    """The form as the JSON route would have it. Raises Invalid with the fields to mend."""
    sent = {name: text for name, text in (await fields(request)).items() if name in form.model_fields}
    try:
        return form.model_validate({**sent, **more})
    except ValidationError as error:
        raise Invalid(faults=[_fault(each) for each in error.errors()]) from None


def _fault(error: Any) -> FieldFault:
    name = str(error["loc"][0]) if error["loc"] else "(form)"
    return FieldFault(name, str(error["msg"]).removeprefix("Value error, "), "go back one page and mend it")


def _case_page(sent: dict[str, str], state: str) -> str:
    digits = re.sub(r"\D", "", sent.get("case_no", ""))[:32]
    return f"{HOME}/cases/{digits}?done={state}" if digits else f"{HOME}?done={state}"


def _render(request: Request, template: str, **facts: Any) -> Response:
    actor = request.state.actor
    return PAGES.render(
        request,
        template,
        zone=request.app.state.zone,
        me=actor.person,
        decides=actor.has((Role.EVALUATOR,)),
        words=words,
        solved=[(each.value, each.chinese) for each in Solved],
        satisfied=[(each.value, each.chinese) for each in Satisfied],
        **facts,
    )
