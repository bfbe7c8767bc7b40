"""A city of full size to measure on: real committees on synthetic ground, split into as many micro-grids as there are.

Every committee is a cell of a lattice over Shanghai's bounding box, every micro-grid a strip of its cell with a road
and a hundred house numbers of its own. All of it is synthetic and the same each time; nothing but the number of
micro-grids (33,614: 人民日报, 2024-12-31) and the names of the divisions is a fact.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from math import ceil

from shapely import box

from routing.catalogue import Catalogue
from routing.city import Address, AddressKind, City, Grid, GridKind, Level, Unit, starter
from routing.classifying import Classifier, material, starter_corpus, train
from routing.lists import Lists, Power, Responsibility, ResponsibilityList, ScopeKind, starter_lists
from routing.places import Places

MICRO_GRIDS, ROWS = 33_614, 10_000
WEST, SOUTH, EAST, NORTH = 120.85, 30.68, 122.0, 31.87
COLUMNS = 89
HOUSES = 100
LETTERS = "亓仉佴侪偃傥僖儆冼凇刭刿劭勖匏卣厝叻吒呙"
"""Rare ones, so that no synthetic road has the name of a real place."""
SINCE = date(2024, 1, 1)
STEP = 7_919
"""A prime, so that synthetic rows spread over committees and issues without repeating a pair."""


def trained() -> bytes:
    """The starter city's model, made from its lists and corpus."""
    return train(material(starter_lists().issues, starter_corpus())).to_bytes()


def catalogue(model: bytes, *, micro_grids: int = MICRO_GRIDS, rows: int = ROWS) -> Catalogue:
    """The whole snapshot as a serving process holds it."""
    city = tiled(micro_grids)
    lists = with_rows(starter_lists(), city, rows)
    made = Catalogue(0, 1, city, lists, Places(city), Classifier.from_bytes(model))
    made.warm()
    return made


def tiled(micro_grids: int) -> City:
    """The starter city with every committee split into micro-grids; its own finer grids and outlines are left out."""
    plain = starter()
    kept = [replace(grid, geometry=None) for grid in plain.grids if grid.level.rank <= Level.COMMITTEE.rank]
    codes = {grid.code for grid in kept}
    committees = [grid for grid in kept if grid.kind is GridKind.COMMITTEE]
    strips = list(_strips(committees, micro_grids))
    return City(
        grids=(*kept, *strips),
        addresses=(*(each for each in plain.addresses if each.grid in codes), *_houses(strips)),
        units=(*(unit for unit in plain.units if unit.grid in codes), *map(_unit, strips)),
        people=(),
        stations=tuple(each for each in plain.stations if each.grid in codes),
    )


def _strips(committees: list[Grid], micro_grids: int) -> Iterator[Grid]:
    """Each committee's cell from west to east; the first committees have one strip more, so that the sum is right."""
    share, more = divmod(micro_grids, len(committees))
    width, height = (EAST - WEST) / COLUMNS, (NORTH - SOUTH) / ceil(len(committees) / COLUMNS)
    for place, committee in enumerate(committees):
        row, column = divmod(place, COLUMNS)
        west, south = WEST + column * width, SOUTH + row * height
        parts = share + (place < more)
        for part in range(parts):
            left, right = west + width * part / parts, west + width * (part + 1) / parts
            yield _strip(committee, part + 1, (left, south, right, south + height))


def _strip(committee: Grid, number: int, bounds: tuple[float, float, float, float]) -> Grid:
    return Grid(
        code=f"{committee.code}{number:03}",
        name=f"{committee.name}第{number}微网格",
        kind=GridKind.MICRO,
        parent=committee.code,
        level=Level.MICRO,
        district=committee.district,
        valid_from=SINCE,
        boundary_source="synthetic",
        geometry=box(*bounds),
    )


def _unit(grid: Grid) -> Unit:
    """One organisation per grid."""
    return Unit(
        code=grid.code,
        name=grid.name,
        level=Level.MICRO,
        function=None,
        parent=grid.parent,
        grid=grid.code,
        grassroots=True,
        district=grid.district,
        valid_from=SINCE,
    )


def _houses(strips: list[Grid]) -> Iterator[Address]:
    """A road for each committee; its micro-grids have a hundred numbers each."""
    names = ("".join(letters) + "路" for letters in product(LETTERS, repeat=3))
    roads: dict[str, str] = {}
    for strip in strips:
        committee, low = strip.code[:-3], HOUSES * (int(strip.code[-3:]) - 1) + 1
        road = roads.get(committee) or roads.setdefault(committee, next(names))
        yield Address(grid=strip.code, kind=AddressKind.ROAD, name=road, low=low, high=low + HOUSES - 1)


def with_rows(lists: Lists, city: City, rows: int) -> Lists:
    """The lists with rows for single committees added until there are as many as wanted."""
    own = lists.responsibilities.rows
    matters = [issue.code for issue in lists.issues if issue.parent and issue.reserved_to is None]
    committees = [grid.code for grid in city.grids if grid.kind is GridKind.COMMITTEE]
    added = [
        _row(number, matters[number % len(matters)], committees[number * STEP % len(committees)])
        for number in range(rows - len(own))
    ]
    return Lists(lists.issues, ResponsibilityList(lists.issues, (*own, *added)))


def _row(number: int, issue: str, committee: str) -> Responsibility:
    return Responsibility(
        row=f"S{number:05}",
        issue=issue,
        scope_kind=ScopeKind.SUBTREE,
        scope=committee,
        lead="@committee",
        co=("@street",),
        power=Power.COORDINATE,
        limit=None,
        legal_basis=None,
        handed_down=False,
        valid_from=SINCE,
        valid_to=None,
    )
