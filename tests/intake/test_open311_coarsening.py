"""What anybody reads of a place by Open311: never a door, and no house and no exact point where the city says so."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from front_desk import House, unit
from hypothesis import given
from hypothesis import strategies as some
from open311_clients import Street, published

from intake.api import create_app
from intake.open311.coarsening import HIDDEN, coarse, without_building, without_doors, without_house
from services.settings import Settings

METRES = 500
DEGREE = METRES / 111_320.0


@pytest.fixture
async def coarse_app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings.model_copy(update={"open311_point_metres": METRES}))
    yield app
    await app.state.database.close()


@pytest.fixture
async def street(house: House, coarse_app: FastAPI) -> Street:
    house.app = coarse_app
    await house.hear("routing", published(), 1)
    return Street(house)


@given(degrees=some.floats(-180, 180), metres=some.integers(50, 5_000))
def test_all_points_of_a_cell_have_one_middle_that_is_near(degrees: float, metres: int) -> None:
    middle, step = coarse(degrees, metres), metres / 111_320.0
    assert abs(middle - degrees) <= step * 0.500001
    assert coarse(middle, metres) == pytest.approx(middle, abs=1e-9)


DOORS = {
    "永嘉路120弄3号602室": f"永嘉路120弄3号{HIDDEN}",
    "瑞金公寓3号楼602": f"瑞金公寓3号楼{HIDDEN}",
    "楼上602漏水": f"楼上{HIDDEN}漏水",
    "2单元501室一直装修": f"{HIDDEN}一直装修",
    "12-3-402门口堆物": f"{HIDDEN}门口堆物",
    "隔壁301养狗": f"隔壁{HIDDEN}养狗",
}
NO_DOORS = (
    "永嘉路120弄3号",
    "垃圾箱房满溢三天",
    "复兴中路509号门口",
    "2026年11月24日",
    "3号楼2025年装的电梯",
    "1号线10号口",
)


def test_a_dwelling_is_hidden_whoevers_it_is_and_a_house_stays() -> None:
    assert {told: without_doors(told) for told in DOORS} == DOORS
    assert [without_doors(told) for told in NO_DOORS] == list(NO_DOORS)


def test_an_address_without_its_house_is_the_road_or_the_estate() -> None:
    told = ("永嘉路一弄", "瑞金二路街道永嘉路120弄3号", "复兴中路509号", "样例小区三号楼", "120弄", "永嘉居委会")
    assert [without_house(each) for each in told] == [
        "永嘉路", "瑞金二路街道永嘉路", "复兴中路", "样例小区", None, "永嘉居委会",
    ]  # fmt: skip
    codes = ("31010102300600101", "310101023006", "310101023Z05", "310101", None)
    assert [without_building(code) for code in codes] == [
        "310101023006", "310101023006", "310101023", "310101", None,
    ]  # fmt: skip


async def test_a_door_is_never_public_and_its_poster_reads_what_was_posted(house: House) -> None:
    await house.hear("routing", published(), 1)
    street = Street(house)
    told = {"address_string": "永嘉路120弄3号602室", "description": "楼上703漏水到公共走道，无人处理。"}
    case_no = await street.case(**told)
    await house.moved(case_no, "handle.working", channel="open311", issue="05-01", note="已与3号602室约好上门",
                      lead=unit("310101023006"))  # fmt: skip
    seen = await street.row(case_no, extensions="true")
    assert not any(door in str(seen) for door in ("602室", "上703"))
    assert (seen["address"], seen["lat"]) == (f"永嘉路120弄3号{HIDDEN}", 31.2158)
    assert "602室" not in str(await street.read("servicerequestupdates"))
    own = await street.row(case_no, api_key=street.key)
    assert (own["address"], own["description"]) == (told["address_string"], told["description"])


async def test_where_the_city_says_so_a_point_is_its_cells_middle_and_the_house_is_left_out(street: Street) -> None:
    case_no = await street.case(address_id="31010102300600101")
    grid = {"code": "31010102300600101", "name": "一号楼组", "path": "/31/310101/310101023/310101023006/"}
    lead = unit("310101023006")
    await street.house.moved(case_no, "handle.working", channel="open311", issue="05-01", grid=grid, lead=lead)
    seen, own = await street.row(case_no), await street.row(case_no, api_key=street.key)
    assert (seen["address"], seen["address_id"]) == ("永嘉路", "310101023006")
    assert (seen["lat"], seen["long"]) == (round(coarse(31.2158, METRES), 6), round(coarse(121.4632, METRES), 6))
    assert (own["lat"], own["long"], own["address"]) == (31.2158, 121.4632, "永嘉路一弄")
    assert (await street.row(case_no, api_key=street.house.keys["other hotline"]))["lat"] == seen["lat"]


async def test_many_searches_tell_no_more_than_the_cell(street: Street) -> None:
    """Two cases of one cell are found and not found together, whatever is searched; their poster finds each alone."""
    middle = {"lat": coarse(31.2158, METRES), "lon": coarse(121.4632, METRES)}
    corner = {name: degrees - 0.45 * DEGREE for name, degrees in middle.items()}
    one = await street.case(lat=str(corner["lat"]), long=str(corner["lon"]))
    other = await street.case(lat=str(middle["lat"]), long=str(middle["lon"]))

    async def near(radius: int, **more: Any) -> set[str]:
        found = await street.read("requests", lat=corner["lat"], long=corner["lon"], radius=radius, **more)
        return {row["service_request_id"] for row in found}

    for radius in (30, 100, 200, 260, 320, 400, 600):
        assert await near(radius) in (set(), {one, other})
    assert await near(600) == {one, other}
    assert await near(30, api_key=street.key) == {one}


async def test_a_shifted_point_is_coarse_before_it_is_converted(street: Street) -> None:
    """So what is shown and what is searched are of one lattice."""
    ways = [{"lat": str(31.2158 + step), "long": "121.4632", "crs": "GCJ-02"} for step in (0.0, 1e-5)]
    rows = [await street.row(await street.case(**way)) for way in ways]
    assert rows[0]["lat"] == rows[1]["lat"]
    assert abs(rows[0]["lat"] - 31.2158) < 0.01
