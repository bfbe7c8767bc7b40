"""Who works in the street in full and in the units above it. Every name is invented and says so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from routing.city import CITY, EVALUATION, Grid, GridKind, Person, Unit
from routing.starter.street import DISTRICT
from routing.starter.tables import STREET, rows
from services.roles import Role

INVENTED = "（虚构）"
FAMILY = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹"
GIVEN = "安禾岚舟屿清和映书言砚澄知行朗月星野晓川"


@dataclass(frozen=True)
class Desk:
    """Where posts are to be filled: the kind of desk, the code posts are named by, their unit and grid."""

    kind: str
    code: str
    unit: str
    grid: str


def people(grids: Iterable[Grid], units: Iterable[Unit]) -> tuple[Person, ...]:
    posts, number = list(rows("staff")), count()
    return tuple(
        _person(desk, post, nth, invented_name(next(number)))
        for desk in _desks({grid.code: grid for grid in grids}, units)
        for post in posts
        if post["unit"] == desk.kind
        for nth in range(1, int(post["count"]) + 1)
    )


def _desks(grids: dict[str, Grid], units: Iterable[Unit]) -> Iterator[Desk]:
    for unit in units:
        if unit.grid in (CITY, DISTRICT) or unit.grid.startswith(STREET):
            yield Desk(_kind(unit, grids[unit.grid]), unit.code, unit.code, unit.grid)
    for grid in grids.values():
        if grid.kind is GridKind.BUILDING_GROUP and grid.parent:
            yield Desk(grid.level, grid.code, grid.parent, grid.code)


def _kind(unit: Unit, grid: Grid) -> str:
    if unit.code == EVALUATION:
        return "evaluation"
    if unit.function:
        return f"{unit.level}_office"
    return "dedicated" if grid.kind.dedicated else unit.level


def _person(desk: Desk, post: dict[str, str], nth: int, name: str) -> Person:
    return Person(
        code=f"{desk.code}-{post['post']}{nth}",
        name=name,
        duty=post["title"],
        unit=desk.unit,
        grid=desk.grid,
        roles=tuple(Role(role) for role in post["roles"].split()),
    )


def invented_name(number: int) -> str:
    """A different name for every number below 11,552, with the mark that nobody bears it."""
    rest, family = divmod(number, len(FAMILY))
    second, first = divmod(rest, len(GIVEN))
    return FAMILY[family] + GIVEN[first] + GIVEN[(first + second + 1) % len(GIVEN)] + INVENTED
