"""The starter city: every grid has its place, its ground, its numbers, its unit, and somebody who answers."""

import re
from collections import Counter

import pytest
from starter_ground import GUIDE, dedicated, in_full, of_kind

from routing.city import (
    City,
    Grid,
    GridKind,
    Level,
    UnknownCode,
    starter,
)
from routing.starter.tables import STREET


def test_the_city_has_every_division_of_the_statistics_bureau(city: City) -> None:
    counts = Counter(grid.kind for grid in city.grids)
    assert (counts[GridKind.CITY], counts[GridKind.DISTRICT]) == (1, 16)
    assert (counts[GridKind.STREET], counts[GridKind.COMMITTEE]) == (234, 6509)


def test_the_guide_tells_how_many_grids_of_each_kind_there_are(city: City) -> None:
    told = dict(re.findall(r"^\| (\w+)[^|]*\| ([\d,]+) \|", GUIDE.read_text("utf-8"), re.MULTILINE))
    assert {kind: int(count.replace(",", "")) for kind, count in told.items()} == Counter(
        grid.kind.value for grid in city.grids
    )


def test_every_code_is_there_once(city: City) -> None:
    for codes in (
        [grid.code for grid in city.grids],
        [unit.code for unit in city.units],
        [person.code for person in city.people],
        [station.grid for station in city.stations],
    ):
        assert len(codes) == len(set(codes))


def test_every_grid_stands_below_and_after_its_parent(city: City) -> None:
    seen: dict[str, Grid] = {}
    for grid in city.grids:
        if grid.parent is None:
            assert grid.code == "31"
        else:
            assert seen[grid.parent].level.rank < grid.level.rank
        seen[grid.code] = grid


def test_every_grid_but_the_city_belongs_to_a_district(city: City) -> None:
    districts = {grid.code for grid in of_kind(city, GridKind.DISTRICT)}
    assert city.grid("31").district == "31"
    assert all(grid.district in districts and grid.code.startswith(grid.district) for grid in city.grids[1:])


def test_villages_and_neighbourhoods_are_committees_known_by_their_short_names(city: City) -> None:
    committees = of_kind(city, GridKind.COMMITTEE)
    villages = [grid for grid in committees if grid.name.endswith("村委会")]
    assert len(villages) == 1555
    assert all(grid.aliases[0] + "村委会" == grid.name for grid in villages)
    assert city.grid("310101023001").aliases == ("雁荡",)
    assert sum(not grid.aliases for grid in committees) == 13, "only virtual communities have no short name"


def test_an_abolished_district_is_an_alias_of_its_heir(city: City) -> None:
    assert "卢湾区" in city.grid("310101").aliases
    assert "闸北区" in city.grid("310106").aliases


def test_the_street_in_full_has_four_areas_over_its_sixteen_committees(city: City) -> None:
    areas = [grid for grid in city.children(STREET) if grid.kind is GridKind.AREA]
    committees = [grid for area in areas for grid in city.children(area.code) if grid.kind is GridKind.COMMITTEE]
    assert (len(areas), len(committees)) == (4, 16)
    assert len(city.children(STREET)) == 4, "no committee stands beside the areas"


def test_every_committee_there_has_three_to_five_micro_grids_of_two_to_four_building_groups(city: City) -> None:
    for committee in in_full(city):
        if committee.kind is GridKind.COMMITTEE:
            micro_grids = city.children(committee.code)
            assert 3 <= len(micro_grids) <= 5
            assert all(2 <= len(city.children(micro.code)) <= 4 for micro in micro_grids)


def test_codes_below_a_committee_begin_with_their_parents_code(city: City) -> None:
    lengths = {GridKind.MICRO: 15, GridKind.BUILDING_GROUP: 17}
    for grid in of_kind(city, *lengths):
        assert grid.parent
        assert grid.code.startswith(grid.parent)
        assert len(grid.code) == lengths[grid.kind]


def test_dedicated_grids_stand_beside_the_committees(city: City) -> None:
    kinds = Counter(grid.kind for grid in dedicated(city))
    assert kinds[GridKind.OFFICE] >= 3
    assert kinds[GridKind.MALL] == 1
    assert kinds[GridKind.BLOCK] == 2
    for grid in dedicated(city):
        assert grid.level is Level.COMMITTEE
        assert city.chain(grid.code)[1].kind is GridKind.AREA


def test_a_chain_leads_from_the_house_to_the_city(city: City) -> None:
    chain = city.chain("31010102300100101")
    assert [grid.code for grid in chain] == [
        "31010102300100101",
        "310101023001001",
        "310101023001",
        "310101023P02",
        "310101023",
        "310101",
        "31",
    ]


def test_an_unknown_grid_is_refused(city: City) -> None:
    with pytest.raises(UnknownCode, match="310199"):
        city.chain("310199")


def test_two_loads_give_the_same_city(city: City) -> None:
    again = starter()
    assert again is not city
    assert again == city
