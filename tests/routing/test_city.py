"""The starter city: every grid has its place, its ground, its numbers, its unit, and somebody who answers."""

import re
from collections import Counter, defaultdict
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest
import shapely

from routing.city import (
    EVALUATION,
    Address,
    AddressKind,
    City,
    Grid,
    GridKind,
    Level,
    Parity,
    Person,
    UnknownCode,
    UnknownDuty,
    parity_of,
    resolve,
    starter,
)
from routing.starter.people import INVENTED
from routing.starter.tables import STREET
from services.roles import Role

GUIDE = Path(__file__).parents[2] / "docs" / "starter-city.md"
FALLBACK = "310101023Z07"


@pytest.fixture(scope="module")
def city() -> City:
    return starter()


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


# --- the grid tree


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


# --- the ground


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


# --- addresses


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


# --- units


def test_every_unit_stands_below_and_after_its_parent(city: City) -> None:
    seen = set()
    for unit in city.units:
        assert unit.parent is None or unit.parent in seen
        seen.add(unit.code)
    assert {unit.code for unit in city.units if unit.parent is None} == {"31", EVALUATION}


def test_every_grid_has_a_unit_that_answers_for_it(city: City) -> None:
    for grid in city.grids:
        unit = city.unit_of(grid.code)
        if grid.kind is GridKind.BUILDING_GROUP:
            assert unit.code == grid.parent
        else:
            assert unit.code == (grid.covered_by or grid.code)


def test_units_serve_grids_that_exist_at_their_own_level(city: City) -> None:
    for unit in city.units:
        grid = city.grid(unit.grid)
        assert (unit.level, unit.district) == (grid.level, grid.district)


def test_grass_roots_is_the_street_and_below(city: City) -> None:
    high = {unit.level for unit in city.units if not unit.grassroots}
    assert high == {Level.CITY, Level.DISTRICT}
    assert city.unit("310101023-management").grassroots


def test_every_district_has_the_same_departments_and_the_street_its_offices(city: City) -> None:
    offices = Counter(unit.parent for unit in city.units if unit.function and unit.parent)
    assert [offices[grid.code] for grid in of_kind(city, GridKind.DISTRICT)] == [26] * 16
    assert (offices["31"], offices[STREET]) == (32, 11)
    assert sum(offices.values()) == 32 + 26 * 16 + 11


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("31", "上海市城市运行管理中心"),
        ("310101", "黄浦区城市运行管理中心"),
        ("310115-police", "上海市公安局浦东分局"),
        ("310101-housing", "黄浦区住房保障和房屋管理局"),
        ("310101023", "瑞金二路街道办事处"),
        ("310112101", "莘庄镇人民政府"),
        ("310112501", "莘庄工业区管理委员会"),
        ("310101023001", "雁荡居委会"),
    ],
)
def test_a_unit_bears_the_name_its_kind_has_in_the_field(city: City, code: str, name: str) -> None:
    assert city.unit(code).name == name


def test_the_evaluation_body_is_above_nobody_and_below_nobody(city: City) -> None:
    assert city.unit(EVALUATION).parent is None
    assert all(unit.parent != EVALUATION for unit in city.units)
    assert all(city.unit(EVALUATION) not in city.unit_chain(grid.code) for grid in in_full(city))


# --- duties


@pytest.mark.parametrize(
    ("duty", "place", "unit"),
    [
        ("@city", "310101023001001", "31"),
        ("@city.power", "310101023001001", "31-power"),
        ("@district", "310101023001001", "310101"),
        ("@district.police", "310115125", "310115-police"),
        ("@street", "31010102300100101", "310101023"),
        ("@street.safety", "310101023Z04", "310101023-safety"),
        ("@area", "310101023001001", "310101023P02"),
        ("@committee", "31010102300100101", "310101023001"),
        ("@micro", "31010102300100101", "310101023001001"),
        ("310104-water", "310101023001", "310104-water"),
        ("EVAL", "31", "EVAL"),
    ],
)
def test_a_duty_falls_to_the_unit_at_its_level_over_the_place(city: City, duty: str, place: str, unit: str) -> None:
    assert resolve(duty, place, city).code == unit


@pytest.mark.parametrize(
    ("duty", "place", "unit"),
    [
        ("@area", "310104003", "310104003"),
        ("@micro", STREET, STREET),
        ("@micro", "310101023P03", "310101023P03"),
        ("@committee", "310101", "310101"),
        ("@street", "31", "31"),
        ("@street.management", "310104003", "310104003"),
        ("@street.management", "310101", "310101"),
        ("@district.postal", STREET, "310101"),
        ("@district.housing", "31", "31-housing"),
        ("@district.commerce", "31", "31"),
        ("@city.commerce", STREET, "31"),
    ],
)
def test_where_a_level_or_an_office_is_missing_the_duty_goes_up(city: City, duty: str, place: str, unit: str) -> None:
    assert resolve(duty, place, city).code == unit


def test_a_dedicated_grid_answers_at_the_committees_level(city: City) -> None:
    assert resolve("@committee", "310101023Z01", city).code == "310101023Z01"
    assert resolve("@micro", "310101023Z01", city).code == "310101023Z01"


def test_what_has_no_organisation_is_covered_by_the_neighbouring_neighbourhood(city: City) -> None:
    grid = city.grid(FALLBACK)
    assert grid.covered_by
    assert not ground(city.grid(grid.covered_by)).intersects(ground(grid)), "a neighbour, not where it stands"
    assert resolve("@committee", FALLBACK, city).code == grid.covered_by
    assert resolve("@area", FALLBACK, city).code == city.grid(grid.covered_by).parent
    with pytest.raises(UnknownCode):
        city.unit(FALLBACK)


def test_who_covers_another_is_not_covered_itself(city: City) -> None:
    assert not any(city.grid(grid.covered_by).covered_by for grid in city.grids if grid.covered_by)


def test_every_duty_finds_a_unit_on_the_places_chain_and_never_below_its_level(city: City) -> None:
    for grid in (*in_full(city), *of_kind(city, GridKind.DISTRICT, GridKind.STREET)):
        chain = city.unit_chain(grid.code)
        for level in Level:
            if level is not Level.BUILDING:
                unit = resolve(f"@{level}", grid.code, city)
                assert unit in chain
                assert unit.level.rank <= level.rank


@pytest.mark.parametrize("duty", ["@", "@village", "@building", "@district.", "@district.hosing", "@street.evaluation"])
def test_a_misspelt_duty_is_refused(city: City, duty: str) -> None:
    with pytest.raises(UnknownDuty, match=re.escape(duty)):
        resolve(duty, STREET, city)


@pytest.mark.parametrize(("duty", "place"), [("310101-hosing", STREET), ("", STREET), ("@street", "310101999")])
def test_a_unit_or_place_that_does_not_exist_is_refused(city: City, duty: str, place: str) -> None:
    with pytest.raises(UnknownCode):
        resolve(duty, place, city)


def test_the_guides_examples_of_duties_are_true(city: City) -> None:
    examples = re.findall(r"^\| `(@[\w.]+)` \| (\w+) \| ([\w-]+) \|", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert len(examples) >= 8
    for duty, place, unit in examples:
        assert resolve(duty, place, city).code == unit


# --- people and stations


def test_every_building_group_has_two_leaders(city: City) -> None:
    leaders = Counter(person.grid for person in city.people if person.duty == "楼长")
    assert leaders == {grid.code: 2 for grid in of_kind(city, GridKind.BUILDING_GROUP)}


def test_every_organisation_of_the_street_has_a_leader_a_second_secretary_and_an_officer(city: City) -> None:
    for unit in city.units:
        if unit.code.startswith(STREET) and unit.function is None:
            staff = city.staff(unit.code)
            assert any(person.duty.endswith("网格长") for person in staff), unit.name
            assert any(person.duty == "第二书记" for person in staff)
            assert any(Role.OFFICER in person.roles for person in staff)


@pytest.mark.parametrize("unit", ["31", "310101", STREET])
def test_there_is_always_a_second_dispatcher_and_a_second_supervisor(city: City, unit: str) -> None:
    held = Counter(role for person in city.staff(unit) for role in person.roles)
    assert held[Role.DISPATCHER] >= 2
    assert held[Role.SUPERVISOR] >= 2


def test_only_the_evaluation_body_calls_back_and_evaluates(city: City) -> None:
    evaluating = {person.unit for person in city.people if {Role.CALLER, Role.EVALUATOR} & set(person.roles)}
    assert evaluating == {EVALUATION}
    held = Counter(role for person in city.staff(EVALUATION) for role in person.roles)
    assert held == {Role.CALLER: 2, Role.EVALUATOR: 2}


def test_nobody_is_a_real_person_and_nobody_has_a_number(city: City) -> None:
    names = [person.name for person in city.people]
    assert all(name.endswith(INVENTED) for name in names)
    assert len(names) == len(set(names))
    assert {field.name for field in fields(Person)} == {"code", "name", "duty", "unit", "grid", "roles"}
    assert not any(re.search(r"\d{5}", person.name + person.duty) for person in city.people)


def test_people_work_in_units_and_grids_that_exist(city: City) -> None:
    assert all(city.unit(person.unit) and city.grid(person.grid) for person in city.people)


def test_every_area_and_committee_of_the_street_has_one_station(city: City) -> None:
    served = {grid.code for grid in in_full(city) if grid.kind in (GridKind.AREA, GridKind.COMMITTEE)}
    assert {station.grid for station in city.stations} == served
    assert all(station.services and station.hours for station in city.stations)


def test_a_station_stands_in_the_grid_it_serves(city: City) -> None:
    for station in city.stations:
        door = re.fullmatch(r"(\D+)(\d+)号", station.address)
        assert door
        (micro,) = micro_grids_at(city, door[1], int(door[2]))
        assert station.grid in [grid.code for grid in city.chain(micro)]


def test_a_stations_number_is_an_offices_that_nobody_can_have(city: City) -> None:
    phones = [station.phone for station in city.stations]
    assert all(re.fullmatch(r"021-0000-\d{4}", phone) for phone in phones)
    assert len(set(phones)) == len(phones)


# --- the whole


def test_two_loads_give_the_same_city(city: City) -> None:
    again = starter()
    assert again is not city
    assert again == city
