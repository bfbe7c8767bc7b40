"""What the city can learn from its cases, as JSON or as a file. No figure is about a person."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from routing import sheets
from routing.analysis import figures
from routing.analysis import rising as rises
from routing.analysis.scope import Scope, scope
from routing.catalogue import current
from routing.city import Level
from routing.sheets import MEDIA, SheetForm
from routing.terms import terms
from services import audit
from services.clocks import now
from services.guarding import router

api = router(tags=["analysis"])
FILES: dict[str, Any] = {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()}
ANSWERS: dict[int | str, dict[str, Any]] = {200: {"content": FILES, "description": "The figures, or the file of them."}}
DEFAULT_DAYS = 56


class Asked(BaseModel):
    """Cases received in these days, in your subtree; `format` makes a file of it."""

    model_config = ConfigDict(extra="forbid")
    first: date | None = Field(None, description="The first day; by default 56 days before the last.")
    last: date | None = Field(None, description="The last day; by default yesterday.")
    issue: str | None = Field(None, max_length=40, description="An issue, or a class with all its issues.")
    grid: str | None = Field(None, max_length=64, description="A grid and all below it.")
    format: SheetForm | None = None


class AskedRising(Asked):
    weeks: int = Field(8, ge=4, le=52, description="How many weeks the last one is held against.")
    level: Level = Field(Level.COMMITTEE, description="The height of the grids that are counted in.")


class AskedPlaces(Asked):
    fewest: int = Field(3, ge=2, le=1000, description="So many cases make a repeat place.")


class Figures(BaseModel):
    """The period and its lines; what each column means is in docs/analysis.md."""

    first: date
    last: date
    lines: list[dict[str, Any]]


@api.get("/v1/analysis/rising", summary="What is rising where", response_model=Figures, responses=ANSWERS)
async def rising(request: Request, asked: Annotated[AskedRising, Query()]) -> Response:
    """The last whole week (Monday to Sunday) against the weeks before it, most surprising first."""
    zone = terms(request.app.state.settings).calendar.zone
    first, last = period(asked, _yesterday(request))
    async with request.app.state.database.unit() as session:
        found = scope(request.state.actor, first=first, last=last, zone=zone, issue=asked.issue, grid=asked.grid)
        city = (await current(session)).city
        lines = await rises.rising(session, found, weeks=asked.weeks, level=asked.level, city=city, zone=zone.key)
        return await _answer(request, session, "rising", rises.COLUMNS, lines, asked, first, last)


def period(asked: Asked, yesterday: date) -> tuple[date, date]:
    """The first and the last day. Of what rises whole weeks only: the last Sunday up to the day that was asked for, and
    as many weeks before as are needed."""
    last = asked.last or yesterday
    if not isinstance(asked, AskedRising):
        return asked.first or last - timedelta(days=DEFAULT_DAYS - 1), last
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return sunday - timedelta(days=7 * (asked.weeks + 1) - 1), sunday


@api.get("/v1/analysis/repeat-places", summary="Repeat places", response_model=Figures, responses=ANSWERS)
async def repeat_places(request: Request, asked: Annotated[AskedPlaces, Query()]) -> Response:
    async with request.app.state.database.unit() as session:
        found, first, last = _scope(request, asked)
        lines = await figures.repeat_places(session, found, fewest=asked.fewest)
        return await _answer(request, session, "repeat-places", figures.REPEAT_PLACES, lines, asked, first, last)


@api.get("/v1/analysis/slow-steps", summary="Slow steps", response_model=Figures, responses=ANSWERS)
async def slow_steps(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    async with request.app.state.database.unit() as session:
        found, first, last = _scope(request, asked)
        lines = await figures.slow_steps(session, found)
        return await _answer(request, session, "slow-steps", figures.SLOW_STEPS, lines, asked, first, last)


@api.get("/v1/analysis/disputes-by-row", summary="Disputes by list row", response_model=Figures, responses=ANSWERS)
async def disputes_by_row(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    async with request.app.state.database.unit() as session:
        found, first, last = _scope(request, asked)
        lines = await figures.disputes_by_row(session, found)
        return await _answer(request, session, "disputes-by-row", figures.DISPUTED_ROWS, lines, asked, first, last)


@api.get("/v1/analysis/share-in-area", summary="片区内办结", response_model=Figures, responses=ANSWERS)
async def share_in_area(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    async with request.app.state.database.unit() as session:
        found, first, last = _scope(request, asked)
        lines = await figures.share_in_area(session, found, city=(await current(session)).city)
        return await _answer(request, session, "share-in-area", figures.IN_AREA, lines, asked, first, last)


@api.get("/v1/analysis/visits", summary="走访发现", response_model=Figures, responses=ANSWERS)
async def visits(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    async with request.app.state.database.unit() as session:
        found, first, last = _scope(request, asked)
        lines = await figures.visits(session, found)
        return await _answer(request, session, "visits", figures.VISITS, lines, asked, first, last)


def _scope(request: Request, asked: Asked) -> tuple[Scope, date, date]:
    first, last = period(asked, _yesterday(request))
    zone = terms(request.app.state.settings).calendar.zone
    made = scope(request.state.actor, first=first, last=last, zone=zone, issue=asked.issue, grid=asked.grid)
    return made, first, last


def _yesterday(request: Request) -> date:
    today = now().astimezone(terms(request.app.state.settings).calendar.zone).date()
    return today - timedelta(days=1)


async def _answer(
    request: Request,
    session: Any,
    name: str,
    columns: Mapping[str, str],
    lines: list[dict[str, Any]],
    asked: Asked,
    first: date,
    last: date,
) -> Response:
    """As JSON, or as a file, which is written down."""
    if asked.format is None:
        told = Figures(first=first, last=last, lines=lines)
        return Response(told.model_dump_json(), media_type="application/json")
    facts: dict[str, Any] = {
        "form": asked.format.value,
        "rows": len(lines),
        "first": first.isoformat(),
        "last": last.isoformat(),
    }
    await audit.record(session, "analysis.exported", name, actor=request.state.actor, **facts)
    make = sheets.csv_of(columns, lines) if asked.format is SheetForm.CSV else sheets.book_of(columns, lines, name)
    named = {"Content-Disposition": f'attachment; filename="{name}.{asked.format}"'}
    return Response(make, media_type=MEDIA[asked.format], headers=named)
