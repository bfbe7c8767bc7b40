"""Points: what a map shows is brought back to where it is.

Known points: WGS-84 → GCJ-02 from the tests of eviltransform (googollee/eviltransform); BD-09 and GCJ-02 from the
README of coordtransform (wandergis/coordtransform).
"""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.city import Grid, GridKind, starter
from routing.geodesy import Point, from_wgs84, shifted, to_wgs84, unshifted
from routing.places.grounds import Grounds
from routing.places.tree import Tree
from services.messages import Location

CENTIMETRE = 1e-7
SYSTEMS = ["WGS-84", "CGCS2000", "GCJ-02", "BD-09"]
METRES_PER_DEGREE = 111_000
SHIFTED = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
]


def near(one: Point, other: Point, tolerance: float = CENTIMETRE) -> bool:
    return abs(one[0] - other[0]) < tolerance and abs(one[1] - other[1]) < tolerance


def place(point: Point, crs: str) -> Location:
    return Location.model_validate({"lon": point[0], "lat": point[1], "crs": crs})


@pytest.mark.parametrize(("wgs84", "gcj02"), SHIFTED)
def test_the_shift_of_gcj_02_is_the_published_one(wgs84: Point, gcj02: Point) -> None:
    assert near(shifted(wgs84), gcj02, 1e-11)


@pytest.mark.parametrize(("wgs84", "gcj02"), SHIFTED)
def test_a_point_of_gaode_or_tencent_is_brought_back_to_the_centimetre(wgs84: Point, gcj02: Point) -> None:
    assert near(to_wgs84(place(gcj02, "GCJ-02")), wgs84)


def test_a_point_of_baidu_is_brought_back() -> None:
    gcj02 = (116.39762729119315, 39.90865673957631)
    assert near(to_wgs84(place((116.404, 39.915), "BD-09")), unshifted(gcj02))


@pytest.mark.parametrize("crs", ["WGS-84", "CGCS2000"])
def test_what_a_phone_or_the_base_map_says_stays(crs: str) -> None:
    assert to_wgs84(place((121.4632, 31.2158), crs)) == (121.4632, 31.2158)


def test_outside_china_nothing_is_shifted() -> None:
    assert shifted((-104.9903, 39.7392)) == (-104.9903, 39.7392)


@given(st.floats(120.8, 122.0), st.floats(30.6, 31.9), st.sampled_from(SYSTEMS))
def test_every_point_of_the_city_comes_back_from_every_map(lon: float, lat: float, crs: str) -> None:
    assert near(to_wgs84(place(from_wgs84((lon, lat), crs), crs)), (lon, lat), 1e-5 if crs == "BD-09" else CENTIMETRE)


def test_a_shifted_point_read_as_a_phones_is_half_a_kilometre_off() -> None:
    here = (121.465, 31.213)
    there = shifted(here)
    metres = METRES_PER_DEGREE * max(abs(there[0] - here[0]), abs(there[1] - here[1]))
    assert 300 < metres < 700


CITY = starter()
GROUNDS = Grounds(CITY, Tree(CITY))
MICRO = [grid for grid in CITY.grids if grid.kind is GridKind.MICRO and grid.geometry]


@pytest.mark.parametrize(("grid", "crs"), list(product(MICRO[:8], SYSTEMS)))
def test_the_same_place_is_found_from_every_map(grid: Grid, crs: str) -> None:
    assert grid.geometry is not None
    inside = grid.geometry.representative_point()
    found = GROUNDS.at(place(from_wgs84((inside.x, inside.y), crs), crs))
    assert found == grid.code or CITY.grid(str(found)).kind.dedicated


def test_where_a_dedicated_grid_and_a_territorial_one_both_fit_the_dedicated_one_is_first() -> None:
    mall = next(grid for grid in CITY.grids if grid.kind is GridKind.MALL)
    assert mall.geometry is not None
    inside = mall.geometry.representative_point()
    assert GROUNDS.at(place((inside.x, inside.y), "WGS-84")) == mall.code


def test_a_point_on_the_border_is_what_both_sides_share() -> None:
    west, east = (each for each in MICRO if each.code in ("310101023001001", "310101023001002"))
    assert west.geometry is not None
    assert east.geometry is not None
    middle = west.geometry.intersection(east.geometry).representative_point()
    assert GROUNDS.at(place((middle.x, middle.y), "WGS-84")) == "310101023001"


def test_a_point_outside_all_outlines_is_nowhere() -> None:
    assert GROUNDS.at(place((121.9, 30.9), "WGS-84")) is None
