"""How the catalogue lies in the database: city and lists as rows, written in bulk and read back as they were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from shapely.geometry import mapping, shape
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from routing.city import Address, AddressKind, City, Grid, GridKind, Level, Parity, Station, Unit
from routing.classifying import Classifier
from routing.lists import Issue, IssueList, Lists, Power, Responsibility, ResponsibilityList, ScopeKind
from routing.lists.rows import Grade
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
from services.limits import Limit, LimitUnit

AT_ONCE = 1000
Branch = TypeVar("Branch", Grid, Unit)


@dataclass(frozen=True)
class Rows:
    """The rows of one snapshot."""

    grids: Sequence[GridRow]
    addresses: Sequence[AddressRow]
    stations: Sequence[StationRow]
    organisations: Sequence[tuple[OrganisationRow, str, str, str | None]]
    lists_version: int
    issues: Sequence[IssueRow]
    responsibilities: Sequence[ResponsibilityRow]
    classifier: bytes


async def read(session: AsyncSession) -> Rows:
    """All rows of the snapshot that holds now: open grids and units, the published lists, their model."""
    version = (await session.scalars(select(ListVersion.number).where(ListVersion.state == ListState.PUBLISHED))).one()
    units = (
        select(OrganisationRow, identity.Unit.name, identity.Unit.level, identity.Unit.parent)
        .join(identity.Unit, identity.Unit.code == OrganisationRow.unit)
        .where(identity.Unit.closed_at.is_(None))
        .order_by(identity.Unit.path)
    )
    issues = select(IssueRow).where(IssueRow.version == version).order_by(IssueRow.position)
    duties = select(ResponsibilityRow).where(ResponsibilityRow.version == version).order_by(ResponsibilityRow.position)
    newest = select(ClassifierRow.weights).order_by(ClassifierRow.made_at.desc(), ClassifierRow.version).limit(1)
    return Rows(
        grids=(await session.scalars(select(GridRow).where(GridRow.valid_to.is_(None)))).all(),
        addresses=(await session.scalars(select(AddressRow).order_by(AddressRow.id))).all(),
        stations=(await session.scalars(select(StationRow))).all(),
        organisations=[(row, name, level, parent) for row, name, level, parent in await session.execute(units)],
        lists_version=version,
        issues=(await session.scalars(issues)).all(),
        responsibilities=(await session.scalars(duties)).all(),
        classifier=(await session.scalars(newest)).one(),
    )


def city_of(rows: Rows) -> City:
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


def lists_of(rows: Rows) -> Lists:
    issues = IssueList(tuple(map(_issue, rows.issues)))
    return Lists(issues, ResponsibilityList(issues, tuple(map(_responsibility, rows.responsibilities))))


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


def _limit(amount: int | None, unit: str | None) -> Limit | None:
    return Limit(amount, LimitUnit(unit)) if amount is not None and unit is not None else None


def _issue(row: IssueRow) -> Issue:
    return Issue(
        code=row.code,
        parent=row.parent,
        name=row.name,
        grade=Grade(row.grade),
        limit=Limit(row.limit_amount, LimitUnit(row.limit_unit)),
        filing_condition=row.filing_condition,
        closing_condition=row.closing_condition,
        evidence=row.evidence,
        reserved_to=row.reserved_to,
        reserved_basis=row.reserved_basis,
        public=row.public,
        phrases=tuple(row.phrases),
        questions=tuple(row.questions),
        keywords=tuple(row.keywords),
    )


def _responsibility(row: ResponsibilityRow) -> Responsibility:
    return Responsibility(
        row=row.row,
        issue=row.issue,
        scope_kind=ScopeKind(row.scope_kind),
        scope=row.scope,
        lead=row.lead,
        co=tuple(row.co),
        power=Power(row.power),
        limit=_limit(row.limit_amount, row.limit_unit),
        legal_basis=row.legal_basis,
        handed_down=row.handed_down,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


async def write(session: AsyncSession, city: City, lists: Lists, classifier: Classifier) -> None:
    """Import a whole city and its first published lists into an empty catalogue."""
    await _put(session, GridRow, [_grid_row(grid) for grid in city.grids])
    districts = {grid.code: grid.district for grid in city.grids}
    await _put(session, AddressRow, [{**_plain(each), "district": districts[each.grid]} for each in city.addresses])
    await _put(session, StationRow, [_station_row(each, districts[each.grid]) for each in city.stations])
    await _write_units(session, city)
    await _write_people(session, city, districts)
    await _write_lists(session, lists)
    model = {"version": classifier.version, "made_at": now(), "weights": classifier.to_bytes()}
    await session.execute(upsert(ClassifierRow).values(model).on_conflict_do_nothing())
    await touch(session)


async def touch(session: AsyncSession) -> None:
    """The catalogue has changed: every process loads it anew."""
    first = upsert(CatalogueState).values(id=1, version=1)
    grown = {"version": CatalogueState.version + 1}
    await session.execute(first.on_conflict_do_update(index_elements=["id"], set_=grown))


async def _put(session: AsyncSession, table: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        await session.execute(insert(table), [dict(row) for row in rows[start : start + AT_ONCE]])


def _plain(row: Any) -> dict[str, Any]:
    """A dataclass's fields as columns: tuples are lists, words are text."""
    values = {name: getattr(row, name) for name in row.__dataclass_fields__}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _grid_row(grid: Grid) -> dict[str, Any]:
    row = _plain(grid)
    geometry = row.pop("geometry")
    return {**row, "boundary": mapping(geometry) if geometry is not None else None}


def _station_row(station: Station, district: str) -> dict[str, Any]:
    return {**_plain(station), "district": district}


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
    await _put(session, identity.Unit, units)
    await _put(session, OrganisationRow, organisations)


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
    await _put(session, identity.Person, people)
    await _put(session, identity.RoleGrant, grants)
    await _put(session, DutyRow, duties)


async def _write_lists(session: AsyncSession, lists: Lists, number: int = 1) -> None:
    """The lists that came with the software are published by nobody's hand."""
    version = {
        "number": number,
        "state": ListState.PUBLISHED,
        "author": None,
        "publisher": None,
        "made_at": now(),
        "checked_at": now(),
        "published_at": now(),
        "superseded_at": None,
    }
    await _put(session, ListVersion, [version])
    await _put(session, IssueRow, [issue_row(issue, number, place) for place, issue in enumerate(lists.issues)])
    rows = lists.responsibilities.rows
    await _put(session, ResponsibilityRow, [duty_row(row, number, place) for place, row in enumerate(rows)])


def issue_row(issue: Issue, version: int, position: int) -> dict[str, Any]:
    row = _plain(issue)
    limit = row.pop("limit")
    return {**row, "limit_amount": limit.amount, "limit_unit": limit.unit, "version": version, "position": position}


def duty_row(duty: Responsibility, version: int, position: int) -> dict[str, Any]:
    row = _plain(duty)
    limit = row.pop("limit")
    amount, unit = (limit.amount, limit.unit) if limit else (None, None)
    return {**row, "limit_amount": amount, "limit_unit": unit, "version": version, "position": position}
