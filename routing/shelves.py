"""How the catalogue lies in the database: city and lists as rows, written in bulk and read back as they were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from shapely.geometry import mapping, shape
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from routing.city import Address, AddressKind, City, Grid, GridKind, Level, Parity, Station, Unit
from routing.classifying import Classifier
from routing.list_shelves import lists_from, plain, put, put_lists, rows_of
from routing.lists import Lists
from routing.models import (
    AddressRow,
    CatalogueState,
    ClassifierRow,
    DutyRow,
    GridRow,
    IssueRow,
    ListState,
    ListVersion,
    OrganisationRow,
    ResponsibilityRow,
    StationRow,
)
from services import identity
from services.clocks import now

Branch = TypeVar("Branch", Grid, Unit)


@dataclass(frozen=True)
class CityRows:
    """The rows of the city."""

    grids: Sequence[GridRow]
    addresses: Sequence[AddressRow]
    stations: Sequence[StationRow]
    organisations: Sequence[tuple[OrganisationRow, str, str, str | None]]


@dataclass(frozen=True)
class ListRows:
    """The rows of the published lists, and the weights of the model they name."""

    version: int
    issues: Sequence[IssueRow]
    responsibilities: Sequence[ResponsibilityRow]
    classifier: bytes


async def read_city(session: AsyncSession) -> CityRows:
    """The grids and the units that are open now."""
    units = (
        select(OrganisationRow, identity.Unit.name, identity.Unit.level, identity.Unit.parent)
        .join(identity.Unit, identity.Unit.code == OrganisationRow.unit)
        .where(identity.Unit.closed_at.is_(None))
        .order_by(identity.Unit.path)
    )
    return CityRows(
        grids=(await session.scalars(select(GridRow).where(GridRow.valid_to.is_(None)))).all(),
        addresses=(await session.scalars(select(AddressRow).order_by(AddressRow.id))).all(),
        stations=(await session.scalars(select(StationRow))).all(),
        organisations=[(row, name, level, parent) for row, name, level, parent in await session.execute(units)],
    )


async def read_lists(session: AsyncSession) -> ListRows:
    """The published lists and their model."""
    published = select(ListVersion.number, ListVersion.model).where(ListVersion.state == ListState.PUBLISHED)
    version, model = (await session.execute(published)).one()
    weights = select(ClassifierRow.weights).where(ClassifierRow.version == model)
    issues, duties = await rows_of(session, version)
    return ListRows(version, issues, duties, (await session.scalars(weights)).one())


def city_of(rows: CityRows) -> City:
    """The city without its people: the matcher names units, not persons.

    What hangs on an ended grid or a closed unit is not in it, so that no chain breaks off.
    """
    grids = _rooted(map(_grid, rows.grids))
    known = {grid.code for grid in grids}
    return City(
        grids=grids,
        addresses=tuple(_address(row) for row in rows.addresses if row.grid in known),
        units=_rooted(_unit(*row) for row in rows.organisations if row[0].grid in known),
        people=(),
        stations=tuple(_station(row) for row in rows.stations if row.grid in known),
    )


def lists_of(rows: ListRows) -> Lists:
    return lists_from(rows.issues, rows.responsibilities)


def _rooted(rows: Iterable[Branch]) -> tuple[Branch, ...]:
    """Those that hang together up to the top, by depth and code: none stands before the one it hangs on."""
    by_parent: dict[str | None, list[Branch]] = {}
    for row in sorted(rows, key=lambda row: row.code):
        by_parent.setdefault(row.parent, []).append(row)
    rooted = by_parent.get(None, [])
    for row in rooted:
        rooted.extend(by_parent.get(row.code, ()))
    return tuple(rooted)


def _grid(row: GridRow) -> Grid:
    return Grid(
        code=row.code,
        name=row.name,
        kind=GridKind(row.kind),
        parent=row.parent,
        level=Level(row.level),
        district=row.district,
        covered_by=row.covered_by,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        boundary_source=row.boundary_source,
        geometry=shape(row.boundary) if row.boundary else None,
        aliases=tuple(row.aliases),
    )


def _address(row: AddressRow) -> Address:
    return Address(
        grid=row.grid, kind=AddressKind(row.kind), name=row.name, parity=Parity(row.parity), low=row.low, high=row.high
    )


def _station(row: StationRow) -> Station:
    return Station(
        grid=row.grid,
        name=row.name,
        address=row.address,
        services=tuple(row.services),
        hours=row.hours,
        phone=row.phone,
    )


def _unit(row: OrganisationRow, name: str, level: str, parent: str | None) -> Unit:
    return Unit(
        code=row.unit,
        name=name,
        level=Level(level),
        function=row.function,
        parent=parent,
        grid=row.grid,
        grassroots=row.grassroots,
        district=row.district,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


async def write(session: AsyncSession, city: City, lists: Lists, classifier: Classifier) -> None:
    """Import a whole city and its first published lists into an empty catalogue."""
    await put(session, GridRow, [grid_row(grid) for grid in city.grids])
    districts = {grid.code: grid.district for grid in city.grids}
    await put(session, AddressRow, [{**plain(each), "district": districts[each.grid]} for each in city.addresses])
    await put(session, StationRow, [_station_row(each, districts[each.grid]) for each in city.stations])
    await _write_units(session, city)
    await _write_people(session, city, districts)
    await put_model(session, classifier)
    await _write_lists(session, lists, classifier.version)
    await touch(session)


async def put_model(session: AsyncSession, classifier: Classifier) -> None:
    """A model is kept once, under the name of what it was made from."""
    model = {"version": classifier.version, "made_at": now(), "weights": classifier.to_bytes()}
    await session.execute(upsert(ClassifierRow).values(model).on_conflict_do_nothing())


async def touch(session: AsyncSession, *, city: bool = True) -> None:
    """The catalogue has changed: every process loads it anew; the city only where that has changed."""
    first = upsert(CatalogueState).values(id=1, version=1, city=1)
    grown = {"version": CatalogueState.version + 1}
    if city:
        grown["city"] = CatalogueState.city + 1
    await session.execute(first.on_conflict_do_update(index_elements=["id"], set_=grown))


def grid_row(grid: Grid) -> dict[str, Any]:
    row = plain(grid)
    geometry = row.pop("geometry")
    return {**row, "boundary": mapping(geometry) if geometry is not None else None}


def _station_row(station: Station, district: str) -> dict[str, Any]:
    return {**plain(station), "district": district}


async def _write_units(session: AsyncSession, city: City) -> None:
    paths: dict[str, str] = {}
    for unit in city.units:
        paths[unit.code] = f"{paths[unit.parent] if unit.parent else '/'}{unit.code}/"
    units = [
        {
            "code": each.code,
            "name": each.name,
            "level": each.level,
            "parent": each.parent,
            "path": paths[each.code],
            "closed_at": None,
            "version": 1,
        }
        for each in city.units
    ]
    organisations = [
        {
            "unit": each.code,
            "function": each.function,
            "grid": each.grid,
            "grassroots": each.grassroots,
            "district": each.district,
            "valid_from": each.valid_from,
            "valid_to": each.valid_to,
        }
        for each in city.units
    ]
    await put(session, identity.Unit, units)
    await put(session, OrganisationRow, organisations)


def person_id(code: str) -> UUID:
    """The id of a person of the starter city: the same at every import."""
    return uuid5(NAMESPACE_OID, f"gridloop:{code}")


async def _write_people(session: AsyncSession, city: City, districts: Mapping[str, str]) -> None:
    people = [
        {"id": person_id(each.code), "name": each.name, "machine": False, "active": True, "version": 1}
        for each in city.people
    ]
    grants = [
        {
            "id": uuid5(person_id(each.code), role),
            "person": person_id(each.code),
            "role": role,
            "unit": each.unit,
            "ended_at": None,
            "version": 1,
        }
        for each in city.people
        for role in each.roles
    ]
    duties = [
        {
            "id": uuid5(person_id(each.code), each.grid),
            "person": person_id(each.code),
            "title": each.duty,
            "unit": each.unit,
            "grid": each.grid,
            "district": districts[each.grid],
            "ended_at": None,
        }
        for each in city.people
    ]
    await put(session, identity.Person, people)
    await put(session, identity.RoleGrant, grants)
    await put(session, DutyRow, duties)


async def _write_lists(session: AsyncSession, lists: Lists, model: str, number: int = 1) -> None:
    """The lists that came with the software are published by nobody's hand."""
    at = now()
    version = {
        "number": number,
        "state": ListState.PUBLISHED,
        "author": None,
        "editors": [],
        "publisher": None,
        "made_at": at,
        "changed_at": at,
        "checked_at": at,
        "published_at": at,
        "superseded_at": None,
        "coverage": None,
        "override": None,
        "model": model,
        "revision": 1,
    }
    await put(session, ListVersion, [version])
    await put_lists(session, number, lists)
