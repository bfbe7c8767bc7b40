"""The handler's page: say what is needed and why, then see it for a quarter of an hour, or be put through unseen."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request, Response
from markupsafe import Markup
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import reveals
from intake.holding import NEEDED, Field, Purpose
from intake.models import Disclosure, Report, Reporter, RevealRequest
from intake.pages.watermark import watermark
from intake.reveal_api import asked, looked, put_through, refusals_noted
from intake.reveals import NewCall, NewReveal
from services.callers import SignedIn
from services.clocks import now
from services.identity import Person
from services.problems import invalid
from services.requests import Answer, Call
from services.staff_pages import StaffPages, fields, page_router, press

FIELDS: Mapping[Field, str] = {
    Field.NAME: "姓名",
    Field.PHONE: "电话",
    Field.OTHER_PHONE: "备用电话",
    Field.ID_NUMBER: "证件号",
    Field.HOME: "住址",
}
PURPOSES: Mapping[Purpose, str] = {
    Purpose.FIRST_CONTACT: "先行联系",
    Purpose.CLARIFICATION: "核实情况",
    Purpose.APPOINTMENT: "约定上门",
    Purpose.ANSWER: "答复结果",
    Purpose.ENTITLEMENT: "核对资格",
}
Body = TypeVar("Body", NewReveal, NewCall)
PAGES = StaffPages(Path(__file__).parent)
contact_pages = page_router()


@contact_pages.get("/contact/{case_no}", response_model=None)
async def contact_form(request: Request, case_no: str) -> Response:
    """What can be asked for, what waits for a grant, and what is shown now."""
    by, zone = request.state.actor, request.app.state.zone
    async with refusals_noted(request, case_no), request.app.state.database.unit() as session:
        report, _ = await reveals.held(session, case_no, by=by)
        mine = select(Disclosure).where(Disclosure.case_no == case_no, Disclosure.person == by.person)
        running = (await session.scalars(mine.where(Disclosure.until > now(), Disclosure.way == reveals.SHOWN))).all()
        asked_for = select(RevealRequest).where(RevealRequest.case_no == case_no, RevealRequest.person == by.person)
        requests = (await session.scalars(asked_for.order_by(RevealRequest.asked_at.desc()).limit(5))).all()
        left = await _left(session, report)
    facts: dict[str, Any] = {
        "running": [_running(row, zone) for row in running],
        "requests": [_waiting(row) for row in requests],
        "left": left,
    }
    return PAGES.render(request, "contact.html", **await _frame(request, report), **facts, fields=FIELDS,
                        purposes=PURPOSES, needed=_needed(), rung=request.query_params.get("rung"))  # fmt: skip


@contact_pages.post("/contact/{case_no}/reveals", response_model=None)
async def contact_reveal(request: Request, case_no: str) -> Response:
    sent = await fields(request)
    wanted = [field for field in Field if f"field-{field}" in sent]
    told = _read(NewReveal, fields=wanted, purpose=sent.get("purpose"), reason=sent.get("reason", ""))

    async def verb(call: Call) -> Answer:
        return asked(await reveals.ask(call.session, case_no, told, by=call.actor))

    async with refusals_noted(request, case_no):
        return await press(request, verb, then=lambda made: f"/intake/contact/{case_no}" + _shown_at(made))


@contact_pages.post("/contact/{case_no}/calls", response_model=None)
async def contact_call(request: Request, case_no: str) -> Response:
    sent, state = await fields(request), request.app.state
    told = _read(NewCall, purpose=sent.get("purpose"), reason=sent.get("reason", ""))
    made: list[reveals.Call] = []

    async def verb(call: Call) -> Answer:
        facts = {"vault": state.vault, "through": state.relay, "by": call.actor}
        made.append(await reveals.call(call.session, case_no, told, **facts))
        return Answer(201, {"disclosure": str(made[0].disclosure)})

    async with refusals_noted(request, case_no):
        page = await press(request, verb, then=f"/intake/contact/{case_no}?rung=1")
    if made:
        await put_through(request, made[0])
    return page


@contact_pages.get("/contact/{case_no}/{reveal}", response_model=None)
async def contact_shown(request: Request, case_no: str, reveal: UUID) -> Response:
    """The fields, as long as they may be seen; the page leaves the screen when that is over."""
    row, found = await looked(request, case_no, reveal)
    async with request.app.state.database.unit() as session:
        report = await session.get_one(Report, case_no)
    left = max(1, round((row.until - now()).total_seconds()))
    told = [(FIELDS[Field(name)], text) for name, text in found.items()]
    until = row.until.astimezone(request.app.state.zone).strftime("%H:%M")
    page = PAGES.render(request, "shown.html", **await _frame(request, report), told=told, until=until)
    page.headers["Refresh"] = f"{left};url=/intake/contact/{case_no}"
    return page


async def _frame(request: Request, report: Report) -> dict[str, Any]:
    return {"case_no": report.case_no, "confidential": report.confidential, "watermark": await mark(request)}


async def mark(request: Request) -> Markup:
    actor = request.state.actor
    found: SignedIn | None = getattr(request.state, "signed_in", None)
    if found is None:
        async with request.app.state.database.unit() as session:
            name = (await session.get_one(Person, actor.person)).name
    else:
        name = found.name
    return watermark(name=name, person=actor.person, at=now().astimezone(request.app.state.zone))


async def _left(session: AsyncSession, report: Report) -> list[Field]:
    """Which fields there are, told without opening any; none after an erasure."""
    reporter = await session.get(Reporter, report.reporter) if report.reporter else None
    return [each for each in Field if reporter and getattr(reporter, each) is not None]


def _read(kind: type[Body], **told: Any) -> Body:
    """The form as the JSON route would take it; what was typed is not repeated in the refusal."""
    try:
        return kind.model_validate(told)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise invalid(name, "is needed, a reason with 4 to 200 characters", "fill in the form again") from None


def _shown_at(made: Any) -> str:
    return f"/{made['reveal']}" if "reveal" in made else "?asked=1"


def _running(row: Disclosure, zone: Any) -> dict[str, Any]:
    names = [FIELDS[Field(name)] for name in row.fields]
    return {"id": row.id, "fields": names, "until": row.until.astimezone(zone).strftime("%H:%M")}


def _waiting(row: RevealRequest) -> dict[str, Any]:
    states = {"pending": "待督查员批准", "granted": "已批准，可再次申请查看", "refused": "未批准"}
    names = [FIELDS[Field(name)] for name in row.fields]
    return {"fields": names, "state": states[row.state], "refusal": row.refusal}


def _needed() -> Sequence[tuple[str, list[str]]]:
    """Which fields each purpose allows, in words."""
    return [(PURPOSES[purpose], [FIELDS[each] for each in Field if each in NEEDED[purpose]]) for purpose in Purpose]
