"""The ground of the starter city: outlines without gap, house numbers that lead to one grid."""

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
import shapely
from starter_ground import dedicated, ground, in_full, micro_grids_at, of_kind, ranges

from routing.city import (
    Address,
    AddressKind,
    City,
    GridKind,
    Parity,
    parity_of,
)
from routing.starter.tables import STREET


def test_only_the_street_in_full_has_boundaries_and_they_say_they_are_synthetic(city: City) -> None:
    bounded = {grid.code for grid in city.grids if grid.geometry is not None}
    assert bounded == {grid.code for grid in in_full(city) if grid.kind is not GridKind.BUILDING_GROUP}
    assert all((grid.boundary_source == "synthetic") == (grid.code in bounded) for grid in city.grids)


def test_the_street_lies_around_its_true_place(city: City) -> None:
    west, south, east, north = ground(city.grid(STREET)).bounds
    assert 121.458 <= west < east <= 121.472
    assert 31.205 <= south < north <= 31.222


@pytest.mark.parametrize("kind", [GridKind.AREA, GridKind.COMMITTEE, GridKind.MICRO])
def test_each_level_tiles_the_street_without_gap_or_overlap(city: City, kind: GridKind) -> None:
    tiles = [ground(grid) for grid in in_full(city) if grid.kind is kind]
    assert shapely.coverage_is_valid(tiles)
    assert shapely.union_all(tiles).equals(ground(city.grid(STREET)))
    assert sum(tile.area for tile in tiles) == pytest.approx(ground(city.grid(STREET)).area, rel=1e-9)


def test_every_outline_is_valid_runs_counter_clockwise_and_lies_within_its_parents(city: City) -> None:
    for grid in in_full(city):
        if grid.geometry is not None:
            assert grid.geometry.is_valid
            assert grid.geometry.exterior.is_ccw
            parent = city.chain(grid.code)[1].geometry
            assert parent is None or parent.covers(grid.geometry), grid.name


def test_children_fill_their_parent_to_the_last_bit(city: City) -> None:
    for grid in in_full(city):
        if grid.kind in (GridKind.STREET, GridKind.AREA, GridKind.COMMITTEE):
            tiles = [ground(child) for child in city.children(grid.code) if not child.kind.dedicated]
            assert sum(tile.area for tile in tiles) == pytest.approx(ground(grid).area, rel=1e-9)


def test_dedicated_grids_never_overlap(city: City) -> None:
    outlines = [ground(grid) for grid in dedicated(city)]
    pairs = [(one, other) for nth, one in enumerate(outlines) for other in outlines[:nth]]
    assert not any(one.intersects(other) for one, other in pairs)


def test_a_dedicated_grid_stands_on_the_ground_its_numbers_belong_to(city: City) -> None:
    for address in ranges(city, *(grid.kind for grid in dedicated(city))):
        assert address.low is not None
        assert address.high is not None
        numbered = {
            micro
            for number in range(address.low, address.high + 1)
            if address.covers(number)
            for micro in micro_grids_at(city, address.name, number)
        }
        here = ground(city.grid(address.grid))
        standing = {grid.code for grid in of_kind(city, GridKind.MICRO) if ground(grid).intersects(here)}
        assert numbered == standing


def test_every_micro_grid_has_house_numbers_and_an_estate(city: City) -> None:
    assert len(city.addresses) >= 300
    known = defaultdict(set)
    for address in city.addresses:
        known[address.grid].add(address.kind)
    for grid in of_kind(city, GridKind.MICRO):
        assert {AddressKind.ROAD, AddressKind.ESTATE} <= known[grid.code]


def test_addresses_lead_to_grids_that_exist(city: City) -> None:
    assert all(city.grid(address.grid) for address in city.addresses)


@pytest.mark.parametrize(
    "kinds", [(GridKind.MICRO,), (GridKind.BUILDING_GROUP,), (GridKind.OFFICE, GridKind.MALL, GridKind.BLOCK)]
)
def test_no_number_leads_to_two_grids_of_one_kind(city: City, kinds: tuple[GridKind, ...]) -> None:
    seen: dict[tuple[str, int], str] = {}
    for address in ranges(city, *kinds):
        assert address.low is not None
        assert address.high is not None
        assert address.low <= address.high
        for number in filter(address.covers, range(address.low, address.high + 1)):
            assert seen.setdefault((address.name, number), address.grid) == address.grid


def test_no_house_number_of_the_street_falls_between_two_micro_grids(city: City) -> None:
    sides = defaultdict(list)
    for address in ranges(city, GridKind.MICRO):
        sides[address.name, address.parity].append(address)
    for side in sides.values():
        side.sort(key=lambda address: address.low or 0)
        assert all(before.high is not None and after.low == before.high + 2 for before, after in pairwise(side))


def test_ranges_begin_and_end_on_their_own_side_of_the_road(city: City) -> None:
    for address in ranges(city, GridKind.MICRO):
        assert address.low is not None
        assert address.high is not None
        assert parity_of(address.low) == parity_of(address.high) == address.parity


@pytest.mark.parametrize(
    ("road", "lane", "estate"),
    [
        ("陕西南路", 287, "步高里"),
        ("陕西南路", 151, "陕南邨"),
        ("陕西南路", 39, "长乐村"),
        ("重庆南路", 205, "万宜坊"),
        ("重庆南路", 169, "巴黎新村"),
        ("瑞金二路", 129, "花园坊"),
        ("淮海中路", 927, "淮海坊"),
        ("复兴中路", 553, "复兴坊"),
    ],
)
def test_a_well_known_lane_is_found_by_name_and_by_number_in_one_place(
    city: City, road: str, lane: int, estate: str
) -> None:
    named = {a.grid for a in city.addresses if a.name == estate and a.kind is AddressKind.ESTATE}
    assert named == set(micro_grids_at(city, road, lane))


def test_a_landmark_stands_where_its_number_is(city: City) -> None:
    landmark = next(address for address in city.addresses if address.name == "国泰电影院")
    assert [landmark.grid] == micro_grids_at(city, "淮海中路", 870)


def test_a_name_without_number_leads_to_one_grid(city: City) -> None:
    named = [address.name for address in city.addresses if address.low is None]
    assert [name for name, times in Counter(named).items() if times > 1] == []


def test_a_house_of_an_estate_leads_to_its_building_group(city: City) -> None:
    house = next(a for a in city.addresses if a.name == "淮海坊" and a.covers(12))
    assert city.grid(house.grid).kind is GridKind.BUILDING_GROUP
    assert not house.covers(17)


def test_a_range_keeps_to_its_side_of_the_road() -> None:
    odd = Address(grid="g", kind=AddressKind.ROAD, name="南昌路", parity=Parity.ODD, low=1, high=9)
    assert [number for number in range(12) if odd.covers(number)] == [1, 3, 5, 7, 9]
