"""The supervisors' page of legal holds: placed and lifted by two of them; an auditor reads."""

import re
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import StringConstraints, TypeAdapter, ValidationError

from intake.keeping import holds
from intake.keeping.holds import OVER
from services.problems import NotFound, invalid
from services.requests import Answer, Call
from services.staff_pages import StaffPages, fields, page_router, press

PAGES = StaffPages(Path(__file__).parent)
HOME = "/intake/holds"
REASON = TypeAdapter(Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)])
holds_pages = page_router()


@holds_pages.get("/holds", response_model=None)
async def list_holds(request: Request, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    actor = request.state.actor
    async with request.app.state.database.unit() as session:
        rows = await holds.listed(session, by=actor, state="all")
    facts = {"me": actor.person, "decides": actor.has(OVER), "zone": request.app.state.zone}
    return PAGES.render(request, "holds.html", rows=rows, done=done, **facts)


@holds_pages.post("/holds", response_model=None)
async def place_hold(request: Request) -> Response:
    sent = await fields(request)
    case_no, reason = re.sub(r"\D", "", sent.get("case_no", ""))[:32], _reason(sent)

    async def verb(call: Call) -> Answer:
        await holds.ask(call.session, case_no, reason=reason, by=call.actor)
        return Answer(202, None)

    return await press(request, verb, then=f"{HOME}?done=asked")


@holds_pages.post("/holds/{hold}/{decision}", response_model=None)
async def decide(request: Request, hold: UUID, decision: str) -> Response:
    """`agreement`, `refusal`, or `lifting` with a reason."""
    sent = await fields(request)
    if decision not in ("agreement", "refusal", "lifting"):
        raise NotFound
    reason = _reason(sent) if decision == "lifting" else ""

    async def verb(call: Call) -> Answer:
        match decision:
            case "agreement":
                await holds.agree(call.session, hold, by=call.actor)
            case "refusal":
                await holds.refuse(call.session, hold, by=call.actor)
            case _:
                await holds.ask_lifting(call.session, hold, reason=reason, by=call.actor)
        return Answer(200, None)

    return await press(request, verb, then=f"{HOME}?done={decision}")


def _reason(sent: dict[str, str]) -> str:
    try:
        return REASON.validate_python(sent.get("reason", ""))
    except ValidationError:
        raise invalid("reason", "has 1 to 500 characters", "say why, without names or numbers") from None
