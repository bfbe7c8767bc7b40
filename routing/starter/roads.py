"""The street's roads on the plan, and which house numbers lie along which plot.

The roads are real, the numbers along them synthetic: they run evenly from a road's first to its last.
"""

from dataclasses import dataclass
from math import ceil

from shapely import Polygon

from routing.city import Parity
from routing.starter.plan import Plot, place
from routing.starter.tables import rows

OTHER = {Parity.ODD: Parity.EVEN, Parity.EVEN: Parity.ODD}


@dataclass(frozen=True)
class Road:
    """A line of the lattice; numbers grow from `begin` to `end`; `far` is the parity of its south or east side."""

    name: str
    eastwest: bool
    at: float
    begin: int
    end: int
    first: int
    last: int
    far: Parity

    def numbers(self, plot: Plot) -> list[tuple[Parity, int, int]]:
        """Parity, lowest and highest number of each side of the road that fronts the plot."""
        stretch = self._stretch(plot)
        if stretch is None:
            return []
        return [(parity, *_snapped(parity, *stretch)) for parity in self._sides(plot)]

    def _sides(self, plot: Plot) -> list[Parity]:
        near, far = (plot.north, plot.south) if self.eastwest else (plot.west, plot.east)
        sides = [self.far] if near <= self.at < far else []
        return [*sides, OTHER[self.far]] if near < self.at <= far else sides

    def _stretch(self, plot: Plot) -> tuple[int, int] | None:
        """The first and last number between the plot's ends; the number at a shared end is the next plot's."""
        ends = (plot.west, plot.east) if self.eastwest else (plot.north, plot.south)
        lowest, highest = sorted((self.begin, self.end))
        near, far = max(ends[0], lowest), min(ends[1], highest)
        if near >= far:
            return None
        low, high = sorted((self._number(near), self._number(far)))
        return ceil(low), self.last if high >= self.last else ceil(high) - 1

    def _number(self, position: float) -> float:
        return self.first + (position - self.begin) / (self.end - self.begin) * (self.last - self.first)

    def _position(self, number: int) -> float:
        return self.begin + (number - self.first) / (self.last - self.first) * (self.end - self.begin)

    def frontage(self, parity: Parity, low: int, high: int, depth: float) -> Polygon:
        """The ground behind some numbers, so deep in lattice steps; on both sides of the road for all."""
        along = sorted((self._position(low), self._position(high)))
        gap = 0.05
        near = self.at - depth if parity in (Parity.ALL, OTHER[self.far]) else self.at + gap
        far = self.at + depth if parity in (Parity.ALL, self.far) else self.at - gap
        corners = [(along[0], far), (along[1], far), (along[1], near), (along[0], near)]
        points = corners if self.eastwest else [(x, y) for y, x in reversed(corners)]
        return Polygon([place(x, y) for x, y in points])


def _snapped(parity: Parity, low: int, high: int) -> tuple[int, int]:
    odd = parity is Parity.ODD
    return low + (low % 2 != odd), high - (high % 2 != odd)


def roads() -> tuple[Road, ...]:
    return tuple(_road(row) for row in rows("roads"))


def _road(row: dict[str, str]) -> Road:
    begin, end, first, last = (int(row[column]) for column in ("begin", "end", "first", "last"))
    far = Parity.ODD if row["odd"] in "SE" else Parity.EVEN
    return Road(row["name"], row["axis"] == "row", float(row["at"]), begin, end, first, last, far)
