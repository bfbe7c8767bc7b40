"""A city small enough to try every pair: two districts, streets with and without areas, closed units and grids."""

from datetime import date

from routing.city import City, Grid, GridKind, Level, Unit
from routing.lists import Grade, Issue, IssueList, Lists, Power, Responsibility, ResponsibilityList, ScopeKind
from services.limits import Limit, LimitUnit

SINCE = date(2023, 1, 1)
DAY = date(2025, 3, 3)


def grid(
    code: str,
    kind: GridKind,
    parent: str | None,
    *,
    covered_by: str | None = None,
    since: date = SINCE,
    until: date | None = None,
) -> Grid:
    return Grid(
        code=code,
        name=f"网格{code}",
        kind=kind,
        parent=parent,
        level=kind.level,
        district=code[:6],
        covered_by=covered_by,
        valid_from=since,
        valid_to=until,
    )


GRIDS = (
    grid("31", GridKind.CITY, None),
    grid("310101", GridKind.DISTRICT, "31"),
    grid("310104", GridKind.DISTRICT, "31"),
    grid("310101023", GridKind.STREET, "310101"),
    grid("310101024", GridKind.STREET, "310101"),
    grid("310104003", GridKind.STREET, "310104"),
    grid("310101023P01", GridKind.AREA, "310101023"),
    grid("310101023001", GridKind.COMMITTEE, "310101023P01"),
    grid("310101023002", GridKind.COMMITTEE, "310101023P01", until=date(2025, 6, 30)),
    grid("310101023Z01", GridKind.OFFICE, "310101023P01", covered_by="310101023001"),
    grid("310101023Z02", GridKind.MALL, "310101023P01"),
    grid("310101024001", GridKind.COMMITTEE, "310101024"),
    grid("310104003001", GridKind.COMMITTEE, "310104003", since=date(2025, 5, 1)),
    grid("310104003002", GridKind.COMMITTEE, "310104003"),
    grid("310101023001001", GridKind.MICRO, "310101023001"),
    grid("310101023001002", GridKind.MICRO, "310101023001"),
)
CODES = tuple(each.code for each in GRIDS)
CLOSED = {"310101023002": date(2025, 4, 30)}
"""Organisations that end before their grid does."""


def unit(code: str, level: Level, parent: str | None, function: str | None = None, until: date | None = None) -> Unit:
    return Unit(
        code=code,
        name=f"单位{code}",
        level=level,
        function=function,
        parent=parent,
        grid=parent if function and parent else code,
        grassroots=level.grassroots,
        district=code[:6],
        valid_from=SINCE,
        valid_to=until,
    )


def city() -> City:
    organised = [each for each in GRIDS if each.covered_by is None]
    units = [unit(each.code, each.level, each.parent, until=CLOSED.get(each.code)) for each in organised]
    units += [
        unit("31-greening", Level.CITY, "31", "greening"),
        unit("310101-greening", Level.DISTRICT, "310101", "greening"),
        unit("310104-greening", Level.DISTRICT, "310104", "greening", until=date(2025, 9, 30)),
        unit("310101023-management", Level.STREET, "310101023", "management"),
    ]
    return City(grids=GRIDS, addresses=(), units=tuple(units), people=(), stations=())


def issue(code: str, reserved_to: str | None = None) -> Issue:
    return Issue(
        code=code,
        parent=code[:2] if "-" in code else None,
        name=f"事项{code}",
        grade=Grade.SIMPLE,
        limit=Limit(5, LimitUnit.WORKING_DAYS),
        filing_condition="属实",
        closing_condition="办结",
        evidence=False,
        reserved_to=reserved_to,
        reserved_basis="某法" if reserved_to else None,
        public=True,
        phrases=("没人管",),
        questions=(),
        keywords=(),
    )


ISSUES = IssueList((issue("05"), issue("05-01"), issue("05-08", "greening"), issue("06")))
ANYWHERE = Responsibility(
    row="any",
    issue="*",
    scope_kind=ScopeKind.ANYWHERE,
    scope=None,
    lead="@district.greening",
    co=(),
    power=Power.COORDINATE,
    limit=None,
    legal_basis="某条例",
    handed_down=False,
    valid_from=SINCE,
    valid_to=None,
)


def lists(*rows: Responsibility) -> Lists:
    """Built directly, so that what the readers refuse can be looked at too."""
    return Lists(ISSUES, ResponsibilityList(ISSUES, rows))
