"""The page a call-back agent comes to from feedback, with an errand: the relay rings, or the number is shown, once.

The evaluation body's people are signed in at feedback alone. The errand says who comes, for which survey, and that
they hold it; who they are and what they may is read here, anew, as for everybody.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from intake.contact_api import reach
from intake.contacts import PURPOSE, NewContact
from services import errands
from services.callers import NotKnownHere, NotMeant, from_our_origin
from services.clocks import now
from services.errands import Errand
from services.identity import person_acting
from services.problems import Invalid, Problem, WrongRole
from services.roles import Role
from services.staff_pages import PROBLEMS, StaffPages, fields, page_router

PAGES = StaffPages(Path(__file__).parent)
WHY: Mapping[str, str] = {
    "errand-not-valid": "这个页面开得太久了：请回到回访页，再按一次。",
    "survey-over": "这次回访已经结束，不能再联系。",
    "no-number": "诉求人没有留下号码：请回到回访页，记为“没有号码”。",
    "too-many-contacts": "这次回访已经接通太多次：请记录结果，到期会自动结束。",
    "reason-missing": "要显示号码，请写明为什么中继不行。",
    "not-known-here": "受理中心还没有收到您的任命或这次回访，请过几秒再按一次。",
    "not-found": "受理中心还没有收到这次回访，请过几秒再按一次。",
}
errand_page = page_router(home="feedback")


@errand_page.post("/contacts/{case_no}", response_model=None)
async def contact(request: Request, case_no: str) -> HTMLResponse:
    sent = await fields(request)
    survey, name = "", ""
    try:
        errand = errands.read(request.app.state.settings, "feedback", "intake", PURPOSE, sent.get("errand", ""))
        survey = errand.facts["survey"]
        name = await _come(request, errand, case_no, sent.get("press", ""))
        told = _wanted(errand, sent)
        made = json.loads(bytes((await reach(request, case_no, told)).body))
    except Problem as problem:
        return _refused(request, problem, survey)
    return _page(request, survey, case_no=case_no, made=made, viewer=name)


async def _come(request: Request, errand: Errand, case_no: str, press: str) -> str:
    """Whoever comes is the actor from here on, and a form sent twice acts once; the person's name."""
    if not from_our_origin(request):
        raise NotMeant
    if errand.facts["case_no"] != case_no:
        raise errands.ErrandNotValid
    async with request.app.state.database.unit() as session:
        acting = await person_acting(session, errand.person, key=f"e-{errand.id[:16]}")
    if acting is None:
        raise NotKnownHere(headers={"Retry-After": "3"})
    request.state.actor, request.state.said = acting[0], {"idempotency-key": f"{errand.id}-{press[:32]}"}
    if not acting[0].has((Role.CALLER,)):
        raise WrongRole(roles=[Role.CALLER])
    return acting[1]


def _wanted(errand: Errand, sent: Mapping[str, str]) -> NewContact:
    facts = {"survey": UUID(errand.facts["survey"]), "way": sent.get("way", "relay"), "reason": sent.get("reason", "")}
    try:
        return NewContact.model_validate(facts)
    except ValidationError:
        raise Invalid from None


def _refused(request: Request, problem: Problem, survey: str) -> HTMLResponse:
    """A page that says why, and leads back."""
    why = WHY.get(problem.slug, "")
    heading = PROBLEMS.get(problem.status, "没有办成")
    return _page(request, survey, status=problem.status, problem=problem, heading=heading, why=why)


def _page(request: Request, survey: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    zone = request.app.state.zone
    made = facts.get("made") or {}
    until = made.get("until")
    return PAGES.render(
        request,
        "errand.html",
        status=status,
        back=f"/feedback/calls/{survey}#ask" if survey else "/feedback/calls",
        seen_at=now().astimezone(zone),
        until=_clock(until, zone) if until else "",
        **{"made": made, "problem": None, "heading": "", "why": "", "viewer": "", "case_no": "", **facts},
    )


def _clock(moment: str, zone: Any) -> str:
    return datetime.fromisoformat(moment).astimezone(zone).strftime("%m-%d %H:%M")
