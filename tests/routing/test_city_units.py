"""The units of the starter city, whom a duty falls to, its people and stations."""

import re
from collections import Counter
from dataclasses import fields

import pytest
from starter_ground import FALLBACK, GUIDE, ground, in_full, micro_grids_at, of_kind

from routing.city import (
    EVALUATION,
    City,
    GridKind,
    Level,
    Person,
    UnknownCode,
    UnknownDuty,
    resolve,
)
from routing.starter.people import INVENTED
from routing.starter.tables import STREET
from services.roles import Role


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
