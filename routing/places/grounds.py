"""Which grid's ground a point lies on."""

from collections import defaultdict
from collections.abc import Iterator
from math import floor

from shapely import Polygon, intersects_xy

from routing.city import City
from routing.geodesy import to_wgs84
from routing.places.tree import Tree
from services.messages import Location

SIDES = (0.005, 0.05, 0.5)
"""Of the cells that outlines are sorted into, in degrees: some blocks, a quarter, a district."""
MOST_CELLS = 16
"""How many cells an outline may touch before wider ones are taken."""

Bounds = tuple[float, float, float, float]
Outline = tuple[str, Bounds, Polygon]


class Grounds:
    """The outlines of all grids that have one, by the cells they touch.

    For a single point a look-up by cell takes half as long as a query of shapely's tree, most of which is making the
    point; the outline itself decides in both.
    """

    def __init__(self, city: City, tree: Tree) -> None:
        self._city = city
        self._tree = tree
        cells: list[dict[tuple[int, int], list[Outline]]] = [defaultdict(list) for _ in SIDES]
        for grid in city.grids:
            if grid.geometry is not None:
                bounds: Bounds = grid.geometry.bounds
                level = _level(bounds)
                for cell in _cells(bounds, SIDES[level]):
                    cells[level][cell].append((grid.code, bounds, grid.geometry))
        self._cells = [(side, dict(filled)) for side, filled in zip(SIDES, cells, strict=True) if filled]

    def at(self, place: Location) -> str | None:
        """The grid at the point: a dedicated one first, else the deepest; on a border what both sides share."""
        x, y = to_wgs84(place)
        found = [
            code
            for side, cells in self._cells
            for code, (west, south, east, north), outline in cells.get((floor(x / side), floor(y / side)), ())
            if west <= x <= east and south <= y <= north and intersects_xy(outline, x, y)
        ]
        if len(found) < 2:
            return found[0] if found else None
        grids = [self._city.grid(code) for code in found]
        first = [grid for grid in grids if grid.kind.dedicated] or grids
        rank = max(grid.level.rank for grid in first)
        return self._shared([grid.code for grid in first if grid.level.rank == rank])

    def _shared(self, codes: list[str]) -> str | None:
        """The lowest grid over all of them."""
        others = [self._tree.chain(code) for code in codes[1:]]
        return next((code for code in self._tree.chain(codes[0]) if all(code in chain for chain in others)), None)


def _level(bounds: Bounds) -> int:
    west, south, east, north = bounds
    touched = [((east - west) / side + 1) * ((north - south) / side + 1) for side in SIDES]
    return next((level for level, cells in enumerate(touched) if cells <= MOST_CELLS), len(SIDES) - 1)


def _cells(bounds: Bounds, side: float) -> Iterator[tuple[int, int]]:
    west, south, east, north = bounds
    for column in range(floor(west / side), floor(east / side) + 1):
        for row in range(floor(south / side), floor(north / side) + 1):
            yield column, row
