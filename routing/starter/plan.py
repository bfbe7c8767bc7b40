"""The ground plan of the street in full: a synthetic lattice laid around its true place.

The lattice counts 24 steps from west (0) to east and 8 half-blocks from north (0) to south. Whatever touches shares
the lattice's own points, so grids tile without gap or overlap.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shapely import Polygon

from routing.starter.tables import rows

COLUMN = 6
NORTH_WEST = (121.4592, 31.2184)
EASTWARD = (0.0120, 0.0030)
SOUTHWARD = (-0.0006, -0.0130)
COLUMN_LINES = (0.0, 0.24, 0.49, 0.73, 1.0)
ROW_LINES = (0.0, 0.12, 0.25, 0.40, 0.50, 0.61, 0.73, 0.86, 1.0)


@dataclass(frozen=True)
class Plot:
    """A rectangle of the lattice: west, north, east and south edge."""

    west: int
    north: int
    east: int
    south: int

    def outline(self) -> Polygon:
        """Counter-clockwise in WGS-84, with every lattice point on the edge: neighbours share their vertices."""
        along, down = range(self.west, self.east + 1), range(self.north, self.south + 1)
        edge = [(x, self.south) for x in along]
        edge += [(self.east, y) for y in reversed(down[:-1])]
        edge += [(x, self.north) for x in reversed(along[:-1])]
        edge += [(self.west, y) for y in down[1:-1]]
        return Polygon([place(x, y) for x, y in edge])


@dataclass(frozen=True)
class Site:
    """A committee's plot and those of its micro-grids, upper half first, each half from west to east."""

    committee: str
    area: str
    plot: Plot
    micro_grids: tuple[tuple[str, Plot], ...]


def place(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a lattice point, in WGS-84 to about a centimetre."""
    east, south = _between(COLUMN_LINES, x / COLUMN), _between(ROW_LINES, y)
    lon, lat = (
        origin + east * right + south * down
        for origin, right, down in zip(NORTH_WEST, EASTWARD, SOUTHWARD, strict=True)
    )
    return round(lon, 7), round(lat, 7)


def _between(lines: tuple[float, ...], at: float) -> float:
    step = min(int(at), len(lines) - 2)
    return lines[step] + (lines[step + 1] - lines[step]) * (at - step)


def sites() -> tuple[Site, ...]:
    bands = {area["code"]: 2 * band for band, area in enumerate(rows("areas"))}
    return tuple(_site(row, bands[row["area"]]) for row in rows("committees"))


def _site(row: dict[str, str], north: int) -> Site:
    west = COLUMN * int(row["column"])
    halves = [*_half(west, north, int(row["upper"])), *_half(west, north + 1, int(row["lower"]))]
    micro_grids = tuple((f"{row['code']}{serial:03}", plot) for serial, plot in enumerate(halves, 1))
    return Site(row["code"], row["area"], Plot(west, north, west + COLUMN, north + 2), micro_grids)


def _half(west: int, north: int, count: int) -> Iterator[Plot]:
    width = COLUMN // count
    for nth in range(count):
        yield Plot(west + nth * width, north, west + (nth + 1) * width, north + 1)


def around(plots: Iterable[Plot]) -> Plot:
    """The plot that a band of neighbouring plots makes together."""
    gathered = tuple(plots)
    return Plot(
        min(plot.west for plot in gathered),
        min(plot.north for plot in gathered),
        max(plot.east for plot in gathered),
        max(plot.south for plot in gathered),
    )
