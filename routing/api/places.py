"""Grids and units, to read."""

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Request
from pydantic import BaseModel
from shapely.geometry import mapping

from routing.api.catalogue import Cursor, Limited, Named, Search, catalogue_of, paged, sought
from routing.city import Grid, Station, Unit
from services.guarding import router
from services.problems import NotFound

api = router(tags=["lists"])


class GridSeen(BaseModel):
    """A grid in a list."""

    code: str
    name: str
    kind: str
    level: str
    parent: str | None
    district: str
    covered_by: str | None

    @classmethod
    def of(cls, grid: Grid) -> "GridSeen":
        return cls(
            code=grid.code, name=grid.name, kind=grid.kind, level=grid.level, parent=grid.parent,
            district=grid.district, covered_by=grid.covered_by,
        )  # fmt: skip


class GridPage(BaseModel):
    items: list[GridSeen]
    next: str | None


class StationSeen(BaseModel):
    """Where people walk in; the phone is the office's."""

    name: str
    address: str
    services: list[str]
    hours: str
    phone: str


class GridWhole(GridSeen):
    """A grid with all that belongs to it; the boundary is GeoJSON, WGS-84."""

    chain: list[Named]
    children: list[Named]
    unit: Named
    station: StationSeen | None
    boundary: dict[str, Any] | None
    boundary_source: str | None
    valid_from: date


@api.get("/v1/grids", response_model=GridPage, summary="Grids: below one, of a kind, or by name")
async def grids(
    request: Request,
    parent: str | None = None,
    kind: str | None = None,
    q: Search = None,
    cursor_: Cursor = None,
    limit: Limited = 50,
) -> GridPage:
    catalogue = await catalogue_of(request)
    wanted = catalogue.city.children(parent) if parent else catalogue.city.grids
    rows = [each for each in wanted if not kind or each.kind == kind]
    found = await sought(catalogue, q, rows, lambda each: (each.name, each.code, *each.aliases))
    page, following = paged(found, cursor_, limit)
    return GridPage(items=[GridSeen.of(each) for each in page], next=following)


@api.get("/v1/grids/{code}", response_model=GridWhole, summary="One grid: where it lies, whose it is")
async def grid(request: Request, code: Annotated[str, Path()]) -> GridWhole:
    city = (await catalogue_of(request)).city
    try:
        chain = city.chain(code)
    except LookupError:
        raise NotFound from None
    unit = city.unit_chain(code)[0]
    station = next((each for each in city.stations if each.grid == code), None)
    return GridWhole(
        **GridSeen.of(chain[0]).model_dump(),
        chain=[Named(code=each.code, name=each.name) for each in chain],
        children=[Named(code=each.code, name=each.name) for each in city.children(code)],
        unit=Named(code=unit.code, name=unit.name),
        station=station_seen(station) if station else None,
        boundary=mapping(chain[0].geometry) if chain[0].geometry is not None else None,
        boundary_source=chain[0].boundary_source,
        valid_from=chain[0].valid_from,
    )


def station_seen(station: Station) -> StationSeen:
    return StationSeen(
        name=station.name, address=station.address, services=list(station.services), hours=station.hours,
        phone=station.phone,
    )  # fmt: skip


class UnitSeen(BaseModel):
    """A unit of the unit tree; `function` is empty for what stands for a whole grid."""

    code: str
    name: str
    level: str
    function: str | None
    parent: str | None
    grid: str
    grassroots: bool

    @classmethod
    def of(cls, unit: Unit) -> "UnitSeen":
        return cls(**{name: getattr(unit, name) for name in cls.model_fields})


class UnitPage(BaseModel):
    items: list[UnitSeen]
    next: str | None


@api.get("/v1/units", response_model=UnitPage, summary="Units: below one, or by name")
async def units(
    request: Request, parent: str | None = None, q: Search = None, cursor_: Cursor = None, limit: Limited = 50
) -> UnitPage:
    catalogue = await catalogue_of(request)
    rows = [each for each in catalogue.city.units if not parent or each.parent == parent]
    page, following = paged(await sought(catalogue, q, rows, lambda each: (each.name, each.code)), cursor_, limit)
    return UnitPage(items=[UnitSeen.of(each) for each in page], next=following)


@api.get("/v1/units/{code}", response_model=UnitSeen, summary="One unit")
async def unit(request: Request, code: Annotated[str, Path()]) -> UnitSeen:
    try:
        return UnitSeen.of((await catalogue_of(request)).city.unit(code))
    except LookupError:
        raise NotFound from None
