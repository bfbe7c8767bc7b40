"""A small map of grids as SVG: outlines in metres around their middle, and how to read a tap back as a place."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 1000
METRES = 111_320.0
"""Of a degree of latitude."""


@dataclass(frozen=True)
class Shape:
    code: str
    name: str
    points: str
    x: float
    y: float
    """Where its name stands."""


@dataclass(frozen=True)
class Map:
    """`west`, `north` and the degrees of one unit of the drawing lead back from a tap to lon and lat."""

    height: int
    west: float
    north: float
    lon_step: float
    lat_step: float
    shapes: tuple[Shape, ...]


def drawn(outlines: Sequence[Mapping[str, Any]]) -> Map | None:
    """None where there is nothing to draw."""
    points = [point for outline in outlines for point in outline["ring"]]
    if not points:
        return None
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    wide = (east - west) * METRES * math.cos(math.radians((south + north) / 2)) or 1.0
    lon_step, lat_step = (east - west) / WIDTH, wide / WIDTH / METRES

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round((lon - west) / lon_step, 1), round((north - lat) / lat_step, 1)

    shapes = tuple(_shape(outline, [at(*point) for point in outline["ring"]]) for outline in outlines)
    return Map(math.ceil((north - south) / lat_step), west, north, lon_step, lat_step, shapes)


def _shape(outline: Mapping[str, Any], points: Sequence[tuple[float, float]]) -> Shape:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    middle = round((min(xs) + max(xs)) / 2, 1), round((min(ys) + max(ys)) / 2, 1)
    return Shape(outline["code"], outline["name"], " ".join(f"{x},{y}" for x, y in points), *middle)
