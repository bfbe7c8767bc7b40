"""The street in full: area grids, the committees' place in them, micro-grids, building groups, dedicated grids."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from routing.city import Grid, GridKind, Parity
from routing.starter.plan import Site, around, sites
from routing.starter.roads import roads
from routing.starter.tables import SINCE, STREET, rows

SYNTHETIC = "synthetic"
DISTRICT = STREET[:6]


def detail(upper: Iterable[Grid]) -> tuple[Grid, ...]:
    """The upper tree with the street in full; sorted by level, so that parents stand before children."""
    laid_out = sites()
    placed = [_placed(grid, laid_out) for grid in upper]
    names = {grid.code: grid.name for grid in placed}
    grids = [*placed, *_areas(laid_out), *_dedicated()]
    for site in laid_out:
        grids += _micro_grids(site, names[site.committee])
    return tuple(sorted(grids, key=lambda grid: grid.level.rank))


def _placed(grid: Grid, laid_out: tuple[Site, ...]) -> Grid:
    """The street and its committees get their synthetic outline, a committee also its area as parent."""
    if grid.code == STREET:
        outline = around(site.plot for site in laid_out).outline()
        return replace(grid, geometry=outline, boundary_source=SYNTHETIC)
    if grid.parent != STREET:
        return grid
    site = next(site for site in laid_out if site.committee == grid.code)
    return replace(grid, parent=site.area, geometry=site.plot.outline(), boundary_source=SYNTHETIC)


def _areas(laid_out: tuple[Site, ...]) -> Iterator[Grid]:
    for row in rows("areas"):
        outline = around(site.plot for site in laid_out if site.area == row["code"]).outline()
        area = _grid(row["code"], row["name"], GridKind.AREA, STREET)
        yield replace(area, geometry=outline, boundary_source=SYNTHETIC)


def _micro_grids(site: Site, committee: str) -> Iterator[Grid]:
    for serial, (code, plot) in enumerate(site.micro_grids, 1):
        name = f"{committee}第{serial}微网格"
        micro = _grid(code, name, GridKind.MICRO, site.committee)
        yield replace(micro, geometry=plot.outline(), boundary_source=SYNTHETIC)
        for group in range(1, groups_in(code) + 1):
            yield _grid(f"{code}{group:02}", f"{name}第{group}楼组", GridKind.BUILDING_GROUP, code)


def groups_in(micro_grid: str) -> int:
    """Two to four building groups, fixed by the code."""
    return 2 + int(micro_grid) % 3


def _dedicated() -> Iterator[Grid]:
    known_roads = {road.name: road for road in roads()}
    for row in rows("dedicated"):
        numbers = Parity(row["parity"]), int(row["low"]), int(row["high"])
        yield replace(
            _grid(row["code"], row["name"], GridKind(row["kind"]), row["parent"]),
            covered_by=row["covered_by"] or None,
            geometry=known_roads[row["road"]].frontage(*numbers, float(row["depth"])),
            boundary_source=SYNTHETIC,
            aliases=tuple(row["aliases"].split()),
        )


def _grid(code: str, name: str, kind: GridKind, parent: str) -> Grid:
    return Grid(code=code, name=name, kind=kind, parent=parent, level=kind.level, district=DISTRICT, valid_from=SINCE)
