"""The starter city by kinds of grid, outlines and house numbers."""

from pathlib import Path

import shapely

from routing.city import (
    Address,
    City,
    Grid,
    GridKind,
)
from routing.starter.tables import STREET

GUIDE = Path(__file__).parents[2] / "docs" / "starter-city.md"
FALLBACK = "310101023Z07"


def of_kind(city: City, *kinds: GridKind) -> list[Grid]:
    return [grid for grid in city.grids if grid.kind in kinds]


def dedicated(city: City) -> list[Grid]:
    return [grid for grid in city.grids if grid.kind.dedicated]


def in_full(city: City) -> list[Grid]:
    return [grid for grid in city.grids if grid.code.startswith(STREET)]


def ground(grid: Grid) -> shapely.Polygon:
    assert grid.geometry is not None
    return grid.geometry


def ranges(city: City, *kinds: GridKind) -> list[Address]:
    wanted = {grid.code for grid in of_kind(city, *kinds)}
    return [address for address in city.addresses if address.grid in wanted and address.low is not None]


def micro_grids_at(city: City, road: str, number: int) -> list[str]:
    return [a.grid for a in ranges(city, GridKind.MICRO) if a.name == road and a.covers(number)]
