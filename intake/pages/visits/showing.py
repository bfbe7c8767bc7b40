"""Visit notes (民情日记): where, what needs doing, what was done at once. Each is a case of the channel `visit`.

A note holds what needs doing, not who lives how: it asks for no name.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse

from intake import cases
from intake.cases import Filters
from intake.channels import Channel, ItemType
from intake.pages.forms import report_of
from intake.taking_down import take_down
from services.clocks import now
from services.pages import STYLES
from services.problems import Problem
from services.staff_pages import PROBLEMS, StaffPages, fields, page_router

SHOWN = 20
pages = page_router()
PAGES = StaffPages(Path(__file__).parent)


@pages.get("/visits", response_model=None)
async def show_visits(request: Request, made: str = "") -> Response:
    return await _page(request, made=made)


@pages.get("/visits/worker.js", response_model=None)
async def worker(request: Request) -> Response:
    """The service worker of the officer's pages, allowed for this one."""
    headers = {"Service-Worker-Allowed": "/intake/visits", "Cache-Control": "no-cache"}
    return FileResponse(STYLES.parent / "field-worker.js", media_type="text/javascript", headers=headers)


@pages.post("/visits", response_model=None)
async def note(request: Request) -> Response:
    """A phone that was out of reach sends the same note again under the same external_id: it is one case."""
    sent, queued = await fields(request), request.headers.get("accept", "").startswith("application/json")
    report = report_of(Channel.VISIT, {**sent, "item_type": ItemType.REQUEST})
    if isinstance(report, dict):
        told = {"heading": PROBLEMS[422], "told": "；".join(report.values())}
        return JSONResponse(told, 422) if queued else await _page(request, status=422, sent=sent, faults=report)
    try:
        answer = await take_down(request, report)
    except Problem as problem:
        heading = PROBLEMS.get(problem.status, "没有办成")
        if queued:
            return JSONResponse({**problem.document(), "heading": heading}, problem.status)
        return await _page(request, status=problem.status, sent=sent, faults={"(form)": heading})
    case_no = json.loads(bytes(answer.body))["case_no"]
    return answer if queued else RedirectResponse(f"/intake/visits?made={case_no}", 303)


async def _page(
    request: Request, *, status: int = 200, sent: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None, made: str = "",
) -> Response:  # fmt: skip
    """The form over the officer's own notes, newest first."""
    actor, mine = request.state.actor, Filters(channel=Channel.VISIT, limit=SHOWN)
    async with request.app.state.database.unit() as session:
        rows, _ = await cases.page(session, actor, mine)
    given = {"external_id": f"visit-{secrets.token_hex(8)}", **(sent or {})}
    facts: dict[str, Any] = {
        "sent": defaultdict(str, given),
        "faults": faults or {},
        "made": made if made.isascii() and made.isdigit() else "",
        "notes": [row for row in rows if row.by_person == actor.person],
        "zone": request.app.state.zone,
        "person": actor.person,
        "as_of": now(),
    }
    return PAGES.render(request, "visits.html", status=status, **facts)
