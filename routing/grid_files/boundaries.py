"""A boundary as text or GeoJSON, read into a polygon and written again; and how boundaries lie to each other."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon, STRtree
from shapely.geometry import shape

from routing.city import Grid
from routing.geodesy import CHINA

TOLERANCE = 0.00005
"""Degrees, about 5 m: strips narrower than this are drawing, not ground."""
DECIMALS = 7


class NoBoundary(ValueError):
    """What stands there is no boundary; the message is the remedy."""


def polygon(told: str) -> Polygon:
    """From WKT or from GeoJSON text. Raises NoBoundary."""
    try:
        found = shape(json.loads(told)) if told.lstrip().startswith("{") else shapely.from_wkt(told)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, shapely.GEOSException):
        raise NoBoundary("不是 WKT 或 GeoJSON：重新导出边界") from None
    if isinstance(found, MultiPolygon) and len(found.geoms) == 1:
        found = found.geoms[0]
    if not isinstance(found, Polygon) or found.is_empty:
        raise NoBoundary("边界须是一个 Polygon：多块的拆成几个网格")
    return _checked(shapely.force_2d(found))


def _checked(found: Polygon) -> Polygon:
    west, south, east, north = found.bounds
    if not (CHINA[0] <= west and CHINA[1] <= south and east <= CHINA[2] and north <= CHINA[3]):
        raise NoBoundary("坐标须是 WGS-84 经纬度，经度在前")
    if not found.is_valid:
        raise NoBoundary(f"边界自相交或有重点：修正后再导入（{shapely.is_valid_reason(found)}）")
    return found


def text_of(geometry: Polygon | None) -> str:
    return shapely.to_wkt(geometry, rounding_precision=DECIMALS) if geometry is not None else ""


def sticking_out(child: Polygon, parent: Polygon) -> bool:
    """Whether more than a strip of the child lies outside."""
    return bool(_wide(np.array([shapely.difference(child, parent)]))[0])


def overlaps(grids: Mapping[str, Grid], moved: Collection[str]) -> Iterator[tuple[str, str]]:
    """Grids beside each other that share ground, one of them at least among `moved`.

    Dedicated grids lie upon the others and are compared among themselves.
    """
    for siblings in _siblings(grids).values():
        if len(siblings) > 1 and any(each.code in moved for each in siblings):
            yield from _pairs(siblings, moved)


def _siblings(grids: Mapping[str, Grid]) -> Mapping[Any, list[Grid]]:
    found: defaultdict[Any, list[Grid]] = defaultdict(list)
    for grid in grids.values():
        if grid.geometry is not None:
            found[grid.parent, grid.kind.dedicated].append(grid)
    return found


def _pairs(siblings: list[Grid], moved: Collection[str]) -> Iterator[tuple[str, str]]:
    shapes = np.array([each.geometry for each in siblings])
    left, right = STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    wide = _wide(shapely.intersection(shapes[left], shapes[right]))
    for one, other in zip(left[wide], right[wide], strict=True):
        codes = siblings[one].code, siblings[other].code
        if codes[0] in moved or codes[1] in moved:
            yield codes


def _wide(shapes: Any) -> Any:
    """Which of them are more than a strip along a border."""
    return (shapely.area(shapes) > TOLERANCE**2) & ~shapely.is_empty(shapely.buffer(shapes, -TOLERANCE / 2))
