"""The desk's pages: the form, advice on it, the slip."""

import json
import secrets
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import segno
from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from intake import cases
from intake.channels import Channel, ItemType
from intake.pages.desk.advising import NOTHING, advice
from intake.pages.forms import report_of
from intake.status_codes import status_code
from intake.taking_down import take_down
from services import audit
from services.pages.maps import drawn
from services.problems import Problem
from services.roles import Role
from services.staff_pages import PROBLEMS, StaffPages, fields, page_router

TYPES: Mapping[ItemType, str] = {
    ItemType.COMPLAINT: "投诉举报",
    ItemType.REQUEST: "求助",
    ItemType.INQUIRY: "咨询",
    ItemType.SUGGESTION: "意见建议",
    ItemType.PRAISE: "表扬",
}
STATUS_PAGE = "/intake/status"
pages = page_router()
PAGES = StaffPages(Path(__file__).parent)


@pages.get("/desk", response_model=None)
async def show_desk(request: Request) -> Response:
    """A form without anything in it, under a number of its own: sent twice, it is one case."""
    return await _form(request, {"external_id": f"desk-{secrets.token_hex(8)}", "item_type": ItemType.COMPLAINT})


@pages.post("/desk/advice", response_model=None)
async def advise(request: Request) -> Response:
    """The form again with what routing makes of it; that part alone where a script asks."""
    sent = await fields(request)
    if "x-part" in request.headers:
        found = await advice(request, sent)
        return PAGES.render(request, "advice.html", advice=found or NOTHING, asked=bool(found), sent=_kept(sent))
    return await _form(request, sent, asked=True)


@pages.post("/desk", response_model=None)
async def register(request: Request) -> Response:
    sent = await fields(request)
    report = report_of(Channel.WALK_IN, {**sent, "done": sent.get("done", "") if sent.get("settled") else ""})
    if isinstance(report, dict):
        return await _form(request, sent, status=422, faults=report)
    try:
        answer = await take_down(request, report)
    except Problem as problem:
        told = {"(form)": PROBLEMS.get(problem.status, "没有办成")}
        return await _form(request, sent, status=problem.status, faults=told)
    return RedirectResponse(f"/intake/desk/{json.loads(bytes(answer.body))['case_no']}", 303)


@pages.get("/desk/{case_no}", response_model=None)
async def slip(request: Request, case_no: str) -> Response:
    """For the citizen to take along. Whoever prints it stands in the audit; the person's name is not on it."""
    state, actor = request.app.state, request.state.actor
    async with state.database.unit() as session:
        report = await cases.find(session, case_no, actor=actor, roles=[Role.CLERK])
        code = await status_code(session, state.vault, report)
        await audit.record(session, "slip.shown", report.case_no, actor=actor)
    address = f"{state.settings.public_url.rstrip('/')}{STATUS_PAGE}"
    whole = f"{address}?{urlencode({'case_no': case_no, 'code': code})}" if code else address
    return PAGES.render(
        request,
        "slip.html",
        report=report,
        received=report.received_at.astimezone(state.zone),
        code=code,
        address=address,
        qr=_qr(whole),
        grouped=" ".join(case_no[place : place + 4] for place in range(0, len(case_no), 4)),
    )


def _qr(address: str) -> Markup:
    image = segno.make(address, error="m").svg_inline(scale=4, svgclass="qr", lineclass="", title="QR", omitsize=True)
    return Markup(image)  # noqa: S704 - segno's own markup


async def _form(
    request: Request, sent: Mapping[str, str], *, status: int = 200, faults: Mapping[str, str] | None = None,
    asked: bool = False,
) -> Response:  # fmt: skip
    found = await advice(request, sent, with_map=True)
    return PAGES.render(
        request,
        "desk.html",
        status=status,
        sent=_kept(sent),
        faults=faults or {},
        types=TYPES,
        advice=found or NOTHING,
        asked=asked and found is not None,
        silent=found is None,
        map=drawn(found["outlines"]) if found else None,
    )


def _kept(sent: Mapping[str, str]) -> defaultdict[str, str]:
    return defaultdict(str, sent)
