"""管理 · 单位与网格职责: the tree of units, a new one below it, and who stands for a grid (包保, 结对)."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from routing.api import catalogue, grid_people, people, places
from routing.api.grid_people import NewDuty
from routing.api.people import NewUnit
from routing.city import Level
from routing.pages.office import PAGES, told
from services.problems import NotFound, Problem
from services.staff_pages import fields, page_router

unit_pages = page_router()


class Ended(BaseModel):
    """The duty that is over."""

    duty: UUID


@unit_pages.get("/admin/units", response_model=None)
async def listed(request: Request) -> Response:
    return await _units(request, request.query_params.get("parent") or _top(request))


@unit_pages.post("/admin/units", response_model=None)
async def add(request: Request) -> Response:
    sent = await fields(request)
    try:
        await people.add_unit(request, told(NewUnit, sent))
    except Problem as problem:
        return await _units(request, sent.get("parent") or _top(request), problem=problem, sent=sent)
    return RedirectResponse(f"/routing/admin/units?parent={sent['parent']}&done=1", 303)


def _top(request: Request) -> str:
    """The highest unit that the person's roles reach."""
    return str(min(request.state.actor.grants, key=lambda grant: len(grant.path)).unit)


async def _units(
    request: Request, parent: str, *, problem: Problem | None = None, sent: Mapping[str, str] | None = None
) -> Response:
    asked, known = request.query_params, (await catalogue.catalogue_of(request)).city
    q = asked.get("q") or None
    page = await places.units(request, None if q else parent, q, asked.get("cursor"), 50)
    try:
        chain = [known.unit(parent)]
    except LookupError:
        raise NotFound from None
    while above := chain[-1].parent:
        chain.append(known.unit(above))
    return PAGES.render(
        request, "units.html", page=page, chain=chain[::-1], parent=parent, q=q or "",
        levels=[each.value for each in Level], problem=problem, sent=sent or {},
    )  # fmt: skip


@unit_pages.get("/admin/duties", response_model=None)
async def duties(request: Request) -> Response:
    return await _duties(request, request.query_params.get("grid", ""))


@unit_pages.post("/admin/duties", response_model=None)
async def change(request: Request) -> Response:
    """Gives a duty; with the id of one, ends it."""
    sent = await fields(request)
    grid = sent.pop("grid", "")
    try:
        if ended := sent.get("duty"):
            await grid_people.end_duty(request, grid, told(Ended, {"duty": ended}).duty)
        else:
            await grid_people.give_duty(request, grid, told(NewDuty, sent))
    except Problem as problem:
        return await _duties(request, grid, problem=problem, sent=sent)
    return RedirectResponse(f"/routing/admin/duties?grid={grid}&done=1", 303)


async def _duties(
    request: Request, grid: str, *, problem: Problem | None = None, sent: Mapping[str, str] | None = None
) -> Response:
    q = request.query_params.get("q") or None
    found = await places.grids(request, None, None, q, None, 30) if q else None
    here = await places.grid(request, grid) if grid else None
    standing = await grid_people.people_of_grid(request, grid) if here else None
    return PAGES.render(
        request, "duties.html", q=q or "", found=found, here=here, standing=standing, problem=problem, sent=sent or {}
    )
