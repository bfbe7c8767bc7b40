"""谁负责, where: from the city down to an estate by a tap on a small map or a press in a list, without a code."""

from dataclasses import dataclass

from shapely.geometry import MultiPolygon, Polygon

from routing.catalogue import Catalogue
from routing.city import Grid, Level
from services.pages.maps import Map, drawn

TOO_WIDE = frozenset({Level.CITY, Level.DISTRICT})
"""Nobody is responsible for a matter somewhere in a district: one goes on to a street at least."""


@dataclass(frozen=True)
class Spot:
    """A grid to choose: `opens` where it leads on to its own parts."""

    code: str
    name: str
    opens: bool


@dataclass(frozen=True)
class Places:
    """Where somebody stands in the tree, and what they can choose there."""

    chain: tuple[Spot, ...]
    spots: tuple[Spot, ...]
    map: Map | None
    here: Spot | None
    """The place itself, where that is narrow enough."""


def places(catalogue: Catalogue, code: str) -> Places:
    """The parts of a grid. Raises LookupError for a code that there is none of."""
    city = catalogue.city
    grid, below = city.grid(code), city.children(code)
    return Places(
        tuple(_spot(catalogue, each) for each in reversed(city.chain(code))),
        tuple(_spot(catalogue, each) for each in below),
        drawn([{"code": each.code, "name": each.name, "ring": _ring(each)} for each in below if each.geometry]),
        None if grid.level in TOO_WIDE else _spot(catalogue, grid),
    )


def _spot(catalogue: Catalogue, grid: Grid) -> Spot:
    return Spot(grid.code, grid.name, bool(catalogue.city.children(grid.code)))


def _ring(grid: Grid) -> list[tuple[float, float]]:
    """The outer line of the largest part, as fine as a small map needs it."""
    shape = grid.geometry
    outer = max(shape.geoms, key=lambda each: each.area) if isinstance(shape, MultiPolygon) else shape
    if not isinstance(outer, Polygon):
        return []
    return [(round(lon, 6), round(lat, 6)) for lon, lat, *_ in outer.simplify(0.00005).exterior.coords]
