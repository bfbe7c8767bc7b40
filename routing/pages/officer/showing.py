"""The officer's pages: the list, one case, and the worker that keeps both on the phone."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from fastapi import Request, Response
from fastapi.responses import FileResponse

from routing import orders, photos, views, worklists
from routing.catalogue import Catalogue, NoCatalogue, current
from routing.city import CITY, Unit
from routing.details import OrderView
from routing.list_filters import Filters
from routing.models import Photo
from routing.pages.officer import telling
from routing.pages.officer.pressing import press_move, press_photo
from routing.states import Stage
from routing.terms import terms
from services.clocks import now
from services.pages import STYLES
from services.problems import Problem
from services.staff_pages import StaffPages, page_router

Shelf = Literal["mine", "unit", "checked"]
SHELVES: dict[str, tuple[str, dict[str, Any]]] = {
    "mine": ("我的", {"mine": True, "stage": Stage.HANDLE}),
    "unit": ("本单位", {"stage": Stage.HANDLE}),
    "checked": ("待核查", {"mine": True, "stage": Stage.SUPERVISE}),
}
PAGE = 30
pages = page_router()
PAGES = StaffPages(Path(__file__).parent)


@pages.get("/mine", response_model=None)
async def show_list(request: Request, shelf: Shelf = "mine", cursor: str | None = None) -> Response:
    """What rings is first, then what is due first."""
    actor, zone, at = request.state.actor, terms(request.app.state.settings).calendar.zone, now()
    filters = Filters(sort="due", limit=PAGE, cursor=cursor, **SHELVES[shelf][1])
    async with request.app.state.database.unit() as session:
        await worklists.reading(session)
        found = await worklists.wanted(session, filters, actor=actor, at=at, zone=zone)
        rows, following = await worklists.page(session, found, after=filters.cursor, limit=PAGE)
    lines = sorted((views.line(row, zone) for row in rows), key=lambda line: not line.rings)
    shown = [(line, telling.clocks(line, at)) for line in lines]
    facts: dict[str, Any] = {
        "shelf": shelf,
        "shelves": SHELVES,
        "lines": shown,
        "next": following,
        "first": cursor is None,
    }
    return PAGES.render(request, "mine.html", **facts, **_common(request))


@pages.get("/mine/worker.js", response_model=None)
async def worker(request: Request) -> Response:
    """The service worker, allowed for the officer's pages alone."""
    headers = {"Service-Worker-Allowed": "/routing/mine", "Cache-Control": "no-cache"}
    return FileResponse(STYLES.parent / "field-worker.js", media_type="text/javascript", headers=headers)


@pages.post("/mine/photos/{case_no}", response_model=None)
async def add_photo(request: Request, case_no: str) -> Response:
    return await press_photo(request, case_no, _refused)


@pages.get("/mine/{case_no}", response_model=None)
async def show_case(request: Request, case_no: str, made: str = "") -> Response:
    return await _case(request, case_no, made=made)


@pages.post("/mine/{case_no}/{move}", response_model=None)
async def move_case(request: Request, case_no: str, move: str) -> Response:
    return await press_move(request, case_no, move, _refused)


async def _refused(request: Request, case_no: str, problem: Problem, sent: dict[str, str]) -> Response:
    """The case as it is now, with what stands against it; where there is none any more, the problem's own page."""
    try:
        return await _case(request, case_no, status=problem.status, problem=telling.message(problem), sent=sent)
    except Problem:
        raise problem from None


async def _case(request: Request, case_no: str, *, status: int = 200, **facts: Any) -> Response:
    zone, actor = terms(request.app.state.settings).calendar.zone, request.state.actor
    async with request.app.state.database.unit() as session:
        order = await orders.find(session, case_no, actor=actor)
        view = await views.whole(session, order, actor=actor, zone=zone)
        pictures = await photos.of_order(session, case_no)
        catalogue = await _catalogue(session)
    told = {"problem": None, "made": "", **facts, "sent": defaultdict(str, facts.get("sent", {}))}
    shown = {
        "order": view,
        "clocks": telling.clocks(view, now()),
        "photos": pictures,
        "lost": _lost(view, catalogue),
        "units": _units(view, catalogue) if "dispute" in (view.moves or ()) else [],
        "has_proof": _has_proof(view, pictures),
    }
    return PAGES.render(request, "case.html", status=status, **shown, **told, **_common(request))


async def _catalogue(session: Any) -> Catalogue | None:
    try:
        return await current(session)
    except NoCatalogue:
        return None


def _has_proof(view: OrderView, pictures: Sequence[Photo]) -> bool:
    return not view.evidence_needed or any(each.round == view.round for each in pictures)


def _common(request: Request) -> dict[str, Any]:
    return {
        "states": telling.STATES,
        "item_types": telling.ITEM_TYPES,
        "channels": telling.CHANNELS,
        "terms": telling.TERMS,
        "person": request.state.actor.person,
        "as_of": now(),
    }


def _lost(view: OrderView, catalogue: Catalogue | None) -> list[tuple[str, str]]:
    """The rows that lost against the one that decided: whose they were, and why they lost."""
    rows = view.explanation.get("lost") or ()
    return [(_name(row["lead"], catalogue), row["reason"]) for row in rows]


def _name(code: str, catalogue: Catalogue | None) -> str:
    try:
        return catalogue.city.unit(code).name if catalogue else code
    except LookupError:
        return code


def _units(view: OrderView, catalogue: Catalogue | None) -> list[tuple[str, list[Unit]]]:
    """Whom a dispute can propose: units with a function of their own over the place, the nearest first."""
    if catalogue is None:
        return []
    chain = [grid.code for grid in catalogue.city.chain(view.grid.code)] if view.grid else [CITY]
    own = view.lead.code if view.lead else None
    groups = [
        (code, [each for each in catalogue.city.units if each.grid == code and each.function and each.code != own])
        for code in chain
    ]
    return [(catalogue.city.grid(code).name, found) for code, found in groups if found]
