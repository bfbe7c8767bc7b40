"""What an order is matched by, to read: grids, units, the two lists; and a match as a dry run."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from shapely.geometry import mapping

from routing.catalogue import Catalogue, NoCatalogue, current
from routing.city import Grid, Station, Unit
from routing.initials import PLAIN, by_letters, fitting
from routing.lists import Issue, Responsibility
from routing.matching import Match, Question, answer_of_list, match
from routing.schemas import Code
from routing.states import ItemType
from routing.terms import terms
from services.application import NotReady, router
from services.clocks import now
from services.messages import Location, Place
from services.problems import NotFound, invalid
from services.requests import cursor, position

Row = TypeVar("Row")
api = router(tags=["lists"])
Limited = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(alias="cursor", description="`next` of the page before.")]
Search = Annotated[
    str | None,
    Query(
        max_length=60,
        description="Part of a name or of a code, or the initials of the pinyin (`rj` for 瑞金); "
        "what begins with it comes first.",
    ),
]


class Asked(BaseModel):
    """A report as far as it is known; nothing of it is kept."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "description": "楼道里堆满了电动车，有人飞线充电，怕着火。",
                    "address": "瑞金二路街道永嘉居委会",
                    "item_type": "complaint",
                }
            ]
        },
    )
    description: str = Field("", max_length=10_000)
    issue_code: Code | None = None
    address: str | None = Field(None, max_length=300)
    grid_code: Code | None = None
    district_code: Code | None = None
    location: Location | None = None
    item_type: ItemType | None = None

    def question(self) -> Question:
        place = Place(address=self.address, grid=self.grid_code, district=self.district_code, location=self.location)
        return Question(text=self.description, issue=self.issue_code, place=place, item_type=self.item_type)


class Named(BaseModel):
    code: str
    name: str


class Answered(BaseModel):
    """Who would get it, and why. Where `sure` is false a dispatcher decides; `candidates` are what it could be."""

    sure: bool
    confidence: float
    issue: Named | None
    grid: Named | None
    chain: list[Named]
    lead: Named | None
    co_units: list[Named]
    grade: str | None
    limit: str | None
    power: str | None
    issue_candidates: list[Named]
    grid_candidates: list[Named]
    explanation: dict[str, Any]


@api.post("/v1/matches", response_model=Answered, summary="Who would be responsible, and why? (a dry run)")
async def matches(request: Request, asked: Asked) -> Answered:
    if not (asked.description or asked.issue_code):
        raise invalid("description", "is told, or an issue_code", "send the words of the report")
    catalogue = await catalogue_of(request)
    _check(asked, catalogue)
    known = terms(request.app.state.settings)
    found = match(asked.question(), catalogue, day=today(request), threshold=known.issue_threshold)
    return answered(found, catalogue)


def _check(asked: Asked, catalogue: Catalogue) -> None:
    """Raises Invalid for an issue or a grid that does not exist; an unknown district is no help and no fault."""
    if asked.issue_code and asked.issue_code not in catalogue.lists.issues:
        raise invalid("issue_code", "is a code of the issue list", "look it up under /v1/issues")
    if asked.grid_code and not _grid_at(asked.grid_code, catalogue):
        raise invalid("grid_code", "is the code of a grid", "look it up under /v1/grids")


def known_only(asked: Asked, catalogue: Catalogue) -> Asked:
    """Without codes that there are none of: advice on a form must not fail for them."""
    issue = asked.issue_code if asked.issue_code in catalogue.lists.issues else None
    grid = asked.grid_code if asked.grid_code and _grid_at(asked.grid_code, catalogue) else None
    return asked.model_copy(update={"issue_code": issue, "grid_code": grid})


def _grid_at(code: str, catalogue: Catalogue) -> Grid | None:
    try:
        return catalogue.city.grid(code)
    except LookupError:
        return None


def answered(found: Match, catalogue: Catalogue) -> Answered:
    city, issues = catalogue.city, catalogue.lists.issues
    chain = city.chain(found.grid) if found.grid else ()
    issue = issues.find(found.issue) if found.issue else None
    guessed = [code for code, _ in found.guess.candidates] if found.guess else []
    limit = found.duty_limit or (issue.limit if issue else None)
    return Answered(
        sure=found.sure,
        confidence=found.confidence,
        issue=_named(issue),
        grid=_named(chain[0]) if chain else None,
        chain=[Named(code=each.code, name=each.name) for each in chain],
        lead=_named(city.unit(found.lead)) if found.lead else None,
        co_units=[Named(code=code, name=city.unit(code).name) for code in found.co_units],
        grade=found.grade,
        limit=str(limit) if limit else None,
        power=found.power,
        issue_candidates=[Named(code=code, name=issues.find(code).name) for code in guessed if code in issues],
        grid_candidates=[Named(code=code, name=city.grid(code).name) for code in found.place.candidates],
        explanation=found.explanation,
    )


def _named(row: Grid | Unit | Issue | None) -> Named | None:
    return Named(code=row.code, name=row.name) if row else None


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


class IssueSeen(BaseModel):
    """A row of the issue list (问题清单)."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    parent: str | None
    name: str
    grade: str
    limit: str
    filing_condition: str
    closing_condition: str
    evidence: bool
    reserved_to: str | None
    reserved_basis: str | None
    public: bool
    phrases: list[str]
    questions: list[str]
    keywords: list[str]

    @classmethod
    def of(cls, issue: Issue) -> "IssueSeen":
        facts = {name: getattr(issue, name) for name in cls.model_fields}
        lists = {name: list(facts[name]) for name in ("phrases", "questions", "keywords")}
        return cls(**{**facts, **lists, "limit": str(issue.limit)})


class IssuePage(BaseModel):
    items: list[IssueSeen]
    next: str | None


@api.get("/v1/issues", response_model=IssuePage, summary="The issue list (问题清单)")
async def issues(
    request: Request, parent: str | None = None, q: Search = None, cursor_: Cursor = None, limit: Limited = 50
) -> IssuePage:
    catalogue = await catalogue_of(request)
    rows = [each for each in catalogue.lists.issues if not parent or each.parent == parent]
    found = await sought(catalogue, q, rows, lambda each: (each.name, each.code), lambda each: each.phrases)
    page, following = paged(found, cursor_, limit)
    return IssuePage(items=[IssueSeen.of(each) for each in page], next=following)


@api.get("/v1/issues/{code}", response_model=IssueSeen, summary="One issue")
async def issue(request: Request, code: Annotated[str, Path()]) -> IssueSeen:
    found = (await catalogue_of(request)).lists.issues
    if code not in found:
        raise NotFound
    return IssueSeen.of(found.find(code))


class DutySeen(BaseModel):
    """A row of the responsibility list (责任清单)."""

    row: str
    issue: str
    scope_kind: str
    scope: str | None
    lead: str
    co: list[str]
    power: str
    limit: str | None
    legal_basis: str | None
    handed_down: bool
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, row: Responsibility) -> "DutySeen":
        facts = {name: getattr(row, name) for name in cls.model_fields}
        return cls(**{**facts, "co": list(row.co), "limit": str(row.limit) if row.limit else None})


class DutyPage(BaseModel):
    """`winner`, `lead` and `lost` answer for one issue at one place; without both they are empty."""

    items: list[DutySeen]
    next: str | None
    winner: str | None = None
    lead: Named | None = None
    lost: list[dict[str, str]] = []


@api.get("/v1/responsibilities", response_model=DutyPage, summary="The responsibility list (责任清单)")
async def responsibilities(
    request: Request,
    issue: Annotated[str | None, Query(description="Only rows that fit this issue.")] = None,
    grid: Annotated[str | None, Query(description="With an issue: which row wins at this place.")] = None,
    cursor_: Cursor = None,
    limit: Limited = 50,
) -> DutyPage:
    catalogue = await catalogue_of(request)
    rows = catalogue.lists.responsibilities.rows
    if issue:
        if issue not in catalogue.lists.issues:
            raise invalid("issue", "is a code of the issue list", "look it up under /v1/issues")
        lineage = catalogue.lists.issues.find(issue).lineage
        rows = tuple(row for row in rows if row.issue in lineage)
    page, following = paged(rows, cursor_, limit)
    answer = DutyPage(items=[DutySeen.of(row) for row in page], next=following)
    return _decided(answer, catalogue, issue, grid, today(request)) if issue and grid else answer


def _decided(answer: DutyPage, catalogue: Catalogue, issue: str, grid: str, day: date) -> DutyPage:
    if _grid_at(grid, catalogue) is None:
        raise invalid("grid", "is the code of a grid", "look it up under /v1/grids")
    row, lead, lost = answer_of_list(catalogue, issue=issue, grid=grid, day=day)
    return answer.model_copy(update={"winner": row, "lead": _named(lead), "lost": lost})


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


async def catalogue_of(request: Request) -> Catalogue:
    try:
        async with request.app.state.database.unit() as session:
            return await current(session)
    except NoCatalogue:
        raise NotReady(NoCatalogue.__doc__ or "") from None


def today(request: Request) -> date:
    return now().astimezone(terms(request.app.state.settings).calendar.zone).date()


async def sought(
    catalogue: Catalogue,
    q: str | None,
    rows: Iterable[Row],
    names: Callable[[Row], Iterable[str]],
    words: Callable[[Row], Iterable[str]] = lambda _: (),
) -> Iterable[Row]:
    """The rows that fit a search; the table of initials is made aside at its first use."""
    wanted = (q or "").strip()
    if not wanted:
        return rows
    initials = await asyncio.to_thread(lambda: catalogue.initials) if by_letters(wanted) else PLAIN
    return fitting(rows, initials.pattern(wanted), names, words, wanted.lower())


def paged(rows: Iterable[Row], sent: str | None, limit: int) -> tuple[Sequence[Row], str | None]:
    """A page of what lies in memory: the cursor is the number of the next row."""
    found = list(rows)
    start = position(sent).get("row", 0) if sent else 0
    if not isinstance(start, int) or start < 0:
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor")
    end = start + limit
    return found[start:end], cursor(row=end) if end < len(found) else None
