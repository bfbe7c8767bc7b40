"""Which grid's ground a point lies on."""

from shapely import Point, STRtree

from routing.city import City
from routing.geodesy import to_wgs84
from routing.places.tree import Tree
from services.messages import Location


class Grounds:
    """The outlines of all grids that have one."""

    def __init__(self, city: City, tree: Tree) -> None:
        self._city = city
        self._tree = tree
        outlined = [(grid.code, grid.geometry) for grid in city.grids if grid.geometry is not None]
        self._codes = [code for code, _ in outlined]
        self._index = STRtree([geometry for _, geometry in outlined])

    def at(self, place: Location) -> str | None:
        """The grid at the point: a dedicated one first, else the deepest; on a border what both sides share."""
        found = [self._codes[row] for row in self._index.query(Point(to_wgs84(place)), predicate="intersects")]
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
