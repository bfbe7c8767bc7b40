"""The outlines of the grids right below one, for a map: simplified to what a screen shows, made once per catalogue."""

from typing import Any

import shapely
from shapely import Polygon
from shapely.geometry import mapping
from shapely.geometry.polygon import orient

from routing.catalogue import Catalogue
from routing.city import City, Grid

FINENESS = 600
"""Steps across the whole picture: what is finer than one is left out."""
DECIMALS = 6
KEPT = 64


def shapes(catalogue: Catalogue, code: str) -> dict[str, Any]:
    """GeoJSON of the parts of a grid that have an outline. Raises UnknownCode."""
    key = (id(catalogue.city), catalogue.version, code)
    if key not in _MADE:
        if len(_MADE) >= KEPT:
            _MADE.clear()
        _MADE[key] = _drawn(catalogue.city, code)
    return _MADE[key]


_MADE: dict[tuple[int, int, str], dict[str, Any]] = {}


def _drawn(city: City, code: str) -> dict[str, Any]:
    city.grid(code)
    parts = [grid for grid in city.children(code) if grid.geometry is not None]
    step = _step(parts)
    return {"type": "FeatureCollection", "features": [_feature(grid, step) for grid in parts]}


def _step(parts: list[Grid]) -> float:
    if not parts:
        return 0.0
    west, south, east, north = shapely.total_bounds([grid.geometry for grid in parts])
    return float(max(east - west, north - south) / FINENESS)


def _feature(grid: Grid, step: float) -> dict[str, Any]:
    """Rings run clockwise, as the map's library wants them (RFC 7946 would have them the other way round)."""
    assert grid.geometry is not None
    thin = shapely.simplify(grid.geometry, step, preserve_topology=True)
    plain = shapely.set_precision(thin, 10**-DECIMALS)
    outline = plain if isinstance(plain, Polygon) and not plain.is_empty else grid.geometry
    centre = outline.representative_point()
    return {
        "type": "Feature",
        "id": grid.code,
        "properties": {
            "code": grid.code,
            "name": grid.name,
            "kind": grid.kind.value,
            "source": grid.boundary_source,
            "at": [round(centre.x, DECIMALS), round(centre.y, DECIMALS)],
        },
        "geometry": mapping(orient(outline, sign=-1.0)),
    }
