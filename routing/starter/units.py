"""The unit tree: one organisation per grid, departments and offices beside them, the evaluation body apart."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from routing.city import CITY, EVALUATION, Grid, GridKind, Level, Unit
from routing.starter.tables import SINCE, STREET, rows

SUFFIX = {
    GridKind.CITY: "城市运行管理中心",
    GridKind.DISTRICT: "城市运行管理中心",
    GridKind.AREA: "工作站",
    GridKind.COMMITTEE: "",
    GridKind.MICRO: "工作组",
    GridKind.OFFICE: "楼宇工作站",
    GridKind.MALL: "商圈工作站",
    GridKind.BLOCK: "街区工作站",
}
OFFICE_OF_STREET = {"街道": "办事处", "镇": "人民政府", "乡": "人民政府"}


def units(grids: Iterable[Grid]) -> tuple[Unit, ...]:
    organised = [grid for grid in grids if has_organisation(grid)]
    functions = list(rows("functions"))
    offices = [office for grid in organised for office in _offices(grid, functions)]
    return (*(organisation(grid) for grid in organised), *offices, _evaluation())


def has_organisation(grid: Grid) -> bool:
    """A building group is led from its micro-grid; what is covered by a neighbour has no organisation of its own."""
    return grid.kind is not GridKind.BUILDING_GROUP and grid.covered_by is None


def organisation(grid: Grid) -> Unit:
    """The unit that stands for a whole grid."""
    return Unit(
        code=grid.code,
        name=grid.name + _suffix(grid),
        level=grid.level,
        function=None,
        parent=grid.parent,
        grid=grid.code,
        grassroots=grid.level.grassroots,
        district=grid.district,
        valid_from=SINCE,
    )


def _suffix(grid: Grid) -> str:
    if grid.kind is not GridKind.STREET:
        return SUFFIX[grid.kind]
    return next((office for end, office in OFFICE_OF_STREET.items() if grid.name.endswith(end)), "管理委员会")


def _offices(grid: Grid, functions: list[dict[str, str]]) -> Iterator[Unit]:
    """Departments of the city and of every district; a street's offices only where it is there in full."""
    if grid.level is Level.STREET and grid.code != STREET:
        return
    for row in functions:
        if row["level"] == grid.kind:
            yield replace(
                organisation(grid),
                code=f"{grid.code}-{row['function']}",
                name=_office_name(row["name"], grid),
                function=row["function"],
                parent=grid.code,
            )


def _office_name(pattern: str, grid: Grid) -> str:
    """The police name a district without its suffix: 黄浦分局, 浦东分局."""
    short = grid.name.removesuffix("区").removesuffix("新")
    return pattern.format(street=grid.name, district=grid.name, short=short)


def _evaluation() -> Unit:
    """Stands beside the tree: those who are judged are not above those who judge."""
    return Unit(
        code=EVALUATION,
        name="群众满意度测评中心",
        level=Level.CITY,
        function="evaluation",
        parent=None,
        grid=CITY,
        grassroots=False,
        district=CITY,
        valid_from=SINCE,
    )
