"""管理: how the three services stand, the city's preset with its sources, and the calendar of working days."""

import asyncio
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from routing import notices_kept
from routing.api import clocks
from routing.api.clocks import CalendarDayTold, Notice, Year
from routing.pages.office import PAGES, told
from services import presets
from services.clocks import now
from services.identity import has_access_rows
from services.problems import Problem, invalid
from services.queue import failed
from services.settings import SERVICES, ServiceName, Settings
from services.staff_pages import fields, page_router

WAIT = 1.5  # seconds a peer has to say that it is ready
NAMES = {"intake": "受理", "routing": "派办", "feedback": "测评"}
admin_pages = page_router()


@admin_pages.get("/admin", response_model=None)
async def overview(request: Request) -> Response:
    state = request.app.state
    async with state.database.unit() as session:
        ready = await has_access_rows(session)
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT) as client:
        peers = [service for service in SERVICES if service != "routing"]
        stands = await asyncio.gather(*(_stands(client, state.settings, service) for service in peers))
    health: dict[str, bool] = {"routing": ready, **dict(zip(peers, stands, strict=True))}
    held = len(await failed(state.database))
    return PAGES.render(
        request, "admin.html", health=[(name, NAMES[name], health[name]) for name in SERVICES], held=held,
        year=now().astimezone(presets.load(state.settings.city_preset).zone).year,
    )  # fmt: skip


async def _stands(client: httpx.AsyncClient, settings: Settings, service: ServiceName) -> bool:
    """Whether a peer says that it is ready."""
    try:
        return (await client.get(f"{settings.peer_url(service)}/{service}/readyz")).status_code == 200
    except httpx.HTTPError:
        return False


@admin_pages.get("/admin/presets", response_model=None)
async def shown_presets(request: Request) -> Response:
    """Read-only: a city's settlements are a file, and each value names its source beside it."""
    files = [(name, (presets.FOLDER / f"{name}.yaml").read_text("utf-8")) for name in presets.available()]
    return PAGES.render(request, "presets.html", files=files, used=request.app.state.settings.city_preset)


@admin_pages.get("/admin/calendar/{year}", response_model=None)
async def shown_calendar(request: Request, year: Year) -> Response:
    return await _calendar(request, year)


@admin_pages.post("/admin/calendar/{year}", response_model=None)
async def import_notice(request: Request, year: Year) -> Response:
    sent = await fields(request)
    try:
        days = [
            CalendarDayTold(date=day, kind="work" if each.working else "off", name=each.name, source=each.source)
            for day, each in (await asyncio.to_thread(_read, sent.get("days", ""), year)).items()
        ]
        await clocks.import_notice(request, year, told(Notice, {"days": days}))
    except Problem as problem:
        return await _calendar(request, year, problem=problem, text=sent.get("days", ""))
    return RedirectResponse(f"/routing/admin/calendar/{year}?done=1", 303)


def _read(text: str, year: int) -> dict[date, Any]:
    """The lines of a notice, by the same reader as `gridloop calendar import`. Raises Invalid."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "notice.csv"
        file.write_text(text.lstrip(), encoding="utf-8")
        try:
            return dict(notices_kept.days_of(file, year))
        except ValueError as error:
            raise invalid("days", str(error), "one day a line: date,kind,name,source; kind is off or work") from None


async def _calendar(request: Request, year: int, *, problem: Problem | None = None, text: str = "") -> Response:
    return PAGES.render(
        request, "calendar.html", year=year, seen=await clocks.calendar(request, year), problem=problem, text=text
    )
