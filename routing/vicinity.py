"""Which grids a report of the same event can lie in: the grid, what is above and below it, and its neighbours."""

from collections.abc import Iterator
from math import cos, radians

from shapely import STRtree

from routing.catalogue import Catalogue
from routing.city import City, Grid, GridKind

DEGREE = 111_320.0
"""Metres of a degree of latitude."""
WIDE = (GridKind.CITY, GridKind.DISTRICT)
MOST_BELOW = 400


class Vicinity:
    """The neighbours of one snapshot's grids; its tree of outlines is made once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._drawn = [grid for grid in catalogue.city.grids if grid.geometry is not None]
        self._tree = STRtree([grid.geometry for grid in self._drawn])

    def around(self, code: str, metres: float) -> tuple[str, ...]:
        """The codes to search: of a district or the city itself that one alone."""
        city = self.catalogue.city
        here = city.grid(code)
        if here.kind in WIDE:
            return (code,)
        near = [here, *self._near(here, metres)]
        above = {grid.code for each in near for grid in city.chain(each.code) if grid.kind not in WIDE}
        return tuple(sorted({*above, *_below(city, code)}))

    def _near(self, here: Grid, metres: float) -> Iterator[Grid]:
        if here.geometry is None:
            return
        reach = metres / (DEGREE * cos(radians(here.geometry.centroid.y)))
        for at in self._tree.query(here.geometry, predicate="dwithin", distance=reach):
            if self._drawn[at].kind not in WIDE:
                yield self._drawn[at]


def _below(city: City, code: str) -> list[str]:
    found, waiting = [code], [code]
    while waiting and len(found) < MOST_BELOW:
        lower = [grid.code for grid in city.children(waiting.pop())]
        found += lower
        waiting += lower
    return found[:MOST_BELOW]
