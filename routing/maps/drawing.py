"""Features as RFC 7946 has them: WGS-84, longitude first, outer rings counter-clockwise, a decimetre."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry import mapping
from shapely.geometry.polygon import orient

from routing.city import City, Grid

DECIMALS = 6
Box = tuple[float, float, float, float]
Feature = dict[str, Any]


def feature(id_: str, geometry: Any, properties: Mapping[str, Any]) -> Feature:
    return {"type": "Feature", "id": id_, "geometry": geometry, "properties": dict(properties)}


def outline(grid: Grid) -> dict[str, Any] | None:
    """None where nobody drew it."""
    if grid.geometry is None:
        return None
    plain = shapely.set_precision(grid.geometry, 10**-DECIMALS)
    drawn = plain if isinstance(plain, Polygon) and not plain.is_empty else grid.geometry
    return dict(mapping(orient(drawn, sign=1.0)))


def middle(grid: Grid) -> dict[str, Any] | None:
    """A point inside the outline; no case lies there."""
    if grid.geometry is None:
        return None
    point = grid.geometry.representative_point()
    return {"type": "Point", "coordinates": [round(point.x, DECIMALS), round(point.y, DECIMALS)]}


def of_grid(grid: Grid, city: City) -> dict[str, Any]:
    """What a grid is: the part of the properties that all collections share."""
    within = "".join(each.name for each in reversed(city.chain(grid.code)[1:]))
    return {"grid": grid.code, "name": grid.name, "level": grid.level.value, "within": within}


def touching(city: City, box: Box) -> frozenset[str]:
    """The codes of the grids whose outline touches a box."""
    codes, shapes = _shapes(city)
    return frozenset(codes[shapely.intersects(shapes, shapely.box(*box))])


def _shapes(city: City) -> tuple[Any, Any]:
    """Of one city at a time, as arrays."""
    if _KEPT.get("of") is not city:
        drawn = [grid for grid in city.grids if grid.geometry is not None]
        codes, shapes = np.array([grid.code for grid in drawn], dtype=object), np.array([g.geometry for g in drawn])
        _KEPT.update({"of": city, "made": (codes, shapes)})
    made: tuple[Any, Any] = _KEPT["made"]
    return made


_KEPT: dict[str, Any] = {}
